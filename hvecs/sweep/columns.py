"""The columns of the table `runs` of a sweep: what was swept, and what came out."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hvecs.engine.outcome import Outcome, PartitionOutcome
from hvecs.engine.plan import ROOT
from hvecs.output.schema import RUNS, TABLES
from hvecs.output.table import Column, ColumnType, Table, text, whole
from hvecs.spec import ClosedWorkload, OpenWorkload, Scenario
from hvecs.spec.sweep import Sweep
from hvecs.spec.sweep_points import inline
from hvecs.spec.sweep_ranges import unit_of

RUN: Final = text("run", "id of the run")
MOST_COLUMNS: Final = 4_000
"""Beyond so many outcomes of partitions, the table has only those that the sweep file asks for."""

_SPLIT: Final = ("guest_run", "hypervisor_run", "ready", "idle", "capped", "suspended")
_SHARED: Final = (*(f"{name}_ns" for name in _SPLIT), "dispatches", "migrations", "wait_ns")
_JOB: Final = ("elapsed_ns", "finished_ns", "work_ns")
_REQUESTS: Final = ("arrivals", "completions", "in_system")
_RESPONSES: Final = ("response_mean_ns", "response_p50_ns", "response_p95_ns", "response_p99_ns")
_PER_DISPATCH: Final = "wait_per_dispatch_ns"

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
        Column("measured_ns", "int64", "ns", None, "simulated time after the warm-up", nullable=True),
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


def outcome_columns(sweep: Sweep) -> tuple[Column, ...]:
    """Declare a column for each outcome that the sweep file asks for."""
    return tuple(
        _optional(
            each.name, "float64", _column(each.table, each.column).unit, f"{each.aggregate} of {each.column}"
        )
        for each in sweep.outcome
    )


def _column(table: str, name: str) -> Column:
    return next(column for column in TABLES[table].columns if column.name == name)


def partition_columns(scenario: Scenario) -> Iterator[Column]:
    """Declare a column for each outcome of each partition of a scenario, named `partition.outcome`."""
    if scenario.host.hypervisor != "none":
        yield from _of_partition(ROOT, "open" if scenario.root.background_cpu > 0 else "idle")
    for guest in scenario.guests():
        match guest.block.workload:
            case ClosedWorkload():
                yield from _of_partition(guest.name, "closed")
            case OpenWorkload():
                yield from _of_partition(guest.name, "open")
            case _:
                yield from _of_partition(guest.name, "idle")


def _of_partition(name: str, kind: str) -> Iterator[Column]:
    counted = (*_SHARED, *{"closed": _JOB, "open": _REQUESTS}.get(kind, ()))
    real = (_PER_DISPATCH, *(_RESPONSES if kind == "open" else ()))
    for column in (*counted, *real):
        unit = "ns" if column.endswith("_ns") else "count"
        yield _optional(f"{name}.{column}", "float64" if column in real else "int64", unit, column)


def partition_cells(outcome: Outcome) -> Row:
    """Give the outcomes of all partitions by column; NaN becomes None."""
    return {
        f"{partition.name}.{name}": None if isinstance(value, float) and math.isnan(value) else value
        for partition in outcome.partitions
        for name, value in _values(partition).items()
    }


def _values(partition: PartitionOutcome) -> Mapping[str, int | float | None]:
    waits = partition.wait_ns / partition.dispatches if partition.dispatches else None
    names = (*_SHARED, *_JOB, *_REQUESTS, *_RESPONSES)
    return {name: getattr(partition, name) for name in names} | {_PER_DISPATCH: waits}


def _optional(name: str, kind: ColumnType, unit: str, doc: str) -> Column:
    return Column(name, kind, unit, None, doc, nullable=True)
