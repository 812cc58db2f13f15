"""Plans: every run that a sweep is to make, with its id, before the first of them."""

import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from hvecs.output.identity import run_id
from hvecs.output.schema import TABLES
from hvecs.output.table import Column, Table
from hvecs.spec import Scenario
from hvecs.spec.sweep import Sweep
from hvecs.spec.sweep_loading import SweepFile
from hvecs.spec.sweep_points import PointLoader
from hvecs.sweeps.columns import (
    MOST_COLUMNS,
    outcome_columns,
    parameter_columns,
    runs_table,
)
from hvecs.sweeps.designs import Point, points_of, replication_seed
from hvecs.sweeps.point_scenarios import Scenarios
from hvecs.sweeps.tables import kept_tables
from hvecs.verdict.own import rule_faults

MOST_BATCH: Final = 500
_BATCHES: Final = 100
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
    scenarios = Scenarios(file, PointLoader(file.scenario, sets, file.folder, rule_faults))
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


def inputs_of(file: SweepFile) -> tuple[Path, Path]:
    """Give the files that every sweep reads: its own and the scenario."""
    return file.path, file.scenario


def describe(sweep: Sweep) -> dict[str, Any]:
    """Give a sweep file as plain data, every default filled in."""
    return sweep.model_dump(mode="json")
