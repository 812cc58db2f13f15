"""What was written: a record for each batch, which is what makes the batch count, and later the manifest of the sweep.

A batch that is made leaves `runs/_<batch>.json`, its last file. Once all batches are there the manifest takes over what
the records say. Where both say something of a batch, the record holds: it is the newer one.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from hvecs.output.errors import Damaged
from hvecs.output.record import FileRecord, Size
from hvecs.output.sealed import is_sealed, sealed
from hvecs.sweeps.manifest import SweepManifest
from hvecs.sweeps.names import RUNS, batch_files, record_name
from hvecs.sweeps.place import Store

_MOST_BYTES: Final = 2**20


@dataclass(frozen=True)
class BatchRecord:
    """The files of a batch by name, and how many of its runs failed, by cause."""

    files: Mapping[str, FileRecord]
    failed: Mapping[str, Size]


def write_record(store: Store, batch: str, record: BatchRecord) -> None:
    """Write the record of a batch whose files are all there. Raises Unwritable."""
    store.put(record_name(batch), sealed(json.dumps(asdict(record), indent=2)))


def own_record(store: Store, manifest: SweepManifest, batch: str) -> BatchRecord | None:
    """Read the record that a batch left; None if there is none.

    Raises:
        Damaged: it is not as it was written.
    """
    name = record_name(batch)
    content = store.read(name, _MOST_BYTES)
    if content is None:
        return None
    if not is_sealed(content):
        raise Damaged(store.path(name), "it differs from its own checksum")
    try:
        found = TypeAdapter(BatchRecord).validate_json(content)
    except ValidationError as error:
        raise Damaged(store.path(name), f"it is no record of a batch: {error.errors()[0]['msg']}") from error
    if set(found.files) != set(batch_files(manifest.tables, batch)):
        raise Damaged(store.path(name), "it is the record of other files")
    return found


def records_of(store: Store, manifest: SweepManifest) -> dict[str, BatchRecord]:
    """Read what was written of all batches that are complete, by batch; a batch with a damaged record is not complete."""
    found = {batch.name: _taken_over(manifest, batch.name) for batch in manifest.batches}
    for batch in own_records(store, found):
        with suppress(Damaged):
            found[batch] = own_record(store, manifest, batch) or found[batch]
    return {batch: record for batch, record in found.items() if record is not None}


def own_records(store: Store, batches: Iterable[str]) -> set[str]:
    """Name the batches that have a record of their own, damaged or not."""
    names = {entry.name for entry in store.entries(lambda folder: folder == RUNS)}
    return {batch for batch in batches if record_name(batch) in names}


def _taken_over(manifest: SweepManifest, batch: str) -> BatchRecord | None:
    """Give what the manifest says of a batch; None if it does not name all of its files."""
    names = batch_files(manifest.tables, batch)
    if any(name not in manifest.files for name in names):
        return None
    return BatchRecord({name: manifest.files[name] for name in names}, manifest.failures.get(batch, {}))
