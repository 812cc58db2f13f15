"""The execution of a sweep: its folder is made or continued, what is missing is run, the end is recorded."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self, cast

from hvecs.output.errors import NotOurs, disk
from hvecs.output.manifest import MANIFEST_NAME, ManifestError
from hvecs.sweep.batch import file_name
from hvecs.sweep.cluster import Cluster
from hvecs.sweep.extension import extended
from hvecs.sweep.lock import LOCK_NAME, SweepLock
from hvecs.sweep.manifest import COMPLETE, SweepManifest, manifest_of, read_sweep_manifest, write_manifest
from hvecs.sweep.plan import Batch, Plan
from hvecs.sweep.pool import Listener, Pool
from hvecs.sweep.store import PARTIAL, Store
from hvecs.sweep.work import context_of, task_of

Shard = tuple[int, int]
"""(n, of): the n-th of so many parts, from 1."""


class HoldsASweep(NotOurs):
    """The place holds a sweep, and nobody said that it is to be resumed."""

    sentence = "{path} holds {reason}; it is left as it is"


@dataclass(frozen=True)
class Order:
    """What is asked for: where, by how many workers, which part, and whether what is there is continued.

    With a `cluster`, its workers make the batches, at most `jobs` at a time if that is a number.
    """

    store: Store
    jobs: int | None
    cluster: Cluster | None = None
    argv: tuple[str, ...] = ()
    inputs: Mapping[str, str] | None = None
    resume: bool = False
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
        self._order = order
        self._store = order.store
        self._lock: Any = nullcontext()

    def __enter__(self) -> Self:
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
        """Give the batches that are still to be made, of this shard if there is one."""
        there = set(self._store.names())
        return tuple(batch for batch in self._mine() if file_name("runs", batch.name) not in there)

    def is_complete(self) -> bool:
        """Say whether all batches are there, those of other shards included."""
        there = set(self._store.names())
        return all(file_name("runs", batch.name) in there for batch in self.plan.batches)

    def clear(self, batches: tuple[Batch, ...]) -> None:
        """Remove what is left of batches that are not complete, and that nobody is making any longer."""
        self._remove(
            {file_name(table, batch.name) for batch in batches for table in (*self.plan.tables, "runs")}
        )
        self.clear_partial()

    def clear_partial(self) -> None:
        """Remove the unfinished files of this shard's batches; whoever might still be at it cannot publish them then."""
        mine = {batch.name for batch in self._mine()}
        found = {name for name in self._store.names() if name.endswith(PARTIAL)}
        self._remove({name for name in found if PurePosixPath(name).name.partition(".")[0] in mine})

    def _remove(self, names: set[str]) -> None:
        for name in self._store.names():
            if name in names:
                self._store.remove(name)

    def end(self, failed: int) -> None:
        """Record that all runs are there."""
        if self.manifest.status != COMPLETE or self.manifest.failed != failed:
            self.manifest = self.manifest.ended(failed)
            write_manifest(self._store, self.manifest)

    def extend(self, plan: Plan) -> None:
        """Go on with more runs than before."""
        self.plan, self.manifest = extended(plan, self.manifest)
        write_manifest(self._store, self.manifest)

    def _begin(self) -> None:
        """Read the manifest that is there, or write one."""
        found = self._manifest()
        if found is None:
            self.manifest = manifest_of(self.plan, self._order.argv, self._order.inputs or {})
            write_manifest(self._store, self.manifest)
            return
        self.plan, self.manifest = extended(self.plan, found)
        if len(self.manifest.runs) != len(found.runs):
            write_manifest(self._store, self.manifest)
        self.clear_partial()

    def _mine(self) -> Iterator[Batch]:
        number, of = self._order.shard or (1, 1)
        return (batch for index, batch in enumerate(self.plan.batches) if index % of == number - 1)

    def _manifest(self) -> SweepManifest | None:
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
        if folder is not None and folder.exists() and not folder.is_dir():
            raise NotOurs(folder, "is not a folder")
        names = [] if folder is not None and not folder.exists() else self._store.names()
        names = [name for name in names if not name.startswith(LOCK_NAME) and not _is_beginning(name)]
        if not names:
            if self._order.resume:
                raise NotOurs(place, "holds no sweep that could be resumed")
            return
        found = self._manifest()
        if found is None:
            raise NotOurs(place, "holds files that are not of a sweep")
        if not self._order.resume and self._order.shard is None:
            done = sum(file_name("runs", batch.name) in set(names) for batch in found.batches)
            raise HoldsASweep(place, f"the sweep {found.name}, {done} of {len(found.batches)} batches made")

    def _leave_nothing(self) -> None:
        """Remove a folder that was made in vain."""
        folder = self._store.folder
        if folder is not None and not any(folder.iterdir()):
            folder.rmdir()


def _is_beginning(name: str) -> bool:
    """Say whether a file is a manifest that was never finished."""
    return name.startswith(MANIFEST_NAME) and name.endswith(PARTIAL)


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
    tasks = (task_of(folder.plan, batch) for batch in missing)
    if order.cluster is not None:
        with order.cluster.pool(context, order.jobs, listener) as pool:
            pool.make(tasks)
        folder.clear_partial()  # what workers left that were lost
        return
    jobs = max(1, min(order.jobs or processors(), len(missing)))
    with _cleared(folder, missing), Pool(context, jobs, listener) as processes:
        processes.make(tasks)


def processors() -> int:
    """Give the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _cleared(folder: SweepFolder, batches: tuple[Batch, ...]) -> Iterator[None]:
    """Clear away what unfinished batches leave, once the workers are gone."""
    try:
        yield
    except BaseException:
        with suppress(OSError):  # --resume clears it
            folder.clear(tuple(batch for batch in batches if batch in set(folder.missing())))
        raise
