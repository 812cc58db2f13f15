"""How far a sweep has come, seen from outside: from its manifest and the files that are there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final, Literal

from hvecs.output.inside import size_inside
from hvecs.output.manifest import MANIFEST_NAME, ManifestError
from hvecs.output.record import FileRecord
from hvecs.sweeps.lock import is_locked
from hvecs.sweeps.manifest import COMPLETE, read_sweep_manifest
from hvecs.sweeps.names import RUNS, SUMMARY_FILE, file_name
from hvecs.sweeps.place import Store
from hvecs.sweeps.plan import Batch
from hvecs.sweeps.records import BatchRecord, records_of

_LAST: Final = 10

State = Literal["running", "stopped", "complete", "unknown"]


@dataclass(frozen=True)
class Status:
    """The state of a sweep; "unknown" is unfinished in a place that cannot be locked.

    `causes` says of what runs failed, and `damaged` counts the files that are missing or not as large as they were
    written: a quick look, `verify` takes a closer one. `rate` is runs a second over the last batches; it and `left_s` are
    None unless the sweep runs and has made a few.
    """

    name: str
    state: State
    points: int
    runs: int
    done: int
    failed: int
    causes: Mapping[str, int]
    damaged: int
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
    records = records_of(store, manifest)
    done = [batch for batch in manifest.batches if batch.name in records]
    runs = sum(batch.stop - batch.start for batch in done)
    causes = Counter[str]()
    for record in records.values():
        causes.update(record.failed)
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
        failed=sum(causes.values()),
        causes=dict(causes),
        damaged=0
        if state == "running"
        else _damaged(store, records.values(), manifest.files.get(SUMMARY_FILE)),
        batches=len(manifest.batches),
        batches_done=len(done),
        rate=rate if running else None,
        left_s=(len(manifest.runs) - runs) / rate if running and rate else None,
    )


def _damaged(store: Store, records: Iterable[BatchRecord], summary: FileRecord | None) -> int:
    """Count the files that are missing or of another size."""
    sizes = {name: file.size_bytes for record in records for name, file in record.files.items()}
    if summary is not None:
        sizes[SUMMARY_FILE] = summary.size_bytes
    return sum(store.size(name) != size for name, size in sizes.items())


def _rate(folder: Path | None, done: list[Batch]) -> float | None:
    """Give runs a second up to now, since the eldest of the last batches was complete."""
    if folder is None:
        return None
    found = [(size_inside(folder, file_name(RUNS, batch.name)), batch) for batch in done]
    ends = sorted((each[1], batch) for each, batch in found if each is not None)[-_LAST:]
    elapsed = time() - ends[0][0] if ends else 0
    return (
        sum(batch.stop - batch.start for _, batch in ends[1:]) / elapsed
        if elapsed > 0 and len(ends) > 1
        else None
    )
