"""Sweep files: read, checked and located in the manner of scenario files."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

from pydantic import ValidationError

from hvecs.spec.bounds import MOST_POINTS, MOST_RUNS
from hvecs.spec.files import read_tree, reason
from hvecs.spec.nodes import Node, is_table, place_of, plain
from hvecs.spec.problems import Fault, Problem, SpecError, Steps, path_text, show
from hvecs.spec.sweep import SAMPLED, Sweep
from hvecs.spec.sweep_axes import axis_faults, repeated
from hvecs.spec.sweep_faults import sweep_faults


@dataclass(frozen=True)
class SweepFile:
    """A valid sweep file: what it says, and where each of its values stands; files that axes name are relative to `folder`."""

    path: Path
    folder: Path
    sweep: Sweep
    tree: Node

    @property
    def scenario(self) -> Path:
        """The path of the scenario that is varied."""
        return self.path.parent / self.sweep.sweep.scenario

    def problem(self, steps: Steps, message: str) -> Problem:
        """Say what is wrong at a path of this file, with its line."""
        return _located(Fault(steps, message), self.tree)


def is_sweep(path: Path) -> bool:
    """Say whether a file is meant as a sweep: it has a table [sweep]. Raises OSError, or ValueError, if it cannot be read."""
    tree, _ = read_tree(Path(path))
    return is_table(tree) and "sweep" in tree.value


def is_scenario(path: Path) -> bool:
    """Say whether a file is meant as a scenario: it has that table, and no table [sweep]. Raises as `is_sweep` does."""
    tree, _ = read_tree(Path(path))
    return is_table(tree) and "scenario" in tree.value and "sweep" not in tree.value


def load_sweep(path: Path) -> SweepFile:
    """Read a sweep file; the scenario that it names is looked for, not read.

    Raises:
        SpecError: with all problems at once.
        OSError: the file itself cannot be read.
    """
    path = Path(path)
    tree, problems = read_tree(path)
    if problems:
        raise SpecError(problems)
    return checked(path, path.parent, tree)


def checked(path: Path, folder: Path, tree: Node) -> SweepFile:
    """Give the sweep that a tree describes, which stands at `path`; files that its axes name are relative to `folder`.

    Raises:
        SpecError: with all problems at once.
    """
    try:
        sweep = Sweep.model_validate(plain(tree))
    except ValidationError as error:
        raise _error(sweep_faults(error), tree) from None
    faults = list(_rule_faults(sweep, path.parent))
    if faults:
        raise _error(faults, tree)
    return SweepFile(path, folder, sweep, tree)


def with_replications(file: SweepFile, replications: int) -> SweepFile:
    """Give a sweep with other replications. Raises SpecError if that is too many runs."""
    table = file.sweep.sweep.model_copy(update={"replications": replications})
    sweep = file.sweep.model_copy(update={"sweep": table})
    faults = list(_design(sweep))
    if faults:
        raise _error(faults, file.tree)
    return replace(file, sweep=sweep)


def point_count(sweep: Sweep) -> int:
    """Give the number of points of a design before any that are alike are merged."""
    lengths = [len(axis.choices) or axis.points for axis in sweep.axis]
    match sweep.sweep.design:
        case "grid":
            return prod(lengths)
        case "zip":
            return lengths[0] if lengths else 1
    return sweep.sweep.points


def _error(faults: Iterator[Fault] | list[Fault], tree: Node) -> SpecError:
    found = dict.fromkeys(_located(fault, tree) for fault in faults)
    return SpecError(sorted(found, key=lambda problem: problem.line or 0))


def _located(fault: Fault, tree: Node) -> Problem:
    place = place_of(tree, fault.steps)
    return Problem(place.file, place.line, path_text(fault.steps), fault.message)


def _rule_faults(sweep: Sweep, folder: Path) -> Iterator[Fault]:
    """Find what is wrong although each value by itself is valid."""
    yield from _scenario(sweep.sweep.scenario, folder)
    yield from axis_faults(sweep)
    yield from repeated([outcome.name for outcome in sweep.outcome], "outcome", "name")
    yield from _design(sweep)


def _scenario(name: str, folder: Path) -> Iterator[Fault]:
    steps: Steps = ("sweep", "scenario")
    try:
        if not (folder / name).exists():
            yield Fault(steps, f"there is no file {show(name)}; expected a scenario file")
        elif not (folder / name).is_file():
            yield Fault(steps, f"{show(name)} is not a file; expected a scenario file")
    except OSError as error:
        yield Fault(steps, f"cannot read {show(name)}: {reason(error)}; expected a scenario file")


def _design(sweep: Sweep) -> Iterator[Fault]:
    design = sweep.sweep.design
    points = point_count(sweep)
    if points > MOST_POINTS:
        yield Fault(("axis",), f"{points} points; expected at most {MOST_POINTS}")
    elif points * sweep.sweep.replications > MOST_RUNS:
        runs = points * sweep.sweep.replications
        yield Fault(("sweep", "replications"), f"{runs} runs; expected at most {MOST_RUNS}")
    if design in SAMPLED and not sweep.axis:
        yield Fault(("axis",), f'missing; design = "{design}" needs at least one [[axis]]')
    if design == "zip":
        lengths = [len(axis.choices) or axis.points for axis in sweep.axis]
        for index, length in enumerate(lengths):
            if length != lengths[0]:
                message = f"{length} values; expected {lengths[0]}, as axis[0] has in this zip"
                yield Fault(("axis", index), message)
