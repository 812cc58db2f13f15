"""A folder that appears under its final name complete or not at all."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hvecs.output.errors import NotOurs, Unwritable, disk
from hvecs.output.lock import LOCK_NAME, FolderLock

PARTIAL: Final = ".partial"


class Staging:
    """The way of a run to its final place `out`, by way of a sibling `<out>.partial`.

    ```
    out.partial/lock       held from `open` to `close`
    out.partial/run/       what is being written: `path`
    out.partial/replaced/  what was at `out`, while the one takes the place of the other
    ```
    A process that dies leaves its `.partial`. The next one at the same place finds it unlocked, puts back what it had
    set aside if nothing took its place, and clears the rest away.

    Args:
        out: the final place; links in it are followed.
        ours: says whether a folder is one that may be replaced.
    """

    def __init__(self, out: Path, ours: Callable[[Path], bool]) -> None:
        self.out = Path(os.path.realpath(out))
        self._ours = ours
        self._lock = FolderLock(self.out.with_name(self.out.name + PARTIAL) if self.out.name else self.out)
        self.path = self._lock.folder / "run"
        self._replaced = self._lock.folder / "replaced"

    def open(self) -> None:
        """Check the final place, make the way to it and lock it; raise before anything is changed there.

        Raises:
            NotOurs: a file, or a folder that is not ours, stands at the final place.
            Busy: another process is writing to it.
            Unwritable: the system will not let us write there.
        """
        self._check_out()
        with disk(self.out.parent):
            self.out.parent.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            with disk(self._lock.folder):
                self._clear()
                self._check_out()
                self.path.mkdir()
        except BaseException:
            self._lock.release()
            raise

    def publish(self) -> None:
        """Move what was written to its final place; what stands there gives way, and is back if that fails.

        Raises:
            NotOurs: something else has come to stand at the final place.
            Unwritable: the system refuses.
        """
        self._check_out()
        with disk(self.out):
            try:
                if self.out.exists():
                    self.out.rename(self._replaced)
                self.path.rename(self.out)
            except BaseException:
                self._put_back()
                raise
            sync(self.out.parent)

    def close(self) -> None:
        """Clear the way; a run that was not published is gone. Closing again does nothing."""
        if not self._lock.held:
            return
        try:
            self._clear()
        except OSError:
            pass  # the next start at this place clears it, or says what is wrong with it
        finally:
            self._lock.release()

    def _check_out(self) -> None:
        """Raise NotOurs or Unwritable unless the final place is free, empty or ours, and can be written to."""
        if not os.path.lexists(self.out):
            return
        if not self.out.is_dir():
            raise NotOurs(self.out, "is not a folder")
        with disk(self.out):
            empty = not any(self.out.iterdir())
        if not empty and not self._ours(self.out):
            raise NotOurs(self.out, "holds files that are not of a run")
        if not os.access(self.out, os.W_OK | os.X_OK):
            raise Unwritable(self.out, os.strerror(errno.EACCES), errno.EACCES)
        if self.out.is_mount():
            raise Unwritable(
                self.out, "a mount point cannot be replaced; name a folder inside it", errno.EBUSY
            )

    def _put_back(self) -> None:
        """Return what was set aside to the final place, if nothing has taken that."""
        if self._replaced.exists() and not os.path.lexists(self.out):
            self._replaced.rename(self.out)

    def _clear(self) -> None:
        """Empty the `.partial`; never what was set aside unless something stands in its place."""
        self._put_back()
        for entry in self._lock.folder.iterdir():
            if entry.name == LOCK_NAME:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def sync(path: Path) -> None:
    """Wait until the file or folder `path` is on the disk; a folder, where the file system can do that."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not (path.is_dir() and error.errno in (errno.EINVAL, errno.ENOTSUP)):
            raise
    finally:
        os.close(descriptor)


def sync_tree(path: Path) -> None:
    """Wait until `path` and everything below it is on the disk."""
    for folder, _, files in os.walk(path, topdown=False):
        for name in files:
            sync(Path(folder, name))
        sync(Path(folder))
