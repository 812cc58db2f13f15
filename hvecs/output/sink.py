"""The engine's way out: rows of any table, in chunks of any size, to one Parquet file a table."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hvecs.output.parquet import TableFile, TableWriter
from hvecs.output.schema import RUNS, TABLES
from hvecs.output.table import Table

_OPEN_TO_ENGINE = tuple(name for name in TABLES if name != RUNS.name)


class ParquetSink:
    """Writes the tables of one run below `folder`, as hive partitions `<table>/run=<id>/part-0.parquet`.

    Row groups have `row_group_rows` rows, or as many as suit each table.

    `open` says which tables the run has: each gets a file, also when it stays without rows. As a context manager the
    sink closes at the end, and on an error lets go of its files, which are then worthless.
    """

    def __init__(self, folder: Path, run_id: str, *, row_group_rows: int = 0) -> None:
        self._folder = folder
        self._run_id = run_id
        self._row_group_rows = row_group_rows
        self._writers: dict[str, TableWriter] = {}
        self._files: dict[str, TableFile] = {}

    def open(self, tables: Iterable[str | Table]) -> Self:
        """Begin the files of `tables`: by name those of the schema, as declared those of a user's own system.

        Raises:
            ValueError: there is no such table, or it is open already.
            Unwritable: the disk refuses.
        """
        for each in tables:
            name = each if isinstance(each, str) else each.name
            if isinstance(each, str) and name not in _OPEN_TO_ENGINE:
                raise ValueError(f"no table {name!r}; there are {', '.join(_OPEN_TO_ENGINE)}")
            if name in self._writers or name in self._files:
                raise ValueError(f"table {name!r} is open already")
            table = TABLES[name] if isinstance(each, str) else each
            self._writers[name] = TableWriter(self._folder, self._run_id, table, self._row_group_rows)
        return self

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Append rows to `table`: one numpy array a column, NaN or masked where a nullable value is missing.

        Raises:
            ValueError: the table is not open, or the columns are not those of the table.
            TypeError: a column's type is not the table's.
            Unwritable: the disk refuses.
        """
        writer = self._writers.get(table)
        if writer is None:
            raise ValueError(f"table {table!r} is not open; open are {', '.join(self._writers) or 'none'}")
        writer.write(columns)

    def close(self) -> dict[str, TableFile]:
        """Finish all files and give them by table; closing again gives the same."""
        while self._writers:
            name = next(iter(self._writers))
            self._files[name] = self._writers[name].close()
            del self._writers[name]
        return dict(self._files)

    def abort(self) -> None:
        """Close all files that are still open."""
        while self._writers:
            self._writers.popitem()[1].abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.close()
        finally:
            self.abort()
