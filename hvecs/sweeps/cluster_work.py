"""What a worker of a Dask cluster does; one process may have several threads, whose runs wait for each other."""

from dataclasses import replace
from uuid import uuid4

from hvecs import __version__
from hvecs.output.manifest import MANIFEST_NAME
from hvecs.sweeps.memory import MemoryStore
from hvecs.sweeps.place import Store
from hvecs.sweeps.store import open_store
from hvecs.sweeps.warm import warm_up
from hvecs.sweeps.work import Context, RunError, Task, make_batch
from hvecs.user_code import leave


class Abandoned(Exception):  # noqa: N818 - it ends a batch that nobody waits for
    """Nobody waits for this batch any longer."""


class Unfit(Exception):  # noqa: N818
    """This worker cannot do what is asked; the message says why."""


def make_on_worker(context: Context, task: Task, version: str) -> dict[str, RunError | None]:
    """Make a batch; gives its runs with the errors of those that failed.

    Unfinished files have names of their own: a worker that the scheduler took for dead may be writing the same.
    """
    store = open_store(context.place, uuid4().hex)
    _check(version, store)
    ended: dict[str, RunError | None] = {}

    def tell(run: str, error: RunError | None) -> None:
        if not _is_wanted():
            raise Abandoned
        ended[run] = error

    with leave(context.allow_code):
        warm_up(context.schedulers, lambda: None)
    make_batch(context, task, tell, store)
    return ended


def try_on_worker(context: Context, task: Task, version: str, run: str) -> None:
    """Make one run of a batch, to see whether this worker survives it; nothing is written."""
    _check(version, open_store(context.place))
    alone = replace(task, runs=tuple(each for each in task.runs if each.run == run))
    make_batch(context, alone, lambda _run, _error: None, MemoryStore())


def _check(version: str, store: Store) -> None:
    """Raise Unfit if this worker has another hvecs, or does not see the sweep."""
    worker = _address()
    if version != __version__:
        raise Unfit(f"the worker {worker} has hvecs {__version__}; expected {version}")
    if store.read(MANIFEST_NAME) is None:
        raise Unfit(
            f"the worker {worker} does not see {store.place}; expected a folder that all share, or a URI"
        )


def _is_wanted() -> bool:
    """Say whether the task of this thread is still to be done: not after its client has gone or taken it back."""
    from distributed import get_worker  # noqa: PLC0415 - an extra

    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return task is not None and task.state in {"executing", "long-running"}


def _address() -> str:
    from distributed import get_worker  # noqa: PLC0415

    return str(get_worker().address)
