"""Places for a sweep: a local folder, or whatever else pyarrow.fs opens by a URI (`hvecs.sweep.objects`).

A file appears under its name complete or not at all.
"""

import os
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from hvecs.output.errors import OutputError, disk
from hvecs.output.staging import sync

PARTIAL: Final = ".partial"


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
        """Let a file that was begun and closed appear under its name. Raises Unwritable."""

    @abstractmethod
    def discard(self, name: str) -> None:
        """Remove a file that was begun; no error if that fails."""

    @abstractmethod
    def names(self) -> list[str]:
        """List all files, those that are not yet published included."""

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """Give the content of a file; None if there is none."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file by the name that `names` gave. Raises Unwritable."""

    @abstractmethod
    def source(self, name: str) -> Any:
        """Open a file for reading by pyarrow."""

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


class LocalStore(Store):
    """A folder of this machine, or of a file system that it shares.

    A file is written as `<name>.partial`, with the writer's name in between if it has one, then synced and renamed.
    """

    def __init__(self, folder: Path, writer: str = "") -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._ending = f".{writer}{PARTIAL}" if writer else PARTIAL

    @property
    def folder(self) -> Path:
        """The folder."""
        return self._folder

    def begin(self, name: str) -> BinaryIO:
        """Open `<name>.partial`, and the folders on the way to it."""
        path = self._partial(name)
        with disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            return cast("BinaryIO", path.open("wb"))

    def publish(self, name: str) -> None:
        """Sync and rename."""
        path = self._partial(name)
        with disk(path):
            sync(path)
            path.rename(self._folder / name)

    def discard(self, name: str) -> None:
        """Remove `<name>.partial`."""
        with suppress(OSError):
            self._partial(name).unlink()

    def names(self) -> list[str]:
        """List the files below the folder."""
        found = [path for path in self._folder.rglob("*") if not path.is_dir()]
        return sorted(path.relative_to(self._folder).as_posix() for path in found)

    def read(self, name: str) -> bytes | None:
        """Read a file."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def remove(self, name: str) -> None:
        """Remove a file."""
        path = self._folder / name
        with disk(path):
            path.unlink()

    def source(self, name: str) -> str:
        """Give the path."""
        return str(self._folder / name)

    def _partial(self, name: str) -> Path:
        return self._folder / (name + self._ending)


def open_store(place: str, writer: str = "") -> Store:
    """Give the store of a path or a URI; nothing is made there yet.

    Args:
        place: where; `file://` is a folder of this machine.
        writer: tells the unfinished files of this writer from those of another one that may write the same.

    Raises:
        BadPlace: no file system of pyarrow.fs takes the URI.
    """
    if "://" in place and not place.startswith("file://"):
        from hvecs.sweep.objects import ObjectStore  # noqa: PLC0415 - most sweeps go to a folder

        return ObjectStore(place)
    return LocalStore(Path(os.path.realpath(place.removeprefix("file://"))), writer)
