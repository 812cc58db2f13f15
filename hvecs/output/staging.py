"""A folder that appears under its final name complete or not at all."""

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from hvecs.output.errors import NotOurs, Unwritable, disk
from hvecs.output.inside import IS_WINDOWS, list_inside, remove_inside
from hvecs.output.lock import LOCK_NAME, FolderLock

PARTIAL: Final = ".partial"
_MOST_NAME_BYTES: Final = 255
_INSIDE: Final = frozenset({"run", "replaced"})


@dataclass(frozen=True)
class Ownership:
    """Which files are ours: only these are ever removed.

    `what` they are of, in words: "a run". `names` gives the files that a complete folder says are its own, none if it is not ours; `leaves` says whether a name
    is one that an unfinished folder may have; `last` is the file that says what is ours, removed after all others.
    """

    what: str
    names: Callable[[Path], frozenset[str]]
    leaves: Callable[[str], bool]
    last: str


class Staging:
    """The way of a run to its final place `out`, by way of a sibling `<out>.partial`.

    ```
    out.partial/lock       held from `open` to `close`
    out.partial/run/       what is being written: `path`
    out.partial/replaced/  what was at `out`, while the one takes the place of the other
    ```
    A process that dies leaves its `.partial`. The next one at the same place finds it unlocked, puts back what it had
    set aside if nothing took its place, and clears the rest away. Files of others are never removed: where there is one,
    the place is refused.

    Args:
        out: the final place; links in it are followed.
        ours: says which files may be removed.
    """

    def __init__(self, out: Path, ours: Ownership) -> None:
        self.out = Path(os.path.realpath(out))
        self._ours = ours
        self._lock = FolderLock(
            self.out.with_name(_partial_name(self.out.name)) if self.out.name else self.out, ours.what
        )
        self.path = self._lock.folder / "run"
        self._replaced = self._lock.folder / "replaced"

    def open(self) -> None:
        """Check the final place, make the way to it and lock it; raise before anything is changed there.

        Raises:
            NotOurs: a file, or a folder that is not ours, stands at the final place.
            Busy: another process is writing to it.
            Unwritable: the system will not let us write there.
        """
        self.check()
        with disk(self.out.parent):
            self.out.parent.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            with disk(self._lock.folder):
                self._clear()
                self.check()
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
        self.check()
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

    def check(self) -> None:
        """Raise NotOurs or Unwritable unless the final place is free, empty or ours alone, and can be written to."""
        try:
            found = self.out.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise Unwritable(self.out, error.strerror or str(error), error.errno) from error
        if not stat.S_ISDIR(found.st_mode):
            raise NotOurs(self.out, "is not a folder")
        with disk(self.out):
            self._check_ours(self.out, self._ours.names(self.out))
        if not os.access(self.out, os.W_OK | os.X_OK):
            raise Unwritable(self.out, os.strerror(errno.EACCES), errno.EACCES)
        if self.out.is_mount():
            raise Unwritable(
                self.out, "a mount point cannot be replaced; name a folder inside it", errno.EBUSY
            )

    def _put_back(self) -> None:
        """Return what was set aside to the final place, if nothing has taken that."""
        if self._replaced.is_dir() and not self._replaced.is_symlink() and not os.path.lexists(self.out):
            self._replaced.rename(self.out)

    def _clear(self) -> None:
        """Empty the `.partial`; never what was set aside unless something stands in its place, never files of others."""
        self._put_back()
        self._check_ours(self._lock.folder, frozenset({LOCK_NAME}), _INSIDE)
        if self._replaced.exists():
            names = self._ours.names(self._replaced)
            remove_inside(self._replaced, names.__contains__, self._ours.last)
            self._check_ours(self._replaced, frozenset())
        if self.path.exists():
            remove_inside(self.path, self._ours.leaves)
            self._check_ours(self.path, frozenset())

    def _check_ours(self, folder: Path, names: frozenset[str], known: frozenset[str] = frozenset()) -> None:
        found = foreign(folder, names, known) if folder.exists() else None
        if found is not None:
            raise NotOurs(folder, f"holds files that are not of {self._ours.what}, such as {found}")


def foreign(folder: Path, names: frozenset[str], known: frozenset[str] = frozenset()) -> str | None:
    """Name the first thing inside that is no file of `names`, nor a folder of such files; `known` folders are not looked into."""
    entered = folders_of(names)
    for name, kind in list_inside(folder, entered.__contains__):
        ours = name in names if kind == "file" else kind == "folder" and (name in known or name in entered)
        if not ours:
            return name
    return None


def folders_of(names: frozenset[str]) -> frozenset[str]:
    """Give all folders that files of these names lie in."""
    return frozenset(
        str(way) for name in names for way in PurePosixPath(name).parents if way != PurePosixPath()
    )


def _partial_name(name: str) -> str:
    """Name the folder beside; a hash stands for a name that leaves no room for the ending."""
    if len(os.fsencode(name)) + len(PARTIAL) <= _MOST_NAME_BYTES:
        return name + PARTIAL
    return f".hvecs-{hashlib.sha256(os.fsencode(name)).hexdigest()[:32]}{PARTIAL}"


def sync(path: Path) -> None:
    """Wait until the file or folder `path` is on the disk; a folder, where the file system can do that."""
    if IS_WINDOWS and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDWR if IS_WINDOWS else os.O_RDONLY)
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
