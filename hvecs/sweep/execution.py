"""The execution of a sweep: its folder is made or continued, what is missing is run, the end is recorded."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, cast

from hvecs.output.errors import NotOurs, disk
from hvecs.output.manifest import MANIFEST_NAME, ManifestError
from hvecs.output.record import FileRecord
from hvecs.output.staging import PARTIAL
from hvecs.sweep.cluster import Cluster
from hvecs.sweep.extension import extended
from hvecs.sweep.lock import SweepLock
from hvecs.sweep.manifest import (
    COMPLETE,
    SweepManifest,
    is_damaged,
    manifest_of,
    read_sweep_manifest,
    write_manifest,
)
from hvecs.sweep.names import OUTCOMES_FILE, SUMMARY_FILE, Layout, batch_files, finished, record_name
from hvecs.sweep.place import Store
from hvecs.sweep.plan import Batch, Plan
from hvecs.sweep.pool import Listener, Pool
from hvecs.sweep.records import own_records, records_of
from hvecs.sweep.resumption import Again, made_again
from hvecs.sweep.verification import Fault, foreign_to, layout_of, summary_fault
from hvecs.sweep.work import context_of, task_of

Shard = tuple[int, int]
"""(n, of): the n-th of so many parts, from 1."""


class HoldsASweep(NotOurs):
    """The place holds a sweep, and nobody said that it is to be resumed."""

    sentence = "{path} holds {reason}; it is left as it is"


@dataclass(frozen=True)
class Order:
    """What is asked for: where, by how many workers, which part, and whether what is there is continued.

    With a `cluster`, its workers make the batches, at most `jobs` at a time if that is a number. What is continued makes
    again what is damaged and what failed of what may pass; with `retry_failed` all runs that failed.
    """

    store: Store
    jobs: int | None
    cluster: Cluster | None = None
    argv: tuple[str, ...] = ()
    inputs: Mapping[str, str] | None = None
    resume: bool = False
    retry_failed: bool = False
    shard: Shard | None = None


class SweepFolder:
    """The place of a sweep while it is being written, as a context manager that holds its lock.

    Raises:
        NotOurs: on entering, when the place holds something else, or a sweep that is not to be resumed.
        ChangedError: on entering, when it holds another sweep than the plan's.
        Busy: on entering, when another process is writing to it.
        Unwritable: at any time, when the system refuses.
    """

    manifest: SweepManifest

    def __init__(self, plan: Plan, order: Order) -> None:
        self.plan = plan
        self.again = Again()
        self.summary_fault: Fault | None = None
        self._order = order
        self._store = order.store
        self._lock: Any = nullcontext()
        self._made = set[str]()

    def __enter__(self) -> Self:
        with disk(self._place):
            self._check_place()
        folder = self._store.folder
        if folder is not None:
            with disk(folder):
                folder.mkdir(parents=True, exist_ok=True)
            self._lock = SweepLock(folder, self._order.shard)
        self._lock.__enter__()
        try:
            self._begin()
        except BaseException:
            self._lock.__exit__(None, None, None)
            self._leave_nothing()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.__exit__(*error)

    def missing(self) -> tuple[Batch, ...]:
        """Give the batches that are still to be made, or made again, of this shard if there is one."""
        there = records_of(self._store, self.manifest)
        again = self.again.batches.keys() - self._made
        return tuple(batch for batch in self._mine() if batch.name not in there or batch.name in again)

    def made(self, batches: tuple[Batch, ...]) -> None:
        """Take note that batches have been made."""
        self._made |= {batch.name for batch in batches}

    def is_complete(self) -> bool:
        """Say whether all batches are there, those of other shards included."""
        return len(records_of(self._store, self.manifest)) == len(self.plan.batches) and not self.missing()

    def clear(self, batches: tuple[Batch, ...]) -> None:
        """Remove what is left of batches that were never complete, and that nobody is making any longer."""
        there = records_of(self._store, self.manifest)
        for batch in batches:
            if batch.name not in there:
                for name in (record_name(batch.name), *reversed(batch_files(self.plan.tables, batch.name))):
                    self._store.remove(name)
        self.clear_partial()

    def clear_partial(self) -> None:
        """Remove the unfinished files of this shard's batches; whoever might still be at it cannot publish them then."""
        mine = {MANIFEST_NAME, SUMMARY_FILE, OUTCOMES_FILE} if self._order.shard is None else set[str]()
        for batch in self._mine():
            mine |= {record_name(batch.name), *batch_files(self.plan.tables, batch.name)}
        for entry in list(self._store.entries(layout_of(self.manifest).enters)):
            if entry.kind == "file" and entry.name.endswith(PARTIAL) and finished(entry.name) in mine:
                self._store.remove(entry.name)

    def reopen(self) -> None:
        """Record that the summary is written anew: until the end is recorded, it is not looked at."""
        if self.manifest.status == COMPLETE:
            self.manifest = self.manifest.reopened(same_runs=True)
            write_manifest(self._store, self.manifest)

    def end(self, failed: int, summary: FileRecord | None, baseline: int | None) -> None:
        """Record that all runs are there, with what was written of them and, unless None, of the summary."""
        now = self._read() or self.manifest  # another shard may have recorded its end
        records = records_of(self._store, now)
        files = {name: file for each in records.values() for name, file in each.files.items()}
        files[SUMMARY_FILE] = summary or now.files[SUMMARY_FILE]
        files |= {name: file for name, file in now.files.items() if name == OUTCOMES_FILE}
        failures = {batch: dict(each.failed) for batch, each in records.items() if each.failed}
        changes: dict[str, Any] = {
            "failed": failed,
            "failures": failures,
            "files": files,
            "baseline": baseline,
        }
        found = replace(now, **changes)
        if now.status != COMPLETE or found != now or is_damaged(self._store):
            found = found.ended()
            write_manifest(self._store, found)
        self.manifest = found
        if OUTCOMES_FILE not in files and self._store.size(OUTCOMES_FILE) is not None:
            self._store.remove(OUTCOMES_FILE)
        if self._order.shard is None:
            for batch in own_records(self._store, records):
                self._store.remove(record_name(batch))

    def extend(self, plan: Plan) -> None:
        """Go on with more runs than before."""
        self.plan, self.manifest = extended(plan, self.manifest)
        write_manifest(self._store, self.manifest)

    def _begin(self) -> None:
        """Read the manifest that is there, or write one."""
        found = self._read()
        if found is None:
            self.manifest = manifest_of(self.plan, self._order.argv, self._order.inputs or {})
            write_manifest(self._store, self.manifest)
            return
        self.plan, self.manifest = extended(self.plan, found)
        self.clear_partial()
        records = records_of(self._store, self.manifest)
        self.again = made_again(
            self._store, self.manifest, records, self._mine(), retry_failed=self._order.retry_failed
        )
        self.summary_fault = summary_fault(self._store, self.manifest)
        if self.again.batches:
            self.manifest = self.manifest.reopened()
        if self.manifest != found:
            write_manifest(self._store, self.manifest)

    def _mine(self) -> Iterator[Batch]:
        number, of = self._order.shard or (1, 1)
        return (batch for index, batch in enumerate(self.plan.batches) if index % of == number - 1)

    def _read(self) -> SweepManifest | None:
        try:
            return read_sweep_manifest(self._store)
        except ManifestError as error:
            raise NotOurs(self._place, f"is not a sweep ({error})") from error

    @property
    def _place(self) -> Path:
        return cast("Path", self._store.place)

    def _check_place(self) -> None:
        """Refuse a place that holds what it should not."""
        folder = self._store.folder
        place = self._place
        if folder is not None and os.path.lexists(folder) and not folder.is_dir():
            raise NotOurs(folder, "is not a folder")
        found = None if folder is not None and not folder.exists() else self._read()
        if found is None:
            self._check_empty()
            if self._order.resume:
                raise NotOurs(place, "holds no sweep that could be resumed")
            return
        if not self._order.resume and self._order.shard is None:
            done = len(records_of(self._store, found))
            raise HoldsASweep(place, f"the sweep {found.name}, {done} of {len(found.batches)} batches made")
        foreign = next(foreign_to(self._store, layout_of(found)), None)
        if foreign is not None:
            raise NotOurs(place, f"holds files that are not of this sweep, such as {foreign}")

    def _check_empty(self) -> None:
        """Refuse a place that holds anything but a manifest that was never finished; nothing is looked into."""
        if self._store.folder is not None and not self._store.folder.exists():
            return
        nothing = Layout((), ())
        for entry in self._store.entries(lambda _: False):
            if entry.kind == "folder" or not nothing.is_ours(entry):
                raise NotOurs(self._place, f"holds files that are not of a sweep, such as {entry.name}")

    def _leave_nothing(self) -> None:
        """Remove a folder that was made in vain."""
        folder = self._store.folder
        if folder is not None and not any(folder.iterdir()):
            folder.rmdir()


def run_sweep(folder: SweepFolder, order: Order, listener: Listener) -> None:
    """Make all batches of the folder that are missing, in worker processes or on a cluster.

    Raises:
        OutputError: the files cannot be written.
        PoolError: the workers cannot work.
    """
    missing = folder.missing()
    if not missing:
        return
    context = context_of(folder.plan, order.store.place)
    again = folder.again.batches
    tasks = (task_of(folder.plan, batch, again.get(batch.name)) for batch in missing)
    if order.cluster is not None:
        with order.cluster.pool(context, order.jobs, listener) as pool:
            pool.make(tasks)
        folder.made(missing)
        folder.clear_partial()  # what workers left that were lost
        return
    jobs = max(1, min(order.jobs or processors(), len(missing)))
    with cleared(folder, missing), Pool(context, jobs, listener) as processes:
        processes.make(tasks)
    folder.made(missing)


def processors() -> int:
    """Give the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def cleared(folder: SweepFolder, batches: tuple[Batch, ...]) -> Iterator[None]:
    """Clear away what unfinished batches leave, once the workers are gone."""
    try:
        yield
    except BaseException:
        with suppress(OSError):  # --resume clears it
            folder.clear(batches)
        raise
