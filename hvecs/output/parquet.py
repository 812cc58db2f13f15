"""One table's Parquet file, written row group by row group."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.arrow import arrow_schema
from hvecs.output.buffer import RowBuffer
from hvecs.output.errors import Unwritable, disk
from hvecs.output.table import Table

ROW_GROUP_ROWS: Final = 65_536
"""Rows of every row group but a file's last."""

_COMPRESSION_LEVEL: Final = 3


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

    def __init__(self, folder: Path, run_id: str, table: Table, row_group_rows: int = ROW_GROUP_ROWS) -> None:
        self._relative = f"{table.name}/run={run_id}/part-0.parquet"
        self._path = folder / self._relative
        self._schema = arrow_schema(table)
        self._buffer = RowBuffer(table.name, table.columns, row_group_rows)
        self._rows = 0
        with _disk(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = pa.OSFile(os.fsencode(self._path), "wb")
            self._writer = pq.ParquetWriter(
                self._file,
                self._schema,
                compression="zstd",
                compression_level=_COMPRESSION_LEVEL,
                use_dictionary=[column.name for column in table.columns if column.type == "string"],
                write_statistics=True,
            )

    def write(self, columns: Mapping[str, npt.NDArray[np.generic]]) -> None:
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
        """Let go of the file, whatever state it is in."""
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
