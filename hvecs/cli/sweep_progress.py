"""The progress of a sweep: runs done and failed, their rate, and the time that is left."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol

from hvecs.cli.clean import raw_stderr
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import digits, span
from hvecs.sweeps.work import RunError


class FailFast(Exception):  # noqa: N818 - it ends a sweep as was asked for
    """A run failed, and the sweep is to stop at the first that does."""


class _Show(Protocol):
    def __call__(self, done: int, total: int, text: str) -> None:
        """Show the progress."""


class SweepProgress:
    """Listens to a sweep and shows how far it is: a bar on a terminal, a line every 10 % elsewhere, nothing with -q."""

    def __init__(self, terminal: Terminal, *, fail_fast: bool) -> None:
        self._terminal = terminal
        self._fail_fast = fail_fast
        self._ended: set[str] = set()
        self._failed: set[str] = set()
        self._total = 0
        self._before = 0
        self._show: _Show = _silent
        self._begin = perf_counter()

    @contextmanager
    def shown(self, missing: int, total: int) -> Iterator[None]:
        """Show the progress of `missing` runs, of `total` in all."""
        self._total, self._before = total, total - missing
        self._ended.clear()
        self._begin = perf_counter()
        if self._terminal.quiet or not missing:
            yield
            return
        with _shower(self._terminal) as self._show:
            yield
        self._show = _silent

    def on_run(self, run: str, error: RunError | None) -> None:
        """Take note that a run has ended."""
        if not self._ended:
            self._begin = perf_counter()  # the rate is that of runs, not of starting workers
        self._ended.add(run)
        if error is not None:
            self._failed.add(run)
            self._terminal.detail(f"run {run} failed: {error.error}\n{error.traceback}".rstrip())
            if self._fail_fast:
                raise FailFast(f"run {run} failed: {error.error}")
        self._show(done=self._before + len(self._ended), total=self._total, text=self._text())

    def on_batch(self, batch: str, failed: int) -> None:
        """Take note that a batch is complete."""
        self._terminal.detail(f"batch {batch} is complete, {failed} runs of it failed")

    def on_compiling(self) -> None:
        """Take note that kernels are being compiled."""
        self._terminal.say("compiling kernels, once")

    def on_death(self, batch: str) -> None:
        """Take note that a worker died."""
        self._terminal.warn(f"a worker died; batch {batch} is made again")

    def on_desertion(self) -> None:
        """Take note that a cluster has no workers."""
        self._terminal.warn("the cluster has no workers; waiting for some")

    def _text(self) -> str:
        done = self._before + len(self._ended)
        failed = f", {len(self._failed)} failed" if self._failed else ""
        told = f"{done} of {self._total} runs{failed}"
        elapsed, later = perf_counter() - self._begin, len(self._ended) - 1
        if not later or elapsed <= 0:
            return told
        left_s = (self._total - done) * elapsed / later
        return f"{told}, {digits(later / elapsed)} a second, {span(1e9 * left_s)} left"


def _silent(done: int, total: int, text: str) -> None:
    """Show nothing."""


@contextmanager
def _shower(terminal: Terminal) -> Iterator[_Show]:
    if sys.stderr is None or not sys.stderr.isatty():
        yield _lines(terminal)
        return
    from rich.console import Console  # noqa: PLC0415 - rich is loaded for a terminal only
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(file=raw_stderr())
    with Progress(
        BarColumn(), TextColumn("{task.description}"), console=console, transient=True, redirect_stdout=False
    ) as bar:
        task = bar.add_task("starting", total=None)

        def show(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=text)

        yield show


def _lines(terminal: Terminal) -> _Show:
    """Give what writes a line whenever another 10 % are done."""
    told = 0

    def show(done: int, total: int, text: str) -> None:
        nonlocal told
        tenths = 10 * done // total
        if tenths > told:
            told = tenths
            terminal.say(f"{10 * tenths:3d} %, {text}")

    return show
