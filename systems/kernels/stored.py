"""Files of machine code: each holds a checksum, which is verified before anything in it is unpickled.

numba's own files are trusted as they are: one cut short by a full disk or a power failure stops every program that loads it, and two
processes that compile at the same time may each name the other's code. Here a file is named after what it holds the code of.
"""

import hashlib
import os
import pickle
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from numba.core import serialize

ENDING: Final = ".nbc"
_dumps: Any = serialize.dumps  # numba has no types
_MAGIC: Final = b"hvecs kernel 1\n"
_HASH_BYTES: Final = 32
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_ROOT: Final = 0


class KernelFiles:
    """The files of one kernel, one for each signature; in place of numba's `IndexDataCacheFile`."""

    def __init__(self, folder: Path, base: str, stamp: Any) -> None:
        self._folder = folder
        self._base = base
        self._stamp = stamp

    def load(self, key: Any) -> Any:
        """Return the code kept under `key`, or None; a file that is damaged is deleted."""
        path = self._path(key)
        content = read_sound(path)
        if content is None:
            discard(path)
            return None
        stamp, kept, data = pickle.loads(content)  # noqa: S301 - ours, whole, and nobody else can write it
        return data if (stamp, kept) == (self._stamp, key) else None

    def save(self, key: Any, data: Any) -> None:
        """Keep code under `key`; where the disk refuses it is compiled again by the next process."""
        with suppress(OSError):
            _write(self._path(key), _dumps((self._stamp, key, data)))

    def flush(self) -> None:
        """Forget all code of the kernel."""
        for path in self._folder.glob(f"{self._base}.*{ENDING}"):
            discard(path)

    def _path(self, key: Any) -> Path:
        name = hashlib.sha256(repr((self._stamp, key)).encode()).hexdigest()[:16]
        return self._folder / f"{self._base}.{name}{ENDING}"


def read_sound(path: Path) -> bytes | None:
    """Read the content of a file of machine code; None unless it is there, ours, and as it was written."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not _is_private(os.fstat(file.fileno())):
            return None
        with suppress(OSError):
            head, content = file.read(len(_MAGIC) + _HASH_BYTES), file.read()
            if head == _MAGIC + hashlib.sha256(content).digest():
                return content
    return None


def discard(path: Path) -> None:
    """Delete a file; one that cannot be deleted, or is not there, is left."""
    with suppress(OSError):
        path.unlink()


def kernel_files(folder: Path) -> Iterator[Path]:
    """List the files of machine code in the cache of one version."""
    return folder.glob(f"*/*{ENDING}")


def make_private(folder: Path) -> None:
    """Make a folder for this user alone, and those above it that are missing for others to read, whatever the umask; one that is there stays as it is."""
    for each in reversed(folder.parents):
        if not each.is_dir():
            each.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def is_safe(folder: Path) -> bool:
    """Tell whether nobody but this user and root can put files into a folder, or a folder in place of it or of one above.

    A folder above that others can write (/tmp) is safe where its sticky bit keeps them from renaming what is not theirs.
    """
    try:
        found = folder.resolve(strict=True)
        inside = [each for each in found.iterdir() if each.is_dir() and not each.is_symlink()]
        return all(map(_is_ours, [found, *inside])) and all(map(_keeps_names, found.parents))
    except OSError:
        return False


def _is_ours(path: Path) -> bool:
    return _is_private(path.stat())


def user_id() -> int | None:
    """Give the number of this user; None on Windows."""
    return os.getuid() if hasattr(os, "getuid") else None


def _is_private(found: os.stat_result) -> bool:
    """Tell whether others can write; where there are no users by number, the folder of the user's own keeps them out."""
    if user_id() is None:
        return True
    return found.st_uid in {_ROOT, user_id()} and not found.st_mode & _OTHERS_WRITE


def _keeps_names(path: Path) -> bool:
    found = path.stat()
    return _is_private(found) or bool(found.st_mode & stat.S_ISVTX)


def _write(path: Path, content: bytes) -> None:
    """Write a file under its name once all of it is on the disk."""
    partial = path.with_name(f"{uuid4().hex}.tmp")
    try:
        descriptor = os.open(
            partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(content).digest())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    finally:
        discard(partial)


def _sync_folder(folder: Path) -> None:
    if user_id() is None:
        return  # Windows opens no folder
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
