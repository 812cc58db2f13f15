"""The files of one batch of runs: `<table>/<batch>.parquet`, with the id of the run as a column."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.arrow import arrow_schema
from hvecs.output.buffer import RowBuffer
from hvecs.output.errors import disk
from hvecs.output.labels import Labels
from hvecs.output.parquet import encoding, row_group_rows
from hvecs.output.record import FileRecord, HashedFile
from hvecs.output.table import Column, Table
from hvecs.sweeps.columns import RUN
from hvecs.sweeps.names import file_name
from hvecs.sweeps.place import Store
from hvecs.sweeps.records import BatchRecord, write_record
from hvecs.sweeps.reduction import Reduction

_DTYPES: Final[Mapping[str, Any]] = {
    "int64": np.int64,
    "float64": np.float64,
    "string": object,
    "bool": np.bool_,
    "timestamp": np.int64,
}
_BLANK: Final[Mapping[str, Any]] = {"int64": 0, "float64": 0.0, "string": "", "bool": False, "timestamp": 0}

Columns = Mapping[str, Any]


class BatchTable:
    """The file of one table; its bytes depend on the rows alone.

    Rows are kept as they come until there are enough for a row group, so that those of a run that fails can be taken
    back. `groups` counts the row groups that are in the file.
    """

    def __init__(self, store: Store, batch: str, table: Table) -> None:
        self.name = file_name(table.name, batch)
        self.groups = 0
        self._store = store
        self._table = table
        self._schema = arrow_schema(table)
        self._group_rows = row_group_rows(table)
        self._chunks: list[tuple[int, Columns]] = []
        self._rows = 0
        self._written = 0
        self._file: HashedFile | None = None
        self._writer: pq.ParquetWriter | None = None

    @property
    def mark(self) -> int:
        """The number of chunks that wait to be written."""
        return len(self._chunks)

    def add(self, columns: Columns) -> None:
        """Append rows."""
        rows = len(columns[RUN.name])
        if not rows:
            return
        self._chunks.append((rows, columns))
        self._rows += rows
        while self._rows >= self._group_rows:
            self._write(self._group_rows)

    def take_back(self, mark: int) -> None:
        """Forget all chunks after a mark; no group may have been written since."""
        self._rows -= sum(rows for rows, _ in self._chunks[mark:])
        del self._chunks[mark:]

    def close(self) -> FileRecord:
        """Write what is left and finish the file, which is not yet published; gives its record."""
        file = self._begin()
        if self._rows:
            self._write(self._rows)
        with disk(self._store.path(self.name)):
            self._let_go(file)
        return file.record(self._written)

    def abort(self) -> None:
        """Close the file and discard it."""
        if self._file is None:
            return
        with suppress(OSError, ValueError):  # what was to be written is worthless anyway
            self._let_go(self._file)
        self._store.discard(self.name)

    def _let_go(self, file: HashedFile) -> None:
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.close()
        finally:
            file.close()

    def _begin(self) -> HashedFile:
        """Open the file, if it is not open yet."""
        if self._file is None:
            self._file = HashedFile(self._store.begin(self.name))
            with disk(self._store.path(self.name)):
                file = pa.PythonFile(self._file, mode="w")
                self._writer = pq.ParquetWriter(file, self._schema, **encoding(self._table))
        return self._file

    def _write(self, rows: int) -> None:
        """Write the first `rows` rows as one row group."""
        self._begin()
        assert self._writer is not None  # noqa: S101 - it was begun a moment ago
        buffer = RowBuffer(self._table.name, self._table.columns, rows)
        buffer.put(self._first(rows), 0, rows)
        group = buffer.take(self._schema)
        with disk(self._store.path(self.name)):
            self._writer.write_table(group, row_group_size=rows)
        self._written += rows
        self.groups += 1

    def _first(self, rows: int) -> Columns:
        """Take the first `rows` rows from the chunks."""
        taken: list[Columns] = []
        left = rows
        while left:
            count, columns = self._chunks[0]
            if count <= left:
                taken.append(self._chunks.pop(0)[1])
                left -= count
                continue
            taken.append({name: values[:left] for name, values in columns.items()})
            self._chunks[0] = (count - left, {name: values[left:] for name, values in columns.items()})
            left = 0
        self._rows -= rows
        return {name: _joined([columns[name] for columns in taken]) for name in self._table.column_names}


def _joined(parts: Sequence[Any]) -> Any:
    kinds = set(map(type, parts))
    if kinds == {Labels}:
        return Labels.joined(parts)
    if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
        return np.ma.concatenate(parts)  # type: ignore[no-untyped-call]
    return np.concatenate(parts)


class BatchWriter:
    """The sink of all runs of a batch: the files of its tables, that of `runs`, and its record, which makes it complete."""

    def __init__(self, store: Store, batch: str, tables: Sequence[Table], runs: Table) -> None:
        self._store = store
        self._batch = batch
        self._tables = {table.name: BatchTable(store, batch, table) for table in tables}
        self._runs_columns = runs.columns
        self._runs = BatchTable(store, batch, runs)
        self._rows: list[Mapping[str, Any]] = []
        self._run = ""
        self._marks: dict[str, tuple[int, int]] = {}
        self._reductions: Mapping[str, Sequence[Reduction]] = {}

    def begin_run(self, run: str, reductions: Mapping[str, Sequence[Reduction]]) -> None:
        """Begin a run; `reductions` by table see the rows that are written from now on."""
        self._run = run
        self._reductions = reductions
        self._marks = {name: (table.mark, table.groups) for name, table in self._tables.items()}

    def write(self, table: str, columns: Columns) -> None:
        """Take rows from the engine; those of tables that the sweep does not keep are dropped."""
        for reduction in self._reductions.get(table, ()):
            reduction.add(columns)
        if table in self._tables:
            rows = len(next(iter(columns.values())))
            self._tables[table].add({RUN.name: Labels.repeated(self._run, rows), **columns})

    def take_back(self) -> bool:
        """Forget the rows of the present run; False if some of them are in the file already."""
        if any(self._tables[name].groups != groups for name, (_, groups) in self._marks.items()):
            return False
        for name, (mark, _) in self._marks.items():
            self._tables[name].take_back(mark)
        return True

    def end_run(self, row: Mapping[str, Any]) -> None:
        """Add the row of the table runs, by column name; what it lacks is null."""
        self._rows.append(row)

    def close(self) -> None:
        """Finish and publish all files, that of `runs` and the record last. Raises Unwritable."""
        self._runs.add({column.name: self._cells(column) for column in self._runs_columns})
        files = [*self._tables.values(), self._runs]
        written = {file.name: file.close() for file in files}
        for name in written:
            self._store.publish(name)
        failed = Counter(str(row["cause"]) for row in self._rows if row["status"] == "failed")
        write_record(self._store, self._batch, BatchRecord(written, dict(failed)))

    def abort(self) -> None:
        """Discard all files that are not published."""
        for file in (*self._tables.values(), self._runs):
            file.abort()

    def _cells(self, column: Column) -> Any:
        values = [row.get(column.name) for row in self._rows]
        filled = [_BLANK[column.type] if value is None else value for value in values]
        absent = [value is None for value in values]
        return np.ma.MaskedArray(np.array(filled, _DTYPES[column.type]), mask=absent)
