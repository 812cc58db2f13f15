"""One run, from a scenario to its folder: the engine and the output meet here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Final

from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.results import MOST_COLUMNS, runs_row
from hvecs.cli.signals import Interrupted, held
from hvecs.cli.terminal import Terminal
from hvecs.engine import Outcome, simulate
from hvecs.output.errors import NotOurs, OutputError
from hvecs.output.folder import RunFolder
from hvecs.output.identity import RunSource
from hvecs.output.manifest import Manifest
from hvecs.output.timestamps import Stamped
from hvecs.output.written import tables_of
from hvecs.spec import Scenario
from systems import fused
from systems.kernels import jit
from systems.scheduling import loop

_NO_OUTCOMES: Final = f"the table runs has no outcomes: they are more than {MOST_COLUMNS} columns"


@dataclass(frozen=True)
class Execution:
    """A run to be done: what is simulated, what it is made from, where it goes, and by which path."""

    scenario: Scenario
    source: RunSource
    out: Path
    fused: bool = True


def execute(execution: Execution, terminal: Terminal) -> tuple[Outcome, Manifest]:
    """Do a run and write its folder, or leave the place as it was.

    Raises:
        Failure: the place is not ours (exit code 2), or the system refuses to write there (1).
        Interrupted: the user asked for an end.
    """
    out = execution.out
    try:
        with _cleared(RunFolder(out, execution.source)) as folder:
            outcome = _simulated(execution, folder, terminal)
            row, declared = runs_row(execution.scenario, outcome)
            if not declared:
                outcome = replace(outcome, warnings=(*outcome.warnings, _NO_OUTCOMES))
            with held():
                folder.write_runs(row, declared)
                return outcome, folder.complete(warnings=tuple(dict.fromkeys(outcome.warnings)))
    except NotOurs as error:
        raise Failure(USAGE, str(error)) from error
    except OutputError as error:
        raise Failure(FAILED, str(error)) from error
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


def _simulated(execution: Execution, folder: RunFolder, terminal: Terminal) -> Outcome:
    """Simulate, with what there is to say of it."""
    terminal.detail(f"run {folder.run_id}, written to {folder.path}")
    terminal.detail(f"compiled code in {jit.cache_folder() or 'memory only'}")
    if not jit.is_warm(fused.advance if execution.fused else loop.schedule_step):
        terminal.say("compiling kernels, once")
    begin = perf_counter()
    stamped = Stamped(folder.open(tables_of(execution.scenario)), execution.scenario.scenario.start_time)
    with terminal.progress() as progress:
        outcome = simulate(execution.scenario, stamped, on_progress=progress, fused=execution.fused)
    terminal.detail(f"simulated in {perf_counter() - begin:.2f} s")
    return outcome
