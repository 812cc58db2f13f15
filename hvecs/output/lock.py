"""A folder that one process at a time may work in."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from hvecs.output.errors import Busy, NotOurs, disk

LOCK_NAME: Final = "lock"
_ATTEMPTS: Final = 100


class FolderLock:
    """An exclusive lock on a folder, which it makes and which goes with it; it ends with its process at the latest.

    The lock is held on a file inside, and that file marks the folder as ours: a folder that holds other files, but no
    such one, is never taken.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / LOCK_NAME
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object has the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Make the folder, if need be, and lock it.

        Raises:
            NotOurs: something else is in its place.
            Busy: another process has it.
            Unwritable: the system refuses.
        """
        with disk(self.folder):
            for _ in range(_ATTEMPTS):
                if not os.path.lexists(self.folder):
                    self.folder.mkdir(exist_ok=True)
                with suppress(FileNotFoundError):  # its owner removed it in between
                    self._check_ours()
                    self._lock()
                if self.held:
                    return
        raise Busy(self.folder, "other runs, one after the other")

    def release(self) -> None:
        """Give up the lock; the folder goes too if it is empty but for the lock's own file."""
        if self._descriptor is None:
            return
        with suppress(OSError):  # what cannot be removed stays for the next start
            if self._inside() == {LOCK_NAME}:
                self._file.unlink()
                self.folder.rmdir()
        os.close(self._descriptor)
        self._descriptor = None

    def _check_ours(self) -> None:
        """Raise NotOurs unless the folder is empty or bears our mark."""
        if not self.folder.is_dir():
            raise NotOurs(self.folder, "is not a folder")
        inside = self._inside()
        if inside and LOCK_NAME not in inside:
            raise NotOurs(self.folder, "holds files that are not of a run")

    def _inside(self) -> set[str]:
        """Give the names of what the folder holds."""
        return {entry.name for entry in self.folder.iterdir()}

    def _lock(self) -> None:
        """Lock the file inside, and keep the lock if that is still the file that others will find there."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), self._file.stat()):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
                self._descriptor = descriptor
        except BlockingIOError as error:
            owner = os.pread(descriptor, 20, 0).decode()
            raise Busy(self.folder, f"process {owner}" if owner else "another process") from error
        finally:
            if not self.held:
                os.close(descriptor)
