"""Damage: files that are missing, differ from what a manifest says of them, or are none of ours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hvecs.output.errors import Damaged, OutputError
from hvecs.output.manifest import MANIFEST_NAME, ManifestError, manifest_bytes, owned_names, read_manifest
from hvecs.output.record import FileRecord, fault_of, first_line
from hvecs.output.sealed import is_sealed
from hvecs.output.staging import folders_of
from hvecs.sweep.manifest import NotASweep, SweepManifest, read_sweep_manifest
from hvecs.sweep.names import OUTCOMES_FILE, SUMMARY_FILE, Layout, record_name
from hvecs.sweep.place import Store
from hvecs.sweep.records import own_record, own_records, records_of


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file."""

    path: str
    what: str


@dataclass(frozen=True)
class Verdict:
    """What was looked at, and what is wrong; `made` of `batches` are complete, of a run one of one."""

    kind: Literal["run", "sweep"]
    files: int
    made: int
    batches: int
    damaged: tuple[Fault, ...]
    foreign: tuple[Fault, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that is wrong."""
        return (*self.damaged, *self.foreign)


def verify(store: Store, *, fast: bool = False) -> Verdict:
    """Hold the files of a run or a sweep against its manifest.

    Args:
        store: the place.
        fast: look at sizes and footers only, not at hashes.

    Raises:
        ManifestError: it is neither a run nor a sweep.
    """
    try:
        manifest = read_sweep_manifest(store)
    except NotASweep:
        return _verified_run(store, fast=fast)
    if manifest is None:
        raise ManifestError(f"{store.path(MANIFEST_NAME)}: there is none; expected a run or a sweep")
    return _verified_sweep(store, manifest, fast=fast)


def file_faults(store: Store, files: Mapping[str, FileRecord], *, fast: bool = False) -> Iterator[Fault]:
    """Find the files that are missing or differ from their records."""
    for name, record in files.items():
        try:
            with store.open(name) as file:
                what = fault_of(file, record, fast=fast)
        except (FileNotFoundError, NotADirectoryError):
            what = "it is missing"
        except OSError as error:
            what = (
                f"it {error.reason}"
                if isinstance(error, OutputError)
                else f"it cannot be read: {first_line(error)}"
            )
        if what is not None:
            yield Fault(name, what)


def summary_fault(store: Store, manifest: SweepManifest) -> Fault | None:
    """Find what is wrong with the summary of a sweep; nothing while there is none yet."""
    record = manifest.files.get(SUMMARY_FILE)
    return None if record is None else next(file_faults(store, {SUMMARY_FILE: record}), None)


def foreign_to(store: Store, layout: Layout) -> Iterator[str]:
    """Name what is in the place of a sweep and not of it; folders that are not of it are not looked into."""
    return (entry.name for entry in store.entries(layout.enters) if not layout.is_ours(entry))


def layout_of(manifest: SweepManifest) -> Layout:
    """Give the names of the files of a sweep."""
    return Layout(manifest.tables, (batch.name for batch in manifest.batches))


def _verified_sweep(store: Store, manifest: SweepManifest, *, fast: bool) -> Verdict:
    records = records_of(store, manifest)
    files = {name: record for each in records.values() for name, record in each.files.items()}
    files |= {
        name: record for name, record in manifest.files.items() if name in (SUMMARY_FILE, OUTCOMES_FILE)
    }
    content = store.read(MANIFEST_NAME) or b""
    damaged = [
        *_seal_faults(content),
        *_record_faults(store, manifest),
        *file_faults(store, files, fast=fast),
    ]
    others = foreign_to(store, layout_of(manifest))
    return Verdict(
        "sweep",
        len(files) + 1,
        len(records),
        len(manifest.batches),
        tuple(damaged),
        _foreign(others, damaged),
    )


def _record_faults(store: Store, manifest: SweepManifest) -> Iterator[Fault]:
    for batch in sorted(own_records(store, (batch.name for batch in manifest.batches))):
        try:
            own_record(store, manifest, batch)
        except Damaged as error:
            yield Fault(record_name(batch), error.reason)


def _verified_run(store: Store, *, fast: bool) -> Verdict:
    folder = store.folder
    if folder is None:
        raise ManifestError(f"{store.place}: a run is a local folder")
    manifest = read_manifest(folder)
    damaged = [*_seal_faults(manifest_bytes(folder)), *file_faults(store, manifest.files, fast=fast)]
    names = owned_names(folder)
    ways = folders_of(names)
    found = store.entries(ways.__contains__)
    others = (name for name, kind in found if name not in (names if kind == "file" else ways))
    return Verdict("run", len(manifest.files) + 1, 1, 1, tuple(damaged), _foreign(others, damaged))


def _seal_faults(content: bytes) -> Iterator[Fault]:
    if not is_sealed(content):
        yield Fault(MANIFEST_NAME, "it differs from its own checksum")


def _foreign(names: Iterable[str], damaged: Sequence[Fault]) -> tuple[Fault, ...]:
    """Tell of what is not ours, unless it has been told of as one of our files that was replaced."""
    told = {fault.path for fault in damaged}
    return tuple(Fault(name, "the manifest does not name it") for name in names if name not in told)
