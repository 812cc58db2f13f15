"""The folder of one run: it explains itself, and appears under its name complete or not at all."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypedDict

from hvecs.output.errors import disk
from hvecs.output.identity import RunSource
from hvecs.output.manifest import (
    MANIFEST_NAME,
    RESOLVED_NAME,
    SCENARIO_NAME,
    Manifest,
    is_written,
    owned_names,
    write_manifest,
)
from hvecs.output.parquet import TableFile
from hvecs.output.record import FileRecord, record_of
from hvecs.output.runs import write_runs
from hvecs.output.sink import ParquetSink
from hvecs.output.software import software
from hvecs.output.staging import Ownership, Staging, sync, sync_tree
from hvecs.output.table import Column, Table


class Measured(TypedDict, total=False):
    """What a run has cost; see `Manifest`."""

    timings: Mapping[str, float]
    dispatches: int


OURS: Final = Ownership(
    "a run", owned_names, lambda name: name == MANIFEST_NAME or is_written(name), MANIFEST_NAME
)
"""The files of a run folder."""


class RunFolder:
    """Writes the folder of one run, as a context manager.

    Entering checks the place before anything is simulated. `open` gives the sink for the engine, `write_runs` writes
    the outcomes, and `complete` puts the whole under its final name, in the place of an older run. Left without
    `complete`, be it by an exception or an interrupt, the block leaves the place as it was.

    Args:
        out: the final place.
        source: what the run is made from; it is kept as `scenario.toml` and `resolved.toml`, and hashed.

    Raises:
        NotOurs: on entering or completing, when something else than a run stands at `out`.
        Busy: on entering, when another process is writing there.
        Unwritable: at any time, when the system refuses.
        OSError: on entering, when an input cannot be read.
    """

    def __init__(self, out: Path, source: RunSource) -> None:
        self._staging = Staging(out, OURS)
        self._source = source
        self._sink: ParquetSink | None = None
        self._tables = dict[str, TableFile]()
        self._files = dict[str, FileRecord]()

    @property
    def run_id(self) -> str:
        """The id of the run, the key of its partitions."""
        return self._source.run_id

    @property
    def out(self) -> Path:
        """The final place, with links followed."""
        return self._staging.out

    @property
    def path(self) -> Path:
        """The folder to write under until the run is complete."""
        return self._staging.path

    def __enter__(self) -> Self:
        self._start = _utc_now()
        self._staging.open()
        try:
            self._inputs = {str(path): _sha256(path) for path in self._source.files}
            self._write(SCENARIO_NAME, self._source.scenario.read_bytes())
            self._write(RESOLVED_NAME, self._source.resolved.encode())
        except BaseException:
            self._staging.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sink is not None:
            self._sink.abort()
        self._staging.close()

    def open(self, tables: Iterable[str | Table]) -> ParquetSink:
        """Begin the files of `tables`, and give the sink that writes to them; `complete` closes it."""
        if self._sink is None:
            self._sink = ParquetSink(self.path, self.run_id)
        return self._sink.open(tables)

    def write_runs(self, row: Mapping[str, object], declared: Sequence[Column] = ()) -> None:
        """Write the one row of the table `runs`; see `hvecs.output.runs.write_runs`."""
        self._tables["runs"] = write_runs(self.path, self.run_id, row, declared)

    def complete(
        self, status: str = "ok", warnings: Sequence[str] = (), measured: Callable[[], Measured] | None = None
    ) -> Manifest:
        """Close the sink, write the manifest last of all, and move the folder to its final place.

        `measured` gives what the manifest says of the run's cost, `timings` and `dispatches`, once all else is written.
        """
        if self._sink is not None:
            self._tables |= self._sink.close()
        with disk(self.path):
            sync_tree(self.path)
        manifest = self._manifest(status, warnings, measured() if measured else {})
        written = write_manifest(self.path, manifest)
        with disk(written):
            sync(written)
            sync(self.path)
        self._staging.publish()
        return manifest

    def _manifest(self, status: str, warnings: Sequence[str], measured: Measured) -> Manifest:
        """Say what the run was, as of now."""
        return Manifest(
            **software(),
            argv=tuple(self._source.argv),
            start=self._start,
            end=_utc_now(),
            status=status,
            run=self.run_id,
            seed=self._source.seed,
            inputs=self._inputs,
            tables=self._tables,
            warnings=tuple(warnings),
            files=self._files | {table.path: self._record(table) for table in self._tables.values()},
            **measured,
        )

    def _record(self, table: TableFile) -> FileRecord:
        """Give the record of a table's file, which is complete."""
        path = self.path / table.path
        with disk(path):
            return FileRecord(path.stat().st_size, table.sha256, table.rows)

    def _write(self, name: str, content: bytes) -> None:
        """Write one small file of the folder."""
        path = self.path / name
        with disk(path):
            path.write_bytes(content)
        self._files[name] = record_of(content)


def _utc_now() -> str:
    """Give the time of day in UTC, to the microsecond, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _sha256(path: Path) -> str:
    """Give the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
