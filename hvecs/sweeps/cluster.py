"""A Dask cluster as the maker of batches: its workers write the files, and give back how each run ended."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit
from uuid import uuid4

from hvecs import __version__
from hvecs.output.errors import OutputError
from hvecs.sweeps.cluster_work import Unfit, make_on_worker, try_on_worker
from hvecs.sweeps.pool import Listener, PoolError
from hvecs.sweeps.work import Context, RunError, Task

_LOOK_S: Final = 5.0
"""How often the scheduler is asked whether it still has workers while nothing happens."""


_SECURE: Final = {"tls", "wss", "inproc"}


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why."""


class Cluster:
    """A connection to the scheduler of a Dask cluster, as a context manager.

    Raises:
        ClusterError: on entering, when Dask is not installed, the scheduler does not answer, or a worker has no hvecs
            or another version of it.
    """

    def __init__(
        self, address: str, *, ca: str | None = None, cert: str | None = None, key: str | None = None
    ) -> None:
        self._address = address
        self._tls = {"tls_ca_file": ca, "tls_client_cert": cert, "tls_client_key": key}
        self._client: Any = None

    def __enter__(self) -> Self:
        try:
            distributed = _dask()
        except ModuleNotFoundError as error:
            raise ClusterError(
                f"the Python package {error.name} is missing; hvecs has it in the extra cluster: "
                "pip install 'hvecs[cluster]'"
            ) from error
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # we say ourselves what goes wrong
        try:
            self._client = distributed.Client(
                self._address, name="hvecs", security=self._security(distributed)
            )
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ClusterError(f"no Dask scheduler answers at {self._address}: {error}") from error
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def pool(self, context: Context, most: int | None, listener: Listener) -> "ClusterPool":
        """Give what makes batches, at most so many at a time; without a limit, one for each worker."""
        return ClusterPool(self._client, context, most, listener)

    def _security(self, distributed: Any) -> Any:
        """Give the files of TLS, those that are not named from Dask's configuration; nothing goes without it on tls://."""
        given = {name: file for name, file in self._tls.items() if file is not None}
        return distributed.Security(require_encryption=self._address.startswith("tls://") or None, **given)

    def _check(self) -> None:
        """Look for hvecs in every worker that is there; those that join later are looked at by their first task."""
        for worker, version in self._client.run(_version_probe()).items():
            if version != __version__:
                found = f"has hvecs {version}" if version else "has no hvecs"
                raise ClusterError(f"the worker {worker} {found}; expected {__version__}")


def is_open(address: str) -> bool:
    """Say whether a scheduler is beyond this machine and its connection is neither encrypted nor authenticated."""
    scheme, separator, rest = address.rpartition("://")
    if separator and scheme in _SECURE:
        return False
    host = urlsplit(f"//{rest}").hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _dask() -> Any:
    """Import Dask's distributed, which only the extra cluster brings."""
    return import_module("distributed")


def _version_probe() -> Any:
    """Give a function that runs where there is no hvecs: one of a module would be looked for there."""

    def version() -> str | None:
        try:
            import hvecs  # noqa: PLC0415
        except ImportError:
            return None
        return str(hvecs.__version__)

    version.__module__ = "__main__"  # so that it is sent by value
    return version


class ClusterPool:
    """Makes batches on the workers of a cluster, as a context manager; on leaving, what is not made is given up.

    Dask makes a batch again whose worker is lost. When that happens too often (`distributed.scheduler.allowed-failures`),
    each of its runs is tried alone after all other batches, and those that end their worker have failed.
    """

    def __init__(self, client: Any, context: Context, most: int | None, listener: Listener) -> None:
        self._client = client
        self._context = context
        self._most = most
        self._listener = listener
        self._pending: dict[Any, Task] = {}
        self._suspects: list[Task] = []
        self._deserted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pending:
            self._client.cancel(list(self._pending), force=True)

    def make(self, tasks: Iterable[Task]) -> None:
        """Make all batches.

        Raises:
            OutputError: a worker cannot write.
            PoolError: the scheduler is lost, a worker will not do, or one meets a mistake of ours.
        """
        waiting = iter(tasks)
        while self._hand_out(waiting):
            for future, task in self._ended():
                error = self._taken(future, task)
                if error is not None:
                    self._suspects.append(task)
                    self._listener.on_death(task.name)
        for task in self._suspects:
            without = replace(task, broken={**task.broken, **self._killers(task)})
            again = self._submitted(make_on_worker, task.name, without)
            if error := self._taken(*self._made(again, without)):
                raise PoolError(f"workers die of batch {task.name}, but of none of its runs alone: {error}")

    def _hand_out(self, waiting: Iterator[Task]) -> bool:
        """Submit a batch for each worker, and one if there is none: workers may come. Say whether there is any."""
        while len(self._pending) < self._room():
            task = next(waiting, None)
            if task is None:
                break
            self._pending[self._submitted(make_on_worker, task.name, task)] = task
        return bool(self._pending)

    def _room(self) -> int:
        """How many batches may be under way: runs of one process wait for each other, whatever threads it has."""
        return min(max(1, len(self._asked(self._client.nthreads))), self._most or 1_000_000)

    def _submitted(self, function: Any, name: str, task: Task, *more: Any) -> Any:
        """Submit a task under a name of its own: what an earlier sweep left on the cluster is not what we want."""
        key = f"hvecs-{self._context.name}-{name}-{uuid4().hex}"
        return self._client.submit(function, self._context, task, __version__, *more, key=key, pure=False)

    def _ended(self) -> list[tuple[Any, Task]]:
        """Wait until some batches have ended, and give them."""
        while True:
            try:
                done = _dask().wait(list(self._pending), timeout=_LOOK_S, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                self._look()
                continue
            except Exception as error:
                raise _lost(error) from error
            # what a worker has made, but not handed over when it dies, is pending again
            ended = [future for future in self._pending if future in done and future.status != "pending"]
            return [(future, self._pending.pop(future)) for future in ended]

    def _made(self, future: Any, task: Task) -> tuple[Any, Task]:
        """Wait for one batch while there is no other."""
        self._pending = {future: task}
        while not (ended := self._ended()):
            pass
        return ended[0]

    def _look(self) -> None:
        """Tell, once, when there is nobody to work."""
        deserted = not self._asked(self._client.nthreads)
        if deserted and not self._deserted:
            self._listener.on_desertion()
        self._deserted = deserted

    def _asked(self, question: Any) -> Any:
        try:
            return question()
        except Exception as error:
            raise _lost(error) from error

    def _taken(self, future: Any, task: Task) -> Exception | None:
        """Tell how the runs of a batch ended; gives the error if Dask gave it up because its workers died.

        Raises:
            OutputError: a worker cannot write.
            PoolError: anything else.
        """
        try:
            ended = future.result()
        except Exception:  # noqa: BLE001 - whatever it is, it is looked at
            return self._death(future)
        for run, error in ended.items():
            self._listener.on_run(run, error)
        self._listener.on_batch(task.name, sum(error is not None for error in ended.values()))
        return None

    def _death(self, future: Any) -> Exception:
        """Give the error of a future if it is that its workers died; raise any other."""
        error = future.exception() if future.status == "error" else None
        match error:
            case None:
                raise _lost(future.status)
            case OutputError():
                raise error
            case Unfit():
                raise PoolError(str(error))
        if type(error).__name__ != "KilledWorker":
            raise PoolError(f"a worker met a mistake in hvecs: {type(error).__name__}: {error}")
        return cast("Exception", error)

    def _killers(self, task: Task) -> dict[str, RunError]:
        """Try the runs of a batch one by one; give those that end their worker, and why they count as failed."""
        found = {}
        for run in [each.run for each in task.runs if each.run not in task.broken]:
            future, _ = self._made(self._submitted(try_on_worker, f"{task.name}-{run}", task, run), task)
            if future.status != "finished":
                found[run] = RunError(f"WorkerDied: {self._death(future)}", "", "killed")
        return found


def _lost(why: object) -> PoolError:
    return PoolError(f"the Dask scheduler is lost: {why or type(why).__name__}")
