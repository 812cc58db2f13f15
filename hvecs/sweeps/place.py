"""What a place for a sweep can do, be it a folder (`store`) or an object store (`objects`).

A file appears under its name complete or not at all.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from hvecs.output.errors import Damaged, OutputError, disk
from hvecs.output.inside import Entry
from hvecs.output.record import MOST_MANIFEST_BYTES


class BadPlace(OutputError):  # noqa: N818 - named for what it says of the place
    """No sweep can be written to a place that is named like this."""

    sentence = "{path}: {reason}"


class Store(ABC):
    """A place that holds files by relative names with slashes; `place` is how the user names it."""

    def __init__(self, place: str) -> None:
        self.place = place

    @property
    def folder(self) -> Path | None:
        """The local folder; None in an object store."""
        return None

    def path(self, name: str) -> Path:
        """Name a file for the user."""
        return cast("Path", f"{self.place}/{name}")  # a Path would make one slash of the two of a URI

    @abstractmethod
    def begin(self, name: str) -> Any:
        """Open a new file for writing; it is to be closed, then published or discarded. Raises Unwritable."""

    @abstractmethod
    def publish(self, name: str) -> None:
        """Publish a file that was begun and closed, under its name. Raises Unwritable."""

    @abstractmethod
    def discard(self, name: str) -> None:
        """Remove a file that was begun; no error if that fails."""

    @abstractmethod
    def entries(self, enters: Callable[[str], bool]) -> Iterator[Entry]:
        """List what is there, files that are not yet published included; `enters` says which folders are looked into."""

    @abstractmethod
    def open(self, name: str) -> Any:
        """Open a file for reading, seekable, to be closed.

        Raises:
            FileNotFoundError: there is none.
            OSError: it is no regular file, or the system refuses.
        """

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Give the size of a file (bytes); None if there is no regular file of this name."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file; no error if there is none. Raises Unwritable."""

    def read(self, name: str, most: int = MOST_MANIFEST_BYTES) -> bytes | None:
        """Give the content of a file; None if there is none.

        Raises:
            Damaged: it is larger than `most` bytes, or cannot be read.
        """
        try:
            with self.open(name) as file:
                file.seek(0, 2)
                size = file.tell()
                file.seek(0)
                content = bytes(file.read(size)) if size <= most else b""
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            reason = error.reason if isinstance(error, OutputError) else error.strerror or str(error)
            raise Damaged(self.path(name), reason) from error
        if size > most:
            raise Damaged(self.path(name), f"it is larger than {most} bytes")
        return content

    def put(self, name: str, content: bytes) -> None:
        """Write a small file in the place of whatever has this name. Raises Unwritable."""
        file = self.begin(name)
        try:
            with disk(self.path(name)), file:
                file.write(content)
            self.publish(name)
        except BaseException:
            self.discard(name)
            raise
