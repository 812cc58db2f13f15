"""Places for a sweep: a local folder, or whatever else pyarrow.fs opens by a URI (`hvecs.sweeps.objects`)."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from hvecs.output.errors import disk
from hvecs.output.inside import (
    Entry,
    create_inside,
    list_inside,
    open_inside,
    rename_inside,
    size_inside,
    unlink_inside,
)
from hvecs.output.staging import PARTIAL
from hvecs.sweeps.place import BadPlace, Store

__all__ = ["BadPlace", "LocalStore", "Store", "open_store"]


class LocalStore(Store):
    """A folder of this machine, or of a file system that it shares.

    A file is written as `<name>.partial`, with the writer's name in between if it has one, then synced and renamed. No
    link inside the folder is followed, to read or to write.
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
        with disk(self._partial(name)):
            self._folder.mkdir(parents=True, exist_ok=True)
            return create_inside(self._folder, name + self._ending)

    def publish(self, name: str) -> None:
        """Sync and rename."""
        with disk(self._partial(name)):
            rename_inside(self._folder, name + self._ending, name)

    def discard(self, name: str) -> None:
        """Remove `<name>.partial`."""
        with suppress(OSError):
            unlink_inside(self._folder, name + self._ending)

    def entries(self, enters: Callable[[str], bool]) -> Iterator[Entry]:
        """List the files below the folder."""
        return list_inside(self._folder, enters)

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        return open_inside(self._folder, name)

    def size(self, name: str) -> int | None:
        """Give the size of a file."""
        found = size_inside(self._folder, name)
        return found and found[0]

    def remove(self, name: str) -> None:
        """Remove a file."""
        with disk(self._folder / name):
            unlink_inside(self._folder, name)

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
        from hvecs.sweeps.objects import ObjectStore  # noqa: PLC0415 - most sweeps go to a folder

        return ObjectStore(place)
    return LocalStore(Path(os.path.realpath(place.removeprefix("file://"))), writer)
