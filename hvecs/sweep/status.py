"""How far a sweep has come, seen from outside: from its manifest and the files that are there."""

from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final, Literal

import pyarrow.parquet as pq

from hvecs.output.manifest import MANIFEST_NAME, ManifestError
from hvecs.sweep.batch import file_name
from hvecs.sweep.lock import is_locked
from hvecs.sweep.manifest import COMPLETE, read_sweep_manifest
from hvecs.sweep.plan import Batch
from hvecs.sweep.results import runs_files
from hvecs.sweep.store import Store

_LAST: Final = 10

State = Literal["running", "stopped", "complete", "unknown"]


@dataclass(frozen=True)
class Status:
    """The state of a sweep; "unknown" is unfinished in a place that cannot be locked.

    `rate` is runs a second over the last batches; it and `left_s` are None unless the sweep runs and has made a few.
    """

    name: str
    state: State
    points: int
    runs: int
    done: int
    failed: int
    batches: int
    batches_done: int
    rate: float | None
    left_s: float | None


def status_of(store: Store) -> Status:
    """Look at a sweep.

    Raises:
        ManifestError: there is none.
    """
    manifest = read_sweep_manifest(store)
    if manifest is None:
        raise ManifestError(f"{store.place}/{MANIFEST_NAME}: there is none; expected a sweep")
    there = set(runs_files(store))
    done = [batch for batch in manifest.batches if file_name("runs", batch.name) in there]
    runs = sum(batch.stop - batch.start for batch in done)
    folder = store.folder
    state: State = "complete" if manifest.status == COMPLETE else "unknown"
    if state == "unknown" and folder is not None:
        state = "running" if is_locked(folder) else "stopped"
    rate = _rate(folder, done)
    running = state == "running" and rate
    return Status(
        name=manifest.name,
        state=state,
        points=len(manifest.points),
        runs=len(manifest.runs),
        done=runs,
        failed=sum(_failed(store, file_name("runs", batch.name)) for batch in done),
        batches=len(manifest.batches),
        batches_done=len(done),
        rate=rate if running else None,
        left_s=(len(manifest.runs) - runs) / rate if running and rate else None,
    )


def _rate(folder: Path | None, done: list[Batch]) -> float | None:
    """Give runs a second up to now, since the eldest of the last batches was complete."""
    if folder is None:
        return None
    ends = sorted(((folder / file_name("runs", batch.name)).stat().st_mtime, batch) for batch in done)[
        -_LAST:
    ]
    elapsed = time() - ends[0][0] if ends else 0
    return (
        sum(batch.stop - batch.start for _, batch in ends[1:]) / elapsed
        if elapsed > 0 and len(ends) > 1
        else None
    )


def _failed(store: Store, name: str) -> int:
    column = pq.ParquetFile(store.source(name)).read(columns=["status"])["status"]
    return sum(value == "failed" for value in column.to_pylist())
