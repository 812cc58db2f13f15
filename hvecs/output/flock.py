"""Locks on open files, by what the system has: flock, or on Windows a lock on a byte that no content reaches."""

import os
from importlib import import_module
from importlib.util import find_spec
from time import sleep
from typing import Any, Final, Literal

Mode = Literal["exclusive", "shared"]

_FAR: Final = 2**30
_AGAIN_S: Final = 0.05


def _module(name: str) -> Any:
    return import_module(name) if find_spec(name) is not None else None


_POSIX, _WINDOWS = _module("fcntl"), _module("msvcrt")


def lock(descriptor: int, mode: Mode = "exclusive") -> None:
    """Lock an open file without waiting; the lock ends when the file is closed, with its process at the latest.

    Windows knows no shared locks: a shared one is not taken there, and keeps nobody out.

    Raises:
        BlockingIOError: another process has a lock that excludes this one.
        OSError: the system has no locks, or refuses.
    """
    if _POSIX is not None:
        _POSIX.flock(descriptor, (_POSIX.LOCK_EX if mode == "exclusive" else _POSIX.LOCK_SH) | _POSIX.LOCK_NB)
        return
    if _WINDOWS is None:
        raise OSError("this system has no locks on files")
    if mode == "shared":
        return
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    try:
        _WINDOWS.locking(descriptor, _WINDOWS.LK_NBLCK, 1)
    except OSError as error:
        raise BlockingIOError(*error.args) from error
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)


def wait_for(descriptor: int) -> None:
    """Lock an open file exclusively, once all others have given it up."""
    while True:
        try:
            lock(descriptor)
        except BlockingIOError:
            sleep(_AGAIN_S)
        else:
            return


def content(descriptor: int, most: int) -> bytes:
    """Read the first bytes of an open file."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, most)


def write_content(descriptor: int, new: bytes) -> None:
    """Write what an open file holds from now on."""
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, new)
