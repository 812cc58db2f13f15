"""The lock of a sweep's folder: one writer, or several that each have a shard of their own."""

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hvecs.output.errors import Busy, disk
from hvecs.output.flock import Mode, lock
from hvecs.output.inside import IS_WINDOWS, NO_LINK
from hvecs.output.lock import LOCK_NAME, locked

_ATTEMPTS: Final = 100


class SweepLock:
    """An exclusive lock on a file in the folder of a sweep; it ends with its process at the latest.

    With a shard (n, of), the folder is shared with other shards, and the lock is exclusive for that one. The files go
    with the lock, as far as nobody else holds them.
    """

    def __init__(self, folder: Path, shard: tuple[int, int] | None = None) -> None:
        self._folder = folder
        first: Mode = "exclusive" if shard is None else "shared"
        self._wanted = [(folder / LOCK_NAME, first)]
        if shard is not None:
            self._wanted.append((folder / f"{LOCK_NAME}-{shard[0]}-of-{shard[1]}", "exclusive"))
        self._held: list[tuple[Path, int]] = []

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            Busy: another process has it.
            NotOurs: what has the name of the lock is none.
            Unwritable: the system refuses.
        """
        try:
            for path, mode in self._wanted:
                self._held.append((path, self._taken(path, mode)))
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def _taken(self, path: Path, mode: Mode) -> int:
        with disk(path):
            for _ in range(_ATTEMPTS):
                descriptor = locked(path, mode, self._folder)
                if descriptor is not None:
                    return descriptor
        raise Busy(self._folder, "other processes, one after the other")

    def _release(self) -> None:
        """Give up all that is held; a file goes if nobody shares it."""
        while self._held:
            path, descriptor = self._held.pop()
            alone = False
            with suppress(OSError):
                lock(descriptor)
                alone = True
                path.unlink()
            os.close(descriptor)
            if alone and IS_WINDOWS:  # which removes no file that is open
                with suppress(OSError):
                    path.unlink()


def is_locked(folder: Path) -> bool:
    """Say whether some process is writing to the folder of a sweep."""
    try:
        descriptor = os.open(folder / LOCK_NAME, NO_LINK | os.O_RDWR)
    except OSError:
        return False
    try:
        lock(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
