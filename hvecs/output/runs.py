"""The `runs` table: one row a run, with a column for each parameter and outcome that the caller names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from hvecs.output.parquet import TableFile, TableWriter
from hvecs.output.schema import RUNS
from hvecs.output.table import Column, ColumnType, Table

_UNITS: Final = {"_ns": "ns", "_pct": "%", "_per_sec": "1/s", "_mib": "MiB", "_bytes": "B"}
_ONE_OF_TYPE: Final = {"int64": 0, "float64": 0.0, "string": "", "bool": False, "timestamp": 0}


def write_runs(
    folder: Path, run_id: str, row: Mapping[str, object], declared: Sequence[Column] = ()
) -> TableFile:
    """Write the `runs` table of one run below `folder`.

    Args:
        folder: the run folder.
        run_id: the id of the run; it is the key of the partition and must not be a column.
        row: the columns of the table `runs`, then parameters and outcomes: str, int, float, bool, or None for null.
        declared: further columns, so that a None has the type that it has in other runs; of a column that is not
            declared the value's own type counts, and None is a float64.

    Raises:
        ValueError: a column of `runs` is missing, a name or a whole number will not do.
        TypeError: a value is of another type.
        Unwritable: the disk refuses.
    """
    table = runs_table(row, declared)
    writer = TableWriter(folder, run_id, table, rows_of_group=1)
    try:
        writer.write({column.name: _cell(row[column.name], column) for column in table.columns})
        return writer.close()
    except BaseException:
        writer.abort()
        raise


def runs_table(row: Mapping[str, object], declared: Sequence[Column]) -> Table:
    """Declare the `runs` table that holds `row`: the fixed columns, then the others in their order."""
    missing = [name for name in RUNS.column_names if name not in row]
    if missing:
        raise ValueError(f"runs: missing columns {missing}")
    if "run" in row:
        raise ValueError("runs: the run id is the key of the partition, not a column")
    known = {column.name: column for column in declared}
    further = [
        known.get(name) or Column(name, _type_of(name, value), _unit_of(name), None, name, nullable=True)
        for name, value in row.items()
        if name not in RUNS.column_names
    ]
    return Table(RUNS.name, RUNS.doc, (*RUNS.columns, *further))


def _type_of(name: str, value: object) -> ColumnType:
    """Give the column type for a value; None is taken for a missing number."""
    match value:
        case bool() | np.bool_():
            return "bool"
        case int() | np.integer():
            return "int64"
        case float() | np.floating() | None:
            return "float64"
        case str():
            return "string"
        case _:
            raise TypeError(
                f"runs.{name} is a {type(value).__name__}; it must be a string, a number, a bool or None"
            )


def _unit_of(name: str) -> str:
    """Give the unit that the name of a column ends in, the empty string if in none."""
    return next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), "")


def _cell(value: object, column: Column) -> npt.NDArray[np.generic]:
    """Give `value` as a column of one row; masked if it is None."""
    given = _ONE_OF_TYPE[column.type] if value is None else value
    dtype = object if column.type == "string" else np.int64 if type(given) is int else None
    try:
        return np.ma.MaskedArray(np.array([given], dtype), mask=[value is None])
    except OverflowError as error:
        raise ValueError(f"runs.{column.name}: {value} does not fit 64 bits") from error
