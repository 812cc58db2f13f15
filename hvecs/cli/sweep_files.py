"""Sweep files as commands take them: read, spelt out, and their problems told."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hvecs.cli.demand import Load
from hvecs.cli.failure import INVALID, USAGE, Failure
from hvecs.cli.options import DEFAULT_OUT, TOML_FILE, Changes
from hvecs.cli.scenarios import inputs_of, lines_of, unreadable
from hvecs.spec import SpecError
from hvecs.spec.sweep_loading import SweepFile, is_scenario, is_sweep, load_sweep, with_replications
from hvecs.spec.sweep_texts import sweep_of

if TYPE_CHECKING:
    from hvecs.sweep.plan import Plan
    from hvecs.sweep.store import Store

_MOST_ESTIMATED: Final = 100

sweep_argument: Final = click.argument("file", metavar="SWEEP", type=TOML_FILE)


def read_sweep(file: Path, changes: Changes, outcomes: Sequence[str] = ()) -> SweepFile:
    """Read a sweep file, or make a sweep of a scenario with --axis, in which `outcomes` are computed.

    Raises:
        Failure: it cannot be read, or is of the other sort (exit code 2), or has problems (3).
    """
    try:
        if changes.axes and is_sweep(file):
            raise Failure(
                USAGE, f"{file} is a sweep file, with axes of its own; --axis belongs to a scenario"
            )
        if changes.axes:
            return sweep_of(file, changes.axes, outcomes, changes.replications or 1)
        if is_scenario(file):
            raise Failure(USAGE, f"{file} is a scenario; expected a sweep file, or --axis PATH=VALUES")
        found = load_sweep(file)
        return found if changes.replications is None else with_replications(found, changes.replications)
    except SpecError as error:
        raise Failure(INVALID, problems=lines_of(error.problems, changes)) from error
    except (OSError, ValueError) as error:
        raise Failure(USAGE, unreadable(file, error)) from error


def spelt_out(file: SweepFile, changes: Changes, replications: int | None = None) -> "Plan":
    """Spell out a sweep: --seed changes the seed of the sweep, every other option the scenario of every point.

    Raises:
        Failure: the scenario, or a point, is invalid (exit code 3).
    """
    from hvecs.sweep.plan import make_plan  # noqa: PLC0415 - numba takes half a second to load

    try:
        return make_plan(file, changes.without_seed.settings, seed=changes.seed, replications=replications)
    except SpecError as error:
        raise Failure(INVALID, problems=lines_of(error.problems, changes)) from error
    except (OSError, ValueError) as error:
        raise Failure(USAGE, unreadable(file.scenario, error)) from error


def store_at(place: str, writer: str = "") -> "Store":
    """Open a place for results, a folder or a URI; `writer` tells the unfinished files of several writers apart.

    Raises:
        Failure: it is a URI that will not do (exit code 2).
    """
    from hvecs.sweep.store import BadPlace, open_store  # noqa: PLC0415 - pyarrow takes time to load

    try:
        return open_store(place, writer)
    except BadPlace as error:
        raise Failure(USAGE, str(error)) from error


def place_of(out: str | None, file: SweepFile) -> str:
    """Give the place of the results: as asked for, else a folder of the sweep's name."""
    if out is None:
        return str(DEFAULT_OUT / file.sweep.sweep.name)
    if not out.strip("."):
        raise click.BadParameter("name a folder inside the present one, or elsewhere", param_hint="--out")
    return out


def load_of(plan: "Plan", jobs: int | None) -> Load:
    """Give what a plan would take of this machine, by some of its points."""
    from hvecs.sweep.execution import processors  # noqa: PLC0415 - it loads numba and pyarrow

    every = -(-len(plan.points) // _MOST_ESTIMATED)
    scenarios = [plan.scenario(point) for point in range(0, len(plan.points), every)]
    return Load(scenarios, len(plan.runs), min(jobs or processors(), len(plan.batches)))


def hashes_of(file: SweepFile, changes: Changes) -> Mapping[str, str]:
    """Give the SHA-256 of every file that a sweep is made from, by its path."""
    paths = (file.path, file.scenario, *inputs_of(file.scenario, changes.without_seed))
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
