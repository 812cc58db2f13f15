"""The pool: worker processes that make batches, replaced when they die, ended when the parent ends."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Final, Protocol, Self

from hvecs.sweeps import worker
from hvecs.sweeps.work import Context, RunError, Task
from systems.kernels.uninterrupted import ENDING, signals_held

_MOST_STARTS: Final = 3
_PATIENCE_S: Final = 5.0


class Listener(Protocol):
    """Is told what goes on in a sweep; whatever it raises ends the sweep."""

    def on_run(self, run: str, error: RunError | None) -> None:
        """Take note that a run has ended."""

    def on_batch(self, batch: str, failed: int) -> None:
        """Take note that a batch is complete, with so many failed runs."""

    def on_compiling(self) -> None:
        """Take note that kernels are being compiled."""

    def on_death(self, batch: str) -> None:
        """Take note that a worker died, and that its batch is made again."""

    def on_desertion(self) -> None:
        """Take note that a cluster has no workers for the time being."""


class PoolError(RuntimeError):
    """The pool cannot go on; the message says why."""


class StartError(PoolError):
    """Workers die before they can make a run."""


@dataclass
class _Worker:
    """A process, the parent's end of its connection, and what it is doing."""

    process: Any
    connection: Any
    task: Task | None = None
    ready: bool = False
    """Whether it has come so far as to make runs."""
    ended: list[str] = field(default_factory=list)
    """The runs of its task that have ended."""

    @property
    def suspect(self) -> str | None:
        """The run that it is making; None when it makes none."""
        runs = [] if self.task is None else self.task.runs
        return next((run.run for run in runs if run.run not in self.ended), None)


class Pool:
    """Makes batches in `jobs` spawned processes, as a context manager.

    A batch whose worker dies is made again by another; when its worker dies a second time in the same run, that run
    fails and the others of the batch are made. A worker that dies before it is ready dies of no run.
    """

    def __init__(self, context: Context, jobs: int, listener: Listener) -> None:
        self._context = context
        self._jobs = jobs
        self._listener = listener
        self._workers: list[_Worker] = []
        self._deaths: dict[str, int] = {}
        self._again: deque[Task] = deque()
        self._starts_in_vain = 0
        self._spawn = multiprocessing.get_context("spawn")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._workers:
            each.process.kill()  # before its connection closes: it would have nobody to answer to
        for each in self._workers:
            each.process.join(_PATIENCE_S)
            each.connection.close()

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The names of the batches that are being made."""
        return tuple(each.task.name for each in self._workers if each.task is not None)

    def make(self, tasks: Iterable[Task]) -> None:
        """Make all batches.

        Raises:
            OutputError: a worker cannot write.
            StartError: workers die before they can make a run.
            PoolError: one meets a mistake of ours.
        """
        waiting = iter(tasks)
        while True:
            self._hand_out(waiting)
            busy = [each for each in self._workers if each.task is not None]
            if not busy:
                return
            ends = {each.connection: each for each in busy} | {each.process.sentinel: each for each in busy}
            for each in {id(ends[end]): ends[end] for end in wait(list(ends))}.values():
                self._hear(each)

    def _hand_out(self, waiting: Iterator[Task]) -> None:
        """Give every idle worker, and new ones up to the number of jobs, a task while there are any."""
        idle = [each for each in self._workers if each.task is None]
        while idle or len(self._workers) < self._jobs:
            task = self._again.popleft() if self._again else next(waiting, None)
            if task is None:
                return
            chosen = idle.pop() if idle else self._started()
            chosen.task, chosen.ended = task, []
            with suppress(OSError):  # it has died: its sentinel says so in a moment
                chosen.connection.send(task)

    def _started(self) -> _Worker:
        """Start a worker; what it needs to know follows once it runs, so that little is under way if we end meanwhile."""
        ours, theirs = self._spawn.Pipe()
        process = self._spawn.Process(target=worker.main, args=(theirs,), daemon=True)
        with signals_held(), _blocked():
            process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))
        with suppress(OSError):  # it has died: its sentinel says so in a moment
            ours.send(self._context)
        return self._workers[-1]

    def _hear(self, each: _Worker) -> None:
        """Take all messages of a worker, and its death if it is dead."""
        alive = each.process.is_alive()
        messages = []
        try:
            while each.connection.poll():
                messages.append(each.connection.recv())
        except (EOFError, OSError):
            alive = False
        for message in messages:  # not above: what a worker could not write is an OSError too
            self._take(each, *message)
        if not alive:
            self._bury(each)

    def _take(self, each: _Worker, kind: str, content: Any) -> None:
        match kind:
            case worker.READY:
                each.ready = True
                self._starts_in_vain = 0
            case worker.RUN:
                each.ended.append(content[0])
                self._listener.on_run(*content)
            case worker.BATCH:
                assert each.task is not None  # noqa: S101 - it was given one
                name, each.task = each.task.name, None
                self._listener.on_batch(name, content)
            case worker.COMPILING:
                self._listener.on_compiling()
            case worker.OUTPUT:
                raise content
            case _:
                raise PoolError(f"a worker met a mistake in hvecs:\n{content}")

    def _bury(self, each: _Worker) -> None:
        """Put the batch of a dead worker back, without the run that it died of if that is the second time."""
        self._workers.remove(each)
        each.connection.close()
        each.process.join(_PATIENCE_S)
        task, suspect = each.task, each.suspect
        if task is None:
            return
        how = _how_it_died(each.process.exitcode)
        if not each.ready:
            self._starts_in_vain += 1
            if self._starts_in_vain >= _MOST_STARTS:
                raise StartError(f"workers die before they can make a run, {how}")
        elif suspect is not None:
            self._deaths[suspect] = self._deaths.get(suspect, 0) + 1
            if self._deaths[suspect] > 1:
                error = RunError(f"WorkerDied: its worker died twice, {how}", "", "killed")
                task = replace(task, broken={**task.broken, suspect: error})
        self._listener.on_death(task.name)
        self._again.append(task)


def _how_it_died(code: int | None) -> str:
    if code is None or code >= 0:
        return f"with exit code {code}"
    known = {number.value: f" ({number.name})" for number in signal.Signals}
    return f"by signal {-code}{known.get(-code, '')}"


@contextmanager
def _blocked() -> Iterator[None]:
    """Start a process with signals blocked: until it can ignore Ctrl-C, it would die with a traceback. `worker.main` unblocks them.

    That does not hold ours: another of our threads may take a signal, and Python then calls the handler in the main thread.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
