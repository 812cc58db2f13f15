"""The engine's way out into memory: rows of any table, as Arrow tables."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hvecs.output.arrow import arrow_schema
from hvecs.output.buffer import RowBuffer
from hvecs.output.schema import TABLES
from hvecs.output.table import Table


class MemorySink:
    """Keeps the tables of one run, with the columns and types that a file of them has."""

    def __init__(self, tables: Iterable[str | Table]) -> None:
        declared = (TABLES[each] if isinstance(each, str) else each for each in tables)
        self._declared = {table.name: table for table in declared}
        self._parts: dict[str, list[pa.Table]] = {name: [] for name in self._declared}

    def write(self, table: str, columns: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Append rows to `table`, as ParquetSink does; raises ValueError and TypeError as that."""
        declared = self._declared.get(table)
        if declared is None:
            raise ValueError(f"table {table!r} is not open; open are {', '.join(self._declared)}")
        rows = len(next(iter(columns.values()), ()))
        buffer = RowBuffer(table, declared.columns, rows)
        buffer.put(columns, 0, buffer.checked(columns))
        self._parts[table].append(buffer.take(arrow_schema(declared)))

    def tables(self) -> dict[str, pa.Table]:
        """Give all tables; those without rows too."""
        return {
            name: pa.concat_tables([arrow_schema(table).empty_table(), *self._parts[name]])
            for name, table in self._declared.items()
        }
