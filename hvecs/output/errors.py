"""What can go wrong with the place that a run is written to; every message names the path."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OutputError(OSError):
    """The place for the output cannot be used; `path` is that place, `reason` says why.

    An OSError, with `errno` where the system gave one, that survives pickling between processes.
    """

    sentence = "{path}: {reason}"

    def __init__(self, path: Path, reason: str, number: int | None = None) -> None:
        super().__init__(self.sentence.format(path=path, reason=reason))
        self.path = path
        self.reason = reason
        self.errno = number

    def __reduce__(self) -> tuple[type["OutputError"], tuple[Path, str, int | None]]:
        return type(self), (self.path, self.reason, self.errno)


class NotOurs(OutputError):  # noqa: N818 - named for what it says of the place
    """The place holds something that is not a run, and is left as it is."""

    sentence = "{path} {reason}; it is left as it is"


class Busy(OutputError):  # noqa: N818
    """Another process is writing to the place."""

    sentence = "{path} is being written by {reason}"


class Unwritable(OutputError):  # noqa: N818
    """The system refuses to write to the place: no permission, a full disk, a folder that is a file."""

    sentence = "cannot write {path}: {reason}"


class Damaged(OutputError):  # noqa: N818
    """A file of ours is not as it was written; the message names it."""

    sentence = "{path}: {reason}"


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn an OSError of the work inside into an Unwritable that names `path`."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Unwritable(path, reason, error.errno) from error
