"""A folder that one process at a time may work in."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from hvecs.output.errors import Busy, NotOurs, disk
from hvecs.output.flock import Mode, content, lock, write_content
from hvecs.output.inside import IS_WINDOWS, NO_LINK

LOCK_NAME: Final = "lock"
_ATTEMPTS: Final = 100
_MOST_PID_BYTES: Final = 20


def locked(path: Path, mode: Mode, busy: Path) -> int | None:
    """Make a lock's file, or open it, and lock it without waiting; gives its descriptor, which holds the lock.

    The file holds the process id of its owner. Nothing else is ever locked or written to: no link, hard or symbolic, and
    no file with another content. None if the file was removed, by its owner, before it was locked.

    Args:
        path: the file.
        mode: "exclusive" or "shared".
        busy: the place that Busy names.

    Raises:
        Busy: another process has it.
        NotOurs: what has this name is no lock.
        OSError: the system refuses.
    """
    try:
        descriptor = os.open(path, NO_LINK | os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            raise NotOurs(path, "is not a file of a lock") from error
        raise
    try:
        if not _is_lock(descriptor):
            raise NotOurs(path, "is not a file of a lock")
        lock(descriptor, mode)
        if os.path.samestat(os.fstat(descriptor), path.lstat()):
            write_content(descriptor, str(os.getpid()).encode())
            kept, descriptor = descriptor, -1
            return kept
    except FileNotFoundError:  # its owner removed it in between
        pass
    except BlockingIOError as error:
        owner = content(descriptor, _MOST_PID_BYTES).decode("ascii", "replace")
        raise Busy(busy, f"process {owner}" if owner else "another process") from error
    finally:
        if descriptor >= 0:
            os.close(descriptor)
    return None


def _is_lock(descriptor: int) -> bool:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or found.st_size > _MOST_PID_BYTES:
        return False
    owner = content(descriptor, _MOST_PID_BYTES)
    return not owner or owner.isdigit()


class FolderLock:
    """An exclusive lock on a folder, which it makes and which goes with it; it ends with its process at the latest.

    The lock is held on a file inside, and that file marks the folder as ours: a folder that holds other files, but no
    such one, is never taken.

    Args:
        folder: which.
        what: what is written there, in words: "a run".
    """

    def __init__(self, folder: Path, what: str) -> None:
        self.folder = folder
        self._what = what
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
                    self._descriptor = locked(self._file, "exclusive", self.folder)
                if self.held:
                    return
        raise Busy(self.folder, "other runs, one after the other")

    def release(self) -> None:
        """Give up the lock; the folder goes too if it is empty but for the lock's own file."""
        if self._descriptor is None:
            return
        for _ in range(2):  # Windows removes no file that is open
            with suppress(OSError):  # what cannot be removed stays for the next start
                if self._inside() == {LOCK_NAME}:
                    self._file.unlink()
                    self.folder.rmdir()
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            if not IS_WINDOWS:
                return

    def _check_ours(self) -> None:
        """Raise NotOurs unless the folder is one, no link to one, and is empty or bears our mark."""
        if not stat.S_ISDIR(self.folder.lstat().st_mode):
            raise NotOurs(self.folder, "is not a folder")
        inside = self._inside()
        if inside and LOCK_NAME not in inside:
            raise NotOurs(self.folder, f"holds files that are not of {self._what}")

    def _inside(self) -> set[str]:
        """Give the names of what the folder holds."""
        return {entry.name for entry in self.folder.iterdir()}
