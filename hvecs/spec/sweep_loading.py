"""Sweep files: read, checked and located in the manner of scenario files."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

from pydantic import ValidationError

from hvecs.spec.bounds import MOST_POINTS, MOST_RUNS
from hvecs.spec.files import read_tree, reason
from hvecs.spec.kinds import Wrong
from hvecs.spec.nodes import Node, is_table, place_of, plain
from hvecs.spec.problems import Fault, Problem, SpecError, Steps, path_text, show
from hvecs.spec.sweep import SAMPLED, Axis, Sweep
from hvecs.spec.sweep_faults import sweep_faults
from hvecs.spec.sweep_ranges import Range, read_range


@dataclass(frozen=True)
class SweepFile:
    """A valid sweep file: what it says, and where each of its values stands."""

    path: Path
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
    try:
        sweep = Sweep.model_validate(plain(tree))
    except ValidationError as error:
        raise _error(sweep_faults(error), tree) from None
    faults = list(_rule_faults(sweep, path.parent))
    if faults:
        raise _error(faults, tree)
    return SweepFile(path, sweep, tree)


def range_of(axis: Axis) -> Range | None:
    """Give the range of an axis; None if it has values. Raises Wrong if it will not do."""
    return None if axis.values else read_range(axis.range, log=axis.scale == "log")


def point_count(sweep: Sweep) -> int:
    """Give the number of points of a design before any that are alike are merged."""
    lengths = [len(axis.values) or axis.points for axis in sweep.axis]
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
    for index, axis in enumerate(sweep.axis):
        yield from _axis(axis, ("axis", index))
    yield from _twice([axis.path for axis in sweep.axis], "axis", "path")
    yield from _twice([outcome.name for outcome in sweep.outcome], "outcome", "name")
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


def _axis(axis: Axis, steps: Steps) -> Iterator[Fault]:
    if axis.path == "scenario.seed":
        yield Fault((*steps, "path"), "seeds come from [sweep] seed and replications; expected another key")
    if axis.values and axis.range:
        yield Fault((*steps, "range"), "given beside values; expected one of them")
    elif not axis.values and not axis.range:
        yield Fault((*steps, "values"), "missing; expected values or range")
    try:
        range_of(axis) if axis.range else None
    except Wrong as wrong:
        yield Fault((*steps, "range"), str(wrong))
    seen: set[object] = set()
    for index, value in enumerate(axis.values):
        if _key(value) in seen:
            yield Fault((*steps, "values", index), f"{show(value)} is given twice; expected each value once")
        seen.add(_key(value))


def _key(value: object) -> object:
    """Give what tells values apart; tables, which have no hash, by their text."""
    return repr(value) if isinstance(value, dict | tuple) else value


def _twice(names: list[str], table: str, key: str) -> Iterator[Fault]:
    first_with: dict[str, int] = {}
    for index, name in enumerate(names):
        if first_with.setdefault(name, index) != index:
            first = f"{table}[{first_with[name]}]"
            yield Fault((table, index, key), f"{show(name)} is that of {first} too; expected another {key}")


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
        lengths = [len(axis.values) or axis.points for axis in sweep.axis]
        for index, length in enumerate(lengths):
            if length != lengths[0]:
                message = f"{length} values; expected {lengths[0]}, as axis[0] has in this zip"
                yield Fault(("axis", index), message)
