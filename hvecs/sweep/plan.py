"""Plans: every run that a sweep is to make, with its id, before the first of them."""

import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from hvecs.engine.plan import ROOT
from hvecs.output.identity import run_id
from hvecs.output.schema import TABLES
from hvecs.output.table import Column, Table
from hvecs.output.written import tables_of
from hvecs.spec import Problem, Scenario, SpecError, resolved_toml
from hvecs.spec.advice import advice
from hvecs.spec.bounds import MOST_POINT_BYTES
from hvecs.spec.problems import Steps, show
from hvecs.spec.reading import size_text
from hvecs.spec.sweep import Axis, Sweep
from hvecs.spec.sweep_loading import SweepFile
from hvecs.spec.sweep_points import PointLoader, setting
from hvecs.sweep.columns import (
    MOST_COLUMNS,
    outcome_columns,
    parameter_columns,
    runs_table,
    scenario_columns,
)
from hvecs.sweep.designs import Point, points_of, replication_seed
from hvecs.sweep.tables import kept_tables, name_problems, table_problems
from hvecs.verdict.own import rule_faults

MOST_BATCH: Final = 500
_BATCHES: Final = 100
_MOST_PROBLEMS: Final = 20
_MOST_ADVISED: Final = 10
_SEED_LINE: Final = re.compile(r"^seed = \d+$", re.MULTILINE)


class Run(NamedTuple):
    """One run: its id, the number of its point and its number among the runs of that point."""

    run: str
    point: int
    replication: int


class Batch(NamedTuple):
    """The runs from `start` to `stop` in the order of the plan; they share a file of each table."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True)
class Plan:
    """A sweep, spelt out.

    `scenarios` are the points' scenarios, pickled: thousands of them take a few MB so. `base` is the scenario without
    any axis, resolved, None if it is invalid by itself. `runs` go through all points before the next replication.
    """

    sweep: Sweep
    paths: tuple[str, ...]
    points: tuple[Point, ...]
    scenarios: tuple[bytes, ...] = field(repr=False)
    base: str | None = field(repr=False)
    tables: tuple[str, ...]
    runs_table: Table
    seeds: tuple[int, ...]
    runs: tuple[Run, ...] = field(repr=False)
    batches: tuple[Batch, ...] = field(repr=False)
    schedulers: tuple[str, ...]
    own_tables: tuple[Table, ...] = ()
    """What systems of one's own add; `tables` names those that are kept."""
    warnings: tuple[str, ...] = ()

    def declared(self) -> tuple[Table, ...]:
        """Give the tables that are kept."""
        every = TABLES | {table.name: table for table in self.own_tables}
        return tuple(every[name] for name in self.tables)

    def scenario(self, point: int) -> Scenario:
        """Give the scenario of a point; its seed is not that of any run."""
        found = pickle.loads(self.scenarios[point])  # noqa: S301 - pickled by this very process
        assert isinstance(found, Scenario)  # noqa: S101
        return found


def make_plan(
    file: SweepFile,
    sets: Sequence[str] = (),
    *,
    seed: int | None = None,
    replications: int | None = None,
    most_points: int | None = None,
) -> Plan:
    """Spell out a sweep; every point is validated, once.

    Args:
        file: the sweep file.
        sets: settings of the scenario that hold for every point.
        seed: instead of the seed of the sweep file.
        replications: instead of those of the sweep file.
        most_points: leave out points, evenly, where there are more: a plan to look at, not to carry out.

    Raises:
        SpecError: a point, or what is to be reported, is invalid.
        OSError: the scenario cannot be read.
    """
    sweep = _changed(file.sweep, seed=seed, replications=replications)
    file = replace(file, sweep=sweep)
    points = points_of(sweep)
    points = points[:: -(-len(points) // most_points)] if most_points else points
    paths = tuple(axis.label for axis in sweep.axis)
    scenarios = _Scenarios(file, PointLoader(file.scenario, sets, file.folder, rule_faults))
    for number, point in enumerate(points):
        scenarios.add(number, point)
    scenarios.check()
    seeds = tuple(replication_seed(sweep.sweep.seed, each) for each in range(sweep.sweep.replications))
    runs = tuple(
        Run(run_id(with_seed(text, each), each), number, replication)
        for replication, each in enumerate(seeds)
        for number, text in enumerate(scenarios.resolved)
    )
    columns, warnings = _runs_columns(sweep, paths, points, scenarios.tables, scenarios.columns)
    return Plan(
        sweep=sweep,
        paths=paths,
        points=tuple(points),
        scenarios=tuple(scenarios.pickled),
        base=scenarios.base(),
        tables=kept_tables(file, scenarios.tables),
        own_tables=tuple(scenarios.own_tables.values()),
        runs_table=runs_table(columns),
        seeds=seeds,
        runs=runs,
        batches=tuple(batches(0, len(runs))),
        schedulers=tuple(sorted(scenarios.schedulers)),
        warnings=(*scenarios.warnings(), *warnings),
    )


def _changed(sweep: Sweep, **given: int | None) -> Sweep:
    """Give the sweep with other values of [sweep], where they are given."""
    update = {key: value for key, value in given.items() if value is not None}
    return sweep.model_copy(update={"sweep": sweep.sweep.model_copy(update=update)}) if update else sweep


def batches(start: int, stop: int, first: int = 0) -> Iterator[Batch]:
    """Cut runs into batches: about a hundred, of 500 runs at most; their number depends on nothing else."""
    size = max(1, min(MOST_BATCH, -(-(stop - start) // _BATCHES)))
    for number, begin in enumerate(range(start, stop, size), first):
        yield Batch(f"b{number:05d}", begin, min(begin + size, stop))


def with_seed(resolved: str, seed: int) -> str:
    """Give the text of a resolved scenario with another seed; its table [scenario], the first, has that line."""
    return _SEED_LINE.sub(f"seed = {seed}", resolved, count=1)


def _runs_columns(
    sweep: Sweep,
    paths: tuple[str, ...],
    points: list[Point],
    declared: Mapping[str, Table],
    found: dict[str, Column],
) -> tuple[list[Column], tuple[str, ...]]:
    """Give the further columns of the table runs, and a warning where those of partitions are too many."""
    columns = [*parameter_columns(paths, points), *outcome_columns(sweep, declared)]
    if len(found) > MOST_COLUMNS:
        return columns, (f"the table runs has no outcomes of partitions: they are {len(found)} columns",)
    taken = {column.name for column in columns}
    return [*columns, *(column for name, column in found.items() if name not in taken)], ()


class _Scenarios:
    """The scenarios of points, as far as they are valid, and the problems of those that are not."""

    def __init__(self, file: SweepFile, loader: PointLoader) -> None:
        self._file = file
        self._loader = loader
        self._problems: dict[Problem, None] = {}
        self._invalid = 0
        self._bytes = 0
        self._numbers: dict[str, int] = {}
        self._doubtful = 0
        self.advice: list[str] = []
        self.resolved: list[str] = []
        self.pickled: list[bytes] = []
        self.tables: dict[str, Table] = {}
        self.own_tables: dict[str, Table] = {}
        self.schedulers: set[str] = set()
        self.partitions: dict[str, None] = {ROOT: None}
        self.columns: dict[str, Column] = {}

    def add(self, number: int, point: Point) -> None:
        """Validate a point and keep its scenario."""
        try:
            scenario = self._loader.load(self._settings(point))
        except SpecError as error:
            self._invalid += 1
            self._problems |= dict.fromkeys(
                self._located(problem, number, point) for problem in error.problems
            )
            return
        if scenario.host.systems and not self._has_systems(scenario):
            return
        self._advise(scenario, number, point)
        resolved = resolved_toml(scenario)
        if (same := self._numbers.setdefault(resolved, number)) != number:
            message = f"points {same} and {number} are the same scenario; expected values that differ"
            self._problems[self._file.problem(("axis",), message)] = None
        self.resolved.append(resolved)
        self.pickled.append(pickle.dumps(scenario, pickle.HIGHEST_PROTOCOL))
        self._bytes += len(resolved) + len(self.pickled[-1])
        if self._bytes > MOST_POINT_BYTES:
            most = size_text(MOST_POINT_BYTES)
            message = f"the scenarios of {number + 1} points are larger than {most}; expected fewer points or less data"
            raise SpecError((self._file.problem(("axis",), message),))
        self.tables |= {name: TABLES[name] for name in tables_of(scenario)} | self.own_tables
        self.partitions |= dict.fromkeys(guest.name for guest in scenario.guests())
        self.schedulers.add(scenario.host.scheduler_used)
        if len(self.columns) <= MOST_COLUMNS:
            self.columns |= {column.name: column for column in scenario_columns(scenario)}

    def _has_systems(self, scenario: Scenario) -> bool:
        """Note the tables of a point's own systems; tell whether the systems are in order."""
        from hvecs.engine.own_systems import load_systems, own_tables  # noqa: PLC0415 - few scenarios have any, and numba takes a moment

        try:
            tables = own_tables(load_systems(scenario))
            for table in tables:
                if self.own_tables.setdefault(table.name, table) != table:
                    raise ValueError(f"points have different tables {table.name}")  # noqa: TRY301 - told as the others are
        except SpecError as error:
            self._problems |= dict.fromkeys(error.problems)
            return False
        except ValueError as error:
            self._problems[Problem(str(self._file.path), None, "host.systems", str(error))] = None
            return False
        return True

    def _advise(self, scenario: Scenario, number: int, point: Point) -> None:
        """Keep what to warn of at a point; beyond the first points that need it, they are counted alone."""
        if next(advice(scenario), None) is None:
            return
        self._doubtful += 1
        if self._doubtful <= _MOST_ADVISED:
            found = self._loader.advice(self._settings(point))
            self.advice += [str(self._located(problem, number, point)) for problem in found]

    def warnings(self) -> tuple[str, ...]:
        """Give what to warn of at all points."""
        rest = self._doubtful - _MOST_ADVISED
        return (*self.advice, *([f"{rest} more points have such warnings"] if rest > 0 else []))

    def _settings(self, point: Point) -> list[str]:
        axes = self._file.sweep.axis
        return [
            setting(path, each)
            for axis, value in zip(axes, point, strict=True)
            for path, each in axis.settings(value).items()
        ]

    def check(self) -> None:
        """Raise SpecError if anything was wrong."""
        problems = list(self._problems)
        if not problems:
            problems = [*name_problems(self._file), *table_problems(self._file, self.tables, self.partitions)]
        if len(problems) > _MOST_PROBLEMS:
            rest = f"{len(problems) - _MOST_PROBLEMS} more problems; {self._invalid} points are invalid"
            problems = [*problems[:_MOST_PROBLEMS], Problem(str(self._file.path), None, "", rest)]
        if problems:
            raise SpecError(problems)

    def base(self) -> str | None:
        """Give the resolved scenario without any axis, if it is valid."""
        try:
            return resolved_toml(self._loader.load(()))
        except SpecError:
            return None

    def _located(self, problem: Problem, number: int, point: Point) -> Problem:
        """Say of a problem which value of which axis, or else which point, it belongs to."""
        for index, axis in enumerate(self._file.sweep.axis):
            for path, value in axis.settings(point[index]).items():
                if problem.file == f"--set {path}":
                    inside = f"{problem.path}: " if problem.path else ""
                    message = f"{path} = {show(value)}: {inside}{problem.message}"
                    return self._file.problem(_written(axis, index, point[index], path), message)
        at = ", ".join(
            f"{axis.label} = {show(value)}" for axis, value in zip(self._file.sweep.axis, point, strict=True)
        )
        return replace(
            problem, message=f"{problem.message} (at point {number}: {at})" if at else problem.message
        )


def _written(axis: Axis, index: int, value: Any, path: str) -> Steps:
    """Give where in the sweep file it is said what `path` is set to at a value of an axis."""
    if axis.levels:
        return "axis", index, "levels", axis.choices.index(value), "set", path
    if value in axis.values:
        return "axis", index, "values", axis.values.index(value)
    return "axis", index, "range" if axis.range else "path"


def inputs_of(file: SweepFile) -> tuple[Path, Path]:
    """Give the files that every sweep reads: its own and the scenario."""
    return file.path, file.scenario


def describe(sweep: Sweep) -> dict[str, Any]:
    """Give a sweep file as plain data, every default filled in."""
    return sweep.model_dump(mode="json")
