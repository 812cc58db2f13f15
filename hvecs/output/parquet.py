"""One table's Parquet file, written row group by row group."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.arrow import arrow_schema
from hvecs.output.buffer import RowBuffer
from hvecs.output.errors import Unwritable, disk
from hvecs.output.table import Table

ROW_GROUP_ROWS: Final = 65_536
"""Rows of every row group of a table of events but a file's last."""

_SAMPLED_ROWS: Final = 12_288
"""Most rows of a row group of any other table: they have many columns, and a row group is held in memory until it is full."""

_ROW_GROUP_BYTES: Final = 1 << 24
"""Most bytes of the numbers of such a row group, before they are encoded."""

_COMPRESSION_LEVEL: Final = 1


def row_group_rows(table: Table) -> int:
    """Give the rows of every row group but a file's last: fewer of a table with many columns."""
    if table.rows == "event":
        return ROW_GROUP_ROWS
    fit = _ROW_GROUP_BYTES // (8 * len(table.columns))
    return min(_SAMPLED_ROWS, max(1, fit))


def encoding(table: Table) -> dict[str, Any]:
    """Give how the columns of `table` are encoded and compressed, as arguments of `pq.ParquetWriter`.

    Strings are dictionaries. In tables of events so are indices; times are written as differences, which for times to the nanosecond
    that hardly repeat takes the fewest bytes.
    """
    is_event = table.rows == "event"
    dictionary = [
        column.name
        for column in table.columns
        if column.type == "string" or (is_event and column.unit == "index")
    ]
    deltas = [column.name for column in table.columns if is_event and column.unit == "ns"]
    return {
        "compression": "zstd",
        "compression_level": _COMPRESSION_LEVEL,
        "use_dictionary": dictionary,
        "column_encoding": dict.fromkeys(deltas, "DELTA_BINARY_PACKED") or None,
        "write_statistics": True,
    }


@dataclass(frozen=True, slots=True)
class TableFile:
    """A finished file of a table; `path` is relative to the run folder, `sha256` in hex."""

    path: str
    rows: int
    sha256: str


class TableWriter:
    """Writes `<table>/run=<id>/part-0.parquet` below a folder.

    The bytes depend on the rows alone, not on how they are cut into calls of `write`: row groups have a fixed number of
    rows. A writer that is closed without any row leaves a valid file with the schema.
    """

    def __init__(self, folder: Path, run_id: str, table: Table, rows_of_group: int = 0) -> None:
        self._relative = f"{table.name}/run={run_id}/part-0.parquet"
        self._path = folder / self._relative
        self._schema = arrow_schema(table)
        self._buffer = RowBuffer(table.name, table.columns, rows_of_group or row_group_rows(table))
        self._rows = 0
        with _disk(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = pa.OSFile(os.fsencode(self._path), "wb")
            self._writer = pq.ParquetWriter(self._file, self._schema, **encoding(table))

    def write(self, columns: Mapping[str, Any]) -> None:
        """Append rows, given as one array a column; the arrays are copied.

        Raises:
            ValueError: the columns are not the table's, differ in length, or miss a value that is never null.
            TypeError: a column's type is not the table's.
            Unwritable: the disk refuses.
        """
        rows = self._buffer.checked(columns)
        start = 0
        while start < rows:
            stop = min(rows, start + self._buffer.room)
            self._buffer.put(columns, start, stop)
            start = stop
            if not self._buffer.room:
                self._write_row_group()

    def close(self) -> TableFile:
        """Write what is left and finish the file."""
        if self._buffer.rows:
            self._write_row_group()
        with _disk(self._path):
            self._writer.close()
            self._file.close()
            with self._path.open("rb") as written:
                digest = hashlib.file_digest(written, "sha256").hexdigest()
        return TableFile(self._relative, self._rows, digest)

    def abort(self) -> None:
        """Close the file, whatever state it is in."""
        with suppress(OSError, pa.ArrowInvalid):
            self._writer.close()
        with suppress(OSError, pa.ArrowInvalid):
            self._file.close()

    def _write_row_group(self) -> None:
        """Write the buffered rows as one row group."""
        rows = self._buffer.rows
        group = self._buffer.take(self._schema)
        with _disk(self._path):
            self._writer.write_table(group, row_group_size=rows)
        self._rows += rows


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Turn errors of the disk into Unwritable, also those that Arrow reports as invalid data."""
    with disk(path):
        try:
            yield
        except pa.ArrowInvalid as error:
            raise Unwritable(path, str(error)) from error
