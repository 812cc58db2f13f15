"""One run, from a scenario to its folder: the engine and the output meet here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.signals import Interrupted, held
from hvecs.cli.terminal import Terminal
from hvecs.machine import bounded_memory
from hvecs.output.errors import NotOurs, OutputError
from hvecs.output.folder import RunFolder
from hvecs.output.identity import RunSource
from hvecs.output.manifest import Manifest
from hvecs.running import Job, Judged
from systems import loop
from systems.kernels import code_folder


@dataclass(frozen=True)
class Execution:
    """A run to be done, what it is made from, where it goes, and whether it is shown while it goes on."""

    job: Job
    source: RunSource
    out: Path
    live: bool = False


def execute(execution: Execution, terminal: Terminal) -> tuple[Judged, Manifest]:
    """Do a run and write its folder, or leave the place as it was.

    Raises:
        Failure: the place is not ours (exit code 2); the system refuses to write there, or has too little memory (1).
        Interrupted: the user asked for an end.
    """
    out = execution.out
    try:
        with _cleared(RunFolder(out, execution.source)) as folder:
            judged = _simulated(execution, folder, terminal)
            with held():
                return execution.job.complete(folder, judged)
    except NotOurs as error:
        raise Failure(USAGE, str(error)) from error
    except OutputError as error:
        raise Failure(FAILED, str(error)) from error
    except MemoryError as error:
        message = "the run needs more memory than this machine has left"
        raise Failure(FAILED, f"{message}; {out} is as it was") from error
    except Interrupted as stop:
        raise Interrupted(stop.number, f"; {out} is as it was") from None


@contextmanager
def _cleared(folder: RunFolder) -> Iterator[RunFolder]:
    """Enter a run folder, and leave it without interruption, for then the rest of a run would stay behind."""
    folder.__enter__()
    try:
        yield folder
    finally:
        with held():
            folder.__exit__(*sys.exc_info())


def _simulated(execution: Execution, folder: RunFolder, terminal: Terminal) -> Judged:
    """Simulate, with what there is to say of it."""
    terminal.detail(f"run {folder.run_id}, written to {folder.path}")
    terminal.detail(f"compiled code in {code_folder.cache_folder() or 'memory only'}")
    for path in code_folder.discard_damaged():
        terminal.detail(f"{path} is damaged: discarded, to be compiled anew")
    if not code_folder.is_warm(loop.advance):
        terminal.say("compiling kernels, once")
    begin = perf_counter()
    sink = folder.open(execution.job.tables())
    with bounded_memory():
        if execution.live and not terminal.quiet:
            from hvecs.cli.live import live  # noqa: PLC0415 - where it is asked for

            with live(execution.job.scenario, terminal) as view:
                judged = execution.job.simulate(view.over(sink), view.progress, view.wanted)
        else:
            with terminal.progress() as progress:
                judged = execution.job.simulate(sink, progress)
    terminal.detail(f"simulated in {perf_counter() - begin:.2f} s")
    return judged
