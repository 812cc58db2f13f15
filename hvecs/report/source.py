"""What a report is made from: the folder of a finished run, read table by table and column by column."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from hvecs.output.inside import open_inside
from hvecs.output.outcomes import NOT_STARTED, WITHOUT_MEMORY
from hvecs.output.parquet import TableFile
from hvecs.report.palette import Palette
from hvecs.spec.rules import OwnRule

_BATCH_ROWS: Final = 131_072


class ReportError(ValueError):
    """A file of a run cannot be read; the message says which, and why."""


@dataclass(frozen=True)
class RunSource:
    """A finished run.

    `tables` are its files; `resolved` is its scenario with every default filled in; `palette` has the styles of its partitions.
    """

    folder: Path
    tables: Mapping[str, TableFile]
    resolved: dict[str, Any]
    palette: Palette = field(default_factory=Palette)

    def read(self, table: str, columns: Sequence[str], optional: Sequence[str] = ()) -> pa.Table | None:
        """Read `columns` of `table`, and those of `optional` that it has; None where the run has no such table, column or row.

        Raises:
            ReportError: the file is damaged or missing.
        """
        found = self.held(table, (*columns, *optional))
        return None if found is None or set(columns) - set(found.column_names) else found

    def held(self, table: str, columns: Sequence[str]) -> pa.Table | None:
        """Read those of `columns` that `table` has; None where there is no such table, or no row in it.

        Raises:
            ReportError: the file is damaged or missing.
        """
        file = self.tables.get(table)
        if file is None or file.rows == 0:
            return None
        path = self.folder / file.path
        try:
            with (
                open_inside(self.folder, file.path) as opened,
                pq.ParquetFile(opened, pre_buffer=False) as parquet,
            ):
                held = [name for name in columns if name in parquet.schema_arrow.names]
                return parquet.read(columns=held, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise ReportError(f"{path} cannot be read: {error}") from error

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Read those of `columns` that `table` has, some rows at a time; nothing where the run has no such table.

        Raises:
            ReportError: the file is damaged or missing.
        """
        file = self.tables.get(table)
        if file is None or file.rows == 0:
            return
        path = self.folder / file.path
        try:
            with (
                open_inside(self.folder, file.path) as opened,
                pq.ParquetFile(opened, pre_buffer=False) as parquet,
            ):
                held = [name for name in columns if name in parquet.schema_arrow.names]
                for batch in parquet.iter_batches(_BATCH_ROWS, columns=held, use_threads=False):
                    yield pa.Table.from_batches([batch])
        except (OSError, pa.ArrowException) as error:
            raise ReportError(f"{path} cannot be read: {error}") from error

    @property
    def warm_up_ns(self) -> int:
        """The time (ns) at the start that figures of the whole run leave out."""
        simulated = self.read("runs", ["simulated_ns", "measured_ns"])
        if simulated is None:
            return 0
        row = simulated.to_pylist()[0]
        return int(row["simulated_ns"]) - int(row["measured_ns"] or row["simulated_ns"])

    @property
    def time_name(self) -> str:
        """The name of its time."""
        return "simulated time"

    @property
    def without_warm_up(self) -> str:
        """What captions say of figures of the time after the warm-up: nothing where there is none."""
        return ", warm-up left out" if self.warm_up_ns else ""

    @property
    def not_started(self) -> tuple[str, ...]:
        """The guests that did not start, as their memory, CPU reserve or host was not to be had."""
        return self._names(NOT_STARTED.name)

    @property
    def without_memory(self) -> tuple[str, ...]:
        """The guests that are off because their memory was not to be had."""
        return self._names(WITHOUT_MEMORY.name)

    def _names(self, column: str) -> tuple[str, ...]:
        table = self.read("runs", [column])
        if table is None:
            return ()
        given = table[column][0].as_py()
        return tuple(map(str, json.loads(given))) if given else ()

    @property
    def rules(self) -> tuple[OwnRule, ...]:
        """The rules of the scenario's own for the verdict.

        Raises:
            ReportError: they are not as a run writes them.
        """
        try:
            return tuple(OwnRule.model_validate(each) for each in self.resolved.get("rule", ()))
        except (ValidationError, TypeError) as error:
            raise ReportError(f"{self.folder / 'resolved.toml'}: its rules cannot be read") from error
