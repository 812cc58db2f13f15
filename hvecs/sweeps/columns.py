"""The columns of the table `runs` of a sweep: what was swept, and what came out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hvecs.engine.outcome import Outcome
from hvecs.engine.plan import ROOT
from hvecs.output.judged import JUDGED, judged_columns
from hvecs.output.outcomes import (
    MEASURED,
    NOT_STARTED,
    WITHOUT_MEMORY,
    Workload,
    partition_cells,
    partition_columns,
    root_prefix,
    tier_cells,
    tier_columns,
)
from hvecs.output.schema import RUNS
from hvecs.output.table import Column, ColumnType, Table, text, whole
from hvecs.spec import ClosedWorkload, Scenario
from hvecs.spec.root_load import root_load
from hvecs.spec.sweep import Sweep
from hvecs.spec.sweep_points import inline
from hvecs.spec.sweep_ranges import unit_of
from hvecs.spec.tier_guests import serving
from hvecs.spec.workload import RequestWorkload
from hvecs.sweeps.reduction import in_words

RUN: Final = text("run", "id of the run")
MOST_COLUMNS: Final = 4_000
"""Beyond so many outcomes of partitions, the table has only those that the sweep file asks for."""

Row = dict[str, Any]


def with_run(table: Table) -> Table:
    """Give a table as it stands in a sweep: the run's id before its other columns."""
    return replace(table, columns=(RUN, *table.columns))


def runs_table(further: Iterable[Column]) -> Table:
    """Declare the table `runs` of a sweep: what the run was, how it ended, parameters and outcomes."""
    nullable = (
        replace(each, nullable=True) if each.name == "simulated_ns" else each for each in RUNS.columns
    )
    fixed = (
        RUN,
        whole("point", "index", "number of the point, from 0"),
        whole("replication", "index", "number of the run among those of its point, from 0"),
        *nullable,
        Column(
            "traceback", "string", "text", None, "where it went wrong; null when nothing did", nullable=True
        ),
        Column(
            "cause",
            "string",
            "text",
            None,
            "error, killed, memory or interrupted: what the run failed of; null when it did not",
            nullable=True,
        ),
        MEASURED,
        NOT_STARTED,
        WITHOUT_MEMORY,
        *JUDGED,
    )
    return replace(RUNS, columns=(*fixed, *further))


def parameter_columns(paths: Sequence[str], points: Sequence[Sequence[Any]]) -> tuple[Column, ...]:
    """Declare a column for each axis; quantities are numbers in the unit that the column says."""
    return tuple(_parameter(path, [values[index] for values in points]) for index, path in enumerate(paths))


def parameter_cell(column: Column, value: Any) -> Any:
    """Give the value of an axis as its column holds it."""
    if column.type == "string":
        return value if isinstance(value, str) else inline(value)
    quantity = unit_of(value)
    return value if quantity is None else quantity[0]


def _parameter(path: str, values: list[Any]) -> Column:
    types = {type(value) for value in values}
    quantities = [unit_of(value) for value in values]
    units = {quantity[1] if quantity else None for quantity in quantities}
    unit, kind = "text", "string"
    if len(units) == 1 and None not in units:
        unit = str(units.pop())
        whole_numbers = all(type(quantity[0]) is int for quantity in quantities if quantity)
        kind = "int64" if whole_numbers else "float64"
    elif types == {bool}:
        unit, kind = "", "bool"
    elif types <= {int, float}:
        unit, kind = "", "int64" if types == {int} else "float64"
    return _optional(path, kind, unit, "value of this axis")  # type: ignore[arg-type] # one of the types


def outcome_columns(sweep: Sweep, declared: Mapping[str, Table]) -> tuple[Column, ...]:
    """Declare a column for each outcome that the sweep file asks for, of these tables."""
    return tuple(
        _optional(each.name, "float64", _column(declared[each.table], each.column).unit, in_words(each))
        for each in sweep.outcome
    )


def _column(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def scenario_columns(scenario: Scenario) -> Iterator[Column]:
    """Declare a column for each outcome of each partition, and of each tier, of a scenario; of several hosts also for those of each."""
    names = [host.name or "" for host in scenario.hosts]
    yield from judged_columns(names)[len(JUDGED) :]
    if scenario.host.hypervisor != "none":
        for name in names:
            prefix = ROOT if len(names) == 1 else root_prefix(ROOT, name)
            yield from partition_columns(prefix, _of_root(scenario))
    served = serving(scenario)
    for guest in scenario.guests():
        load = guest.block.workload
        if isinstance(load, RequestWorkload) or guest.name in served:
            yield from partition_columns(guest.name, "open")
        else:
            yield from partition_columns(guest.name, load.kind)
    for tier in scenario.tier:
        yield from tier_columns(tier.name)


def _of_root(scenario: Scenario) -> Workload:
    if isinstance(scenario.root.workload, ClosedWorkload):
        return "closed"
    has_requests = isinstance(scenario.root.workload, RequestWorkload) or root_load(scenario) > 0
    return "open" if has_requests else "idle"


def outcome_cells(outcome: Outcome) -> Row:
    """Give the outcomes of all partitions and tiers by column."""
    found = {
        name: value for each in outcome.partitions for name, value in partition_cells(each, each.workload)
    }
    return found | {name: value for each in outcome.tiers for name, value in tier_cells(each)}


def _optional(name: str, kind: ColumnType, unit: str, doc: str) -> Column:
    return Column(name, kind, unit, None, doc, nullable=True)
