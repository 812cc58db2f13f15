"""The tables of a finished run, as exports read them: by what the files say of themselves."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hvecs.output.counters import split_path
from hvecs.output.errors import Damaged
from hvecs.output.finished import open_table, read_resolved
from hvecs.output.host_column import HOST
from hvecs.output.manifest import MANIFEST_NAME, RESOLVED_NAME, read_manifest
from hvecs.spec.kinds import Wrong
from hvecs.spec.moments import Moment


@dataclass(frozen=True, slots=True)
class CounterColumn:
    """A column of a table that stands for a counter of Windows."""

    table: str
    name: str
    unit: str
    counter_set: str
    counter: str
    instance: str = "*"
    of_root: bool = False
    """Whether it is that of the row of the root, where Windows keeps it in a set of its own."""


class RunTables:
    """A run folder: its tables, a few rows at a time; with `host`, the rows of one of several hosts, and of tables without hosts all.

    Raises:
        ManifestError: `folder` is not the folder of a run.
    """

    def __init__(self, folder: Path, host: str | None = None) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self.host = host

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the hosts where there are several, in the order of the scenario; none where there is one.

        Raises:
            Damaged: there are several, and resolved.toml cannot be read.
        """
        if not self.has_host("logical_processor"):
            return ()
        given = read_resolved(self.folder).get("host")
        return tuple(str(each["name"]) for each in given) if isinstance(given, list) else ()

    def of_host(self, host: str) -> "RunTables":
        """Give the same of one host."""
        return RunTables(self.folder, host)

    @property
    def start(self) -> datetime | None:
        """What simulated time 0 is on the wall, if the scenario says.

        Raises:
            Damaged: resolved.toml cannot be read.
        """
        table = read_resolved(self.folder).get("scenario")
        given = table.get("start_time") if isinstance(table, dict) else None
        try:
            return None if given is None else Moment().read(given)
        except Wrong as wrong:
            raise Damaged(self.folder / RESOLVED_NAME, f"scenario.start_time: {wrong}") from wrong

    @property
    def version(self) -> str | None:
        """The version of Windows that the scenario names; None where its file cannot be read."""
        try:
            host = read_resolved(self.folder).get("host")
        except Damaged:
            return None
        if isinstance(host, list):  # it is the same on all
            host = host[0]
        given = host.get("limits") if isinstance(host, dict) else None
        return given if isinstance(given, str) else None

    def has(self, table: str) -> bool:
        """Tell whether the run wrote a table."""
        return table in self.manifest.tables

    def file(self, table: str) -> AbstractContextManager[pq.ParquetFile]:
        """Open the file of a table. Raises Damaged if it is not there, or cannot be read."""
        if not self.has(table):
            raise Damaged(self.folder / MANIFEST_NAME, f"it names no table {table}")
        return open_table(self.folder, self.manifest.tables[table].path)

    def instances(self, table: str) -> list[str]:
        """Give the instances of a table in the order in which they appear."""
        found: dict[str, None] = {}
        with self.file(table) as file:
            for group in range(file.num_row_groups):
                rows = self._own(
                    file.read_row_group(group, columns=self._read(file, ["instance"]), use_threads=False)
                )
                found |= dict.fromkeys(pc.unique(rows["instance"]).to_pylist())
        return list(found)

    def columns(
        self, table: str, names: list[str], begin_ns: int = -1, end_ns: int = 2**62
    ) -> dict[str, Any]:
        """Give columns of the rows with begin_ns < time_ns <= end_ns, as numpy arrays; missing numbers are NaN."""
        parts = []
        with self.file(table) as file:
            at = file.schema_arrow.get_field_index("time_ns")
            for group in range(file.num_row_groups):
                found = file.metadata.row_group(group).column(at).statistics
                if found is None or (found.max > begin_ns and found.min <= end_ns):
                    parts.append(
                        self._own(
                            file.read_row_group(
                                group, columns=self._read(file, [*names, "time_ns"]), use_threads=False
                            )
                        )
                    )
        if not parts:
            return {name: np.empty(0) for name in names}
        columns = {
            name: np.concatenate([_numpy(part[name]) for part in parts]) for name in (*names, "time_ns")
        }
        chosen = (columns["time_ns"] > begin_ns) & (columns["time_ns"] <= end_ns)
        return {name: columns[name][chosen] for name in names}

    def columns_of(self, table: str, names: list[str]) -> dict[str, Any]:
        """Give columns of all rows of a table, whether it has a time or not."""
        with self.file(table) as file:
            found = self._own(file.read(columns=self._read(file, names), use_threads=False))
        return {name: _numpy(found[name]) for name in names}

    def has_host(self, table: str) -> bool:
        """Tell whether the rows of a table say which host they are of."""
        with self.file(table) as file:
            return HOST.name in file.schema_arrow.names

    def _read(self, file: pq.ParquetFile, names: list[str]) -> list[str]:
        """Give the columns to be read to have `names` of the host."""
        needed = self.host is not None and HOST.name in file.schema_arrow.names and HOST.name not in names
        return [*names, HOST.name] if needed else names

    def _own(self, rows: pa.Table) -> pa.Table:
        if self.host is None or HOST.name not in rows.column_names:
            return rows
        return rows.filter(pc.equal(rows[HOST.name], self.host))

    def counters(self, table: str) -> Iterator[CounterColumn]:
        """Give the columns of a table that are counters, in their order."""
        with self.file(table) as file:
            schema = file.schema_arrow
        for field in schema:
            metadata = field.metadata or {}
            for key in (b"counter", b"root_counter"):
                if key in metadata:
                    path = metadata[key].decode()
                    counter_set, counter = split_path(path)
                    instance = (
                        path[path.index("(") + 1 : path.index(")")] if "(" in path.split("\\")[1] else ""
                    )
                    yield CounterColumn(
                        table,
                        field.name,
                        metadata[b"unit"].decode(),
                        counter_set,
                        counter,
                        instance,
                        key == b"root_counter",
                    )


def _numpy(column: Any) -> Any:
    return column.to_numpy()
