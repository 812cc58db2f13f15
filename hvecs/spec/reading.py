"""Files of users, read up to a bound: never more, and never waiting for what is no file."""

import errno
import os
import stat
from pathlib import Path

_CHUNK = 1 << 20


class TooLarge(OSError):  # noqa: N818 - named for what it says of the file
    """A file is larger than it may be."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        super().__init__(errno.EFBIG, f"larger than {size_text(most_bytes)}", str(path))


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """Read a file of at most `most_bytes`.

    Pipes and devices are refused. Files of the system that wait for more to come (/proc/kmsg) are read without waiting.

    Raises:
        TooLarge: it is larger; what lies beyond is not read, nor anything if the system tells its size.
        OSError: it cannot be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        if found.st_size > most_bytes:
            raise TooLarge(path, most_bytes)
        content = _all_of(descriptor, path, most_bytes)
    finally:
        os.close(descriptor)
    return content


def _all_of(descriptor: int, path: Path, most_bytes: int) -> bytes:
    chunks: list[bytes] = []
    left = most_bytes + 1
    while left:
        try:
            chunk = os.read(descriptor, min(left, _CHUNK))
        except BlockingIOError:
            raise OSError(errno.EAGAIN, "the system has no end of it", str(path)) from None
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        left -= len(chunk)
    raise TooLarge(path, most_bytes)


def in_sentence(reason: str | None) -> str:
    """Write the reason that the system gives, a sentence, within another: its first letter is small unless the word is an abbreviation, and no name is changed."""
    if not reason:
        return "unreadable"
    return reason[0].lower() + reason[1:] if reason[1:2].islower() else reason


def size_text(size_bytes: int) -> str:
    """Write a number of bytes in whole MiB."""
    return f"{size_bytes >> 20} MiB"
