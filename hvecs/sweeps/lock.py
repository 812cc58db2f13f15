"""The lock of a sweep's folder: one writer, or several that each have a shard of their own."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hvecs.output.errors import Busy, disk
from hvecs.output.lock import LOCK_NAME, locked

_ATTEMPTS: Final = 100


class SweepLock:
    """An exclusive lock on a file in the folder of a sweep; it ends with its process at the latest.

    With a shard (n, of), the folder is shared with other shards, and the lock is exclusive for that one. The files go
    with the lock, as far as nobody else holds them.
    """

    def __init__(self, folder: Path, shard: tuple[int, int] | None = None) -> None:
        self._folder = folder
        self._wanted = [(folder / LOCK_NAME, fcntl.LOCK_EX if shard is None else fcntl.LOCK_SH)]
        if shard is not None:
            self._wanted.append((folder / f"{LOCK_NAME}-{shard[0]}-of-{shard[1]}", fcntl.LOCK_EX))
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

    def _taken(self, path: Path, mode: int) -> int:
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
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Say whether some process is writing to the folder of a sweep."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
