"""What a sweep that is resumed makes again: batches with damaged files, and those whose runs failed of what may pass."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hvecs.output.errors import Damaged
from hvecs.sweeps.manifest import SweepManifest
from hvecs.sweeps.place import Store
from hvecs.sweeps.plan import Batch
from hvecs.sweeps.reading import read_runs
from hvecs.sweeps.records import BatchRecord
from hvecs.sweeps.verification import Fault, file_faults
from hvecs.sweeps.work import PASSING, RunError


@dataclass(frozen=True)
class Again:
    """The batches that are made again, each with its runs that are not: they failed by themselves, and would again.

    `damaged` are the files that are not as they were written; `retried` counts the failed runs that are tried anew.
    """

    batches: Mapping[str, Mapping[str, RunError]] = field(default_factory=dict)
    damaged: tuple[Fault, ...] = ()
    retried: int = 0


def made_again(
    store: Store,
    manifest: SweepManifest,
    records: Mapping[str, BatchRecord],
    batches: Iterable[Batch],
    *,
    retry_failed: bool,
) -> Again:
    """Look at every file of these batches, as far as they are complete, and at the runs of them that failed.

    Args:
        store: the place.
        manifest: of the sweep.
        records: of the batches that are complete.
        batches: those to look at.
        retry_failed: whether runs that failed by themselves are tried anew too.
    """
    found: dict[str, Mapping[str, RunError]] = {}
    damaged: list[Fault] = []
    retried = 0
    for batch in batches:
        record = records.get(batch.name)
        if record is None:
            continue
        faults = tuple(file_faults(store, record.files))
        damaged += faults
        retry = sum(count for cause, count in record.failed.items() if retry_failed or cause in PASSING)
        if not faults and not retry:
            continue
        found[batch.name] = _failed(store, manifest, batch, record, () if retry_failed else {"error"})
        retried += retry
    return Again(found, tuple(damaged), retried)


def _failed(
    store: Store, manifest: SweepManifest, batch: Batch, record: BatchRecord, causes: Collection[str]
) -> dict[str, RunError]:
    """Give the runs of a batch that failed of one of these causes; none where its table runs is damaged."""
    try:
        table = read_runs(store, manifest, batch, record, ["status", "error", "traceback", "cause"])
    except Damaged:
        return {}
    rows: list[dict[str, Any]] = table.to_pylist()
    return {
        row["run"]: RunError(str(row["error"]), str(row["traceback"]), row["cause"])
        for row in rows
        if row["status"] == "failed" and row["cause"] in causes
    }
