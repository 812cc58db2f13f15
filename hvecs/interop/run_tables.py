"""The tables of a finished run, as exports read them: by what the files say of themselves."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from hvecs.output.counters import split_path
from hvecs.output.manifest import read_manifest
from hvecs.spec import load


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
    """A run folder: its scenario, and its tables a few rows at a time.

    Raises:
        ManifestError: `folder` is not the folder of a run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)

    @cached_property
    def scenario(self) -> Any:
        """The scenario as it was run, every default filled in."""
        return load(self.folder / "resolved.toml")

    @property
    def start(self) -> datetime | None:
        """What simulated time 0 is on the wall, if the scenario says."""
        start: datetime | None = self.scenario.scenario.start_time
        return start

    def has(self, table: str) -> bool:
        """Tell whether the run wrote a table."""
        return table in self.manifest.tables

    def file(self, table: str) -> pq.ParquetFile:
        """Open the file of a table."""
        return pq.ParquetFile(os.fsencode(self.folder / self.manifest.tables[table].path).decode())

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
                    parts.append(file.read_row_group(group, columns=[*names, "time_ns"]))
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
            found = file.read(columns=names)
        return {name: _numpy(found[name]) for name in names}

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
