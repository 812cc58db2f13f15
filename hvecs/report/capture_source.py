"""What a report of a capture is made from: its tables, as far as its logs tell."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from hvecs.output.capture import read_capture_manifest
from hvecs.report.source import RunSource

_KEYS: Final = ("time_ns", "interval_ns", "partition")
_VPS: Final = ("virtual_processor", "root_virtual_processor")
_WHOLE: Final = pc.ScalarAggregateOptions(skip_nulls=False)
"""A sum without one of its parts is not known."""
_OF_VPS: Final = {"ready_ns": "wait_ns"}
"""The column of VPs that one of partitions is the sum of, where their names differ."""


class CaptureSource(RunSource):
    """A capture, read as a run is.

    What a run counts of partitions is summed over their VPs. Rows of samples whose length is not known are left out.
    """

    @property
    def time_name(self) -> str:
        """The name of its time, which was measured."""
        return "time"

    def held(self, table: str, columns: Sequence[str]) -> pa.Table | None:
        """Read those of `columns` that the logs tell."""
        if table == "partition":
            return self._partitions(columns)
        found = super().held(table, columns)
        return None if found is None else _of_known_length(found)

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Read those of `columns` that the logs tell, some rows at a time."""
        return map(_of_known_length, super().batches(table, columns))

    def _partitions(self, columns: Sequence[str]) -> pa.Table | None:
        keys = [name for name in _KEYS if name in columns]
        wanted = {_OF_VPS.get(name, name): name for name in columns if name not in _KEYS}
        parts = [part for each in _VPS if (part := self.held(each, (*keys, *wanted))) is not None]
        if not parts:
            return None
        rows = pa.concat_tables(parts, promote_options="permissive")
        held = [name for name in wanted if name in rows.column_names]
        counted: list[Any] = [(name, "sum", _WHOLE) for name in held]
        if "virtual_processors" in columns:
            counted.append(([], "count_all"))
        sums = rows.group_by(keys).aggregate(counted)
        names = {f"{name}_sum": wanted[name] for name in held} | {"count_all": "virtual_processors"}
        return sums.rename_columns([names.get(name, name) for name in sums.column_names])


def open_capture(folder: Path) -> CaptureSource:
    """Open the folder of a capture. Raises ManifestError where it holds none."""
    return CaptureSource(folder, read_capture_manifest(folder).tables, {})


def _of_known_length(table: pa.Table) -> pa.Table:
    return table.filter(pc.is_valid(table["interval_ns"])) if "interval_ns" in table.column_names else table
