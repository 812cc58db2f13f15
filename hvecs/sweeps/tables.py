"""Which tables a sweep writes, and whether its outcomes can be computed from them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from hvecs.output.schema import RUNS, TABLES
from hvecs.output.table import Table
from hvecs.spec import Problem
from hvecs.spec.problems import did_you_mean, show
from hvecs.spec.sweep import AGGREGATES, SweepOutcome
from hvecs.spec.sweep_loading import SweepFile
from hvecs.sweeps.columns import runs_table
from hvecs.sweeps.reduction import CHOSEN_BY, is_over_run, is_percentile

_EXPECTED = "expected one of " + ", ".join(name for name in TABLES if name != RUNS.name)

_MOST_NAMED: Final = 8


def kept_tables(file: SweepFile, written: Iterable[str]) -> tuple[str, ...]:
    """Name the tables that a sweep keeps of those that its runs write: in the order of the schema, then those of the user's systems."""
    names = tuple(written)
    wanted = set(file.sweep.sweep.tables or names)
    return tuple(name for name in dict.fromkeys((*TABLES, *names)) if name in wanted and name in names)


def table_problems(
    file: SweepFile, written: Mapping[str, Table], partitions: Collection[str]
) -> Iterator[Problem]:
    """Find tables and columns that a sweep file names and that its runs do not have, and outcomes named as columns that runs have.

    `partitions` are those of all points.
    """
    for index, name in enumerate(file.sweep.sweep.tables):
        if message := _no_table(name, written):
            yield file.problem(("sweep", "tables", index), message)
    for index, outcome in enumerate(file.sweep.outcome):
        for key, message in outcome_faults(outcome, written, partitions):
            yield file.problem(("outcome", index, *key), message)


def outcome_faults(
    outcome: SweepOutcome, written: Mapping[str, Table], partitions: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find what an outcome names and runs of these partitions that write these tables do not have, with its key."""
    if message := _no_table(outcome.table, written):
        yield ("table",), message
    else:
        yield from chain(
            _no_columns(outcome, written[outcome.table]),
            _no_partition(outcome, partitions),
            _not_over_run(outcome),
        )


def name_problems(file: SweepFile) -> Iterator[Problem]:
    """Find axes and outcomes that have the name of another column of the table runs."""
    taken = dict.fromkeys(runs_table(()).column_names, "a column of the table runs")
    named: dict[str, list[str | None]] = {
        "axis": [axis.name for axis in file.sweep.axis],
        "outcome": [outcome.name for outcome in file.sweep.outcome],
    }
    for table, names in named.items():
        for index, name in enumerate(names):
            if name is not None and name in taken:
                message = f"{show(name)} is the name of {taken[name]} too; expected another name"
                yield file.problem((table, index, "name"), message)
        taken |= {name: f"an {table}" for name in names if name is not None}


def _no_table(name: str, written: Mapping[str, Table]) -> str:
    if name not in {*TABLES, *written} or name == RUNS.name:
        return f'there is no table "{name}"' + (did_you_mean(name, TABLES) or f"; {_EXPECTED}")
    if name not in written:
        hint = (
            f'; expected it in [scenario] trace = ["{name}"]'
            if name in ("dispatch", "memory_operation")
            else ""
        )
        return f'no run of this sweep writes the table "{name}"{hint}'
    return ""


def _not_over_run(outcome: SweepOutcome) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find what cannot be said of a whole run: columns that are of rows alone, percentiles of some samples."""
    if outcome.aggregate == "run" and not is_over_run(outcome):
        others = ", ".join(AGGREGATES[2:])
        yield (
            ("aggregate",),
            f"{outcome.table}.{outcome.column} has no value over the run; expected one of {others}",
        )
    if is_percentile(outcome):
        for name in outcome.where:
            if name not in CHOSEN_BY[outcome.table]:
                message = "a percentile over the run is of all requests of partitions, or of tiers"
                yield (
                    ("where", name),
                    f'{message}; expected {CHOSEN_BY[outcome.table][0]} alone, or an aggregate of samples such as "mean"',
                )


def _no_partition(
    outcome: SweepOutcome, partitions: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    name = outcome.where.get("partition")
    if isinstance(name, str) and name not in partitions:
        named = sorted(partitions)[:_MOST_NAMED]
        more = f" and {len(partitions) - len(named)} more" if len(partitions) > len(named) else ""
        known = did_you_mean(name, partitions) or f"; there are {', '.join(named)}{more}"
        yield ("where", "partition"), f"no point has a partition {show(name)}{known}"


def _no_columns(outcome: SweepOutcome, table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
    columns = {column.name: column for column in table.columns}
    numeric = [name for name, column in columns.items() if column.type not in {"string", "timestamp"}]
    if outcome.column not in numeric:
        known = did_you_mean(outcome.column, numeric) or f"; expected one of {', '.join(numeric)}"
        yield ("column",), f'{outcome.table} has no column of numbers "{outcome.column}"{known}'
    for name, wanted in outcome.where.items():
        if name not in columns:
            known = did_you_mean(name, columns) or f"; expected one of {', '.join(columns)}"
            yield ("where", name), f'{outcome.table} has no column "{name}"{known}'
        elif isinstance(wanted, str) != (columns[name].type == "string"):
            yield ("where", name), f"expected a value of the type of the column, {columns[name].type}"
