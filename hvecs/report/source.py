"""What a report is made from: the folder of a finished run, read table by table and column by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.finished import read_resolved
from hvecs.output.inside import open_inside
from hvecs.output.manifest import Manifest, read_manifest


class ReportError(ValueError):
    """A file of a run cannot be read; the message says which, and why."""


@dataclass(frozen=True)
class RunSource:
    """A finished run.

    `resolved` is its scenario with every default filled in.
    """

    folder: Path
    manifest: Manifest
    resolved: dict[str, Any]

    def read(self, table: str, columns: Sequence[str]) -> pa.Table | None:
        """Read those of `columns` that `table` has; None where the run has no such table, or no row in it.

        Raises:
            ReportError: the file is damaged or missing.
        """
        file = self.manifest.tables.get(table)
        if file is None or file.rows == 0:
            return None
        path = self.folder / file.path
        try:
            with open_inside(self.folder, file.path) as opened, pq.ParquetFile(opened) as parquet:
                held = [name for name in columns if name in parquet.schema_arrow.names]
                return parquet.read(columns=held, use_pandas_metadata=False)
        except (OSError, pa.ArrowException) as error:
            raise ReportError(f"{path} cannot be read: {error}") from error

    @property
    def warm_up_ns(self) -> int:
        """The time (ns) at the start that figures of the whole run leave out."""
        simulated = self.read("runs", ["simulated_ns", "measured_ns"])
        if simulated is None or "measured_ns" not in simulated.column_names:
            return 0
        row = simulated.to_pylist()[0]
        return int(row["simulated_ns"]) - int(row["measured_ns"] or row["simulated_ns"])

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return str(self.resolved["scenario"]["name"])


def open_run(folder: Path) -> RunSource:
    """Open the folder of a finished run.

    Raises:
        ManifestError: it holds no finished run of hvecs.
        Damaged: its scenario cannot be read.
    """
    return RunSource(folder, read_manifest(folder), read_resolved(folder))
