"""Places for a sweep: a local folder, or whatever else pyarrow.fs opens by a URI.

A file appears under its name complete or not at all: locally it is written as `<name>.partial`, synced and renamed; an
object store shows an object once its upload is complete.
"""

import os
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pyarrow as pa
import pyarrow.fs as pafs

from hvecs.output.errors import Unwritable, disk
from hvecs.output.staging import sync

PARTIAL: Final = ".partial"


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
    """A folder of this machine, or of a file system that it shares."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder

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
        """Remove a file, and its folder if nothing else is in it."""
        path = self._folder / name
        with disk(path):
            path.unlink()

    def source(self, name: str) -> str:
        """Give the path."""
        return str(self._folder / name)

    def _partial(self, name: str) -> Path:
        return self._folder / (name + PARTIAL)


class ObjectStore(Store):
    """A place that pyarrow.fs opens by its URI; it can neither rename nor lock."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        try:
            self._files, self._base = pafs.FileSystem.from_uri(uri)
        except (OSError, pa.ArrowException) as error:
            raise Unwritable(cast("Path", uri), str(error)) from error

    def begin(self, name: str) -> Any:
        """Open an object; it appears when it is closed."""
        with disk(self.path(name)):
            if not self._files.type_name.startswith(("s3", "gcs", "abfs")):
                self._files.create_dir(f"{self._base}/{name}".rpartition("/")[0], recursive=True)
            return self._files.open_output_stream(f"{self._base}/{name}")

    def publish(self, name: str) -> None:
        """Do nothing: closing it was enough."""

    def discard(self, name: str) -> None:
        """Delete the object."""
        with suppress(OSError):
            self._files.delete_file(f"{self._base}/{name}")

    def names(self) -> list[str]:
        """List the objects under the URI."""
        selector = pafs.FileSelector(self._base, allow_not_found=True, recursive=True)
        with disk(cast("Path", self.place)):
            found = self._files.get_file_info(selector)
        return sorted(
            each.path.removeprefix(self._base).lstrip("/")
            for each in found
            if each.type == pafs.FileType.File
        )

    def read(self, name: str) -> bytes | None:
        """Read an object."""
        try:
            with self._files.open_input_stream(f"{self._base}/{name}") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Delete an object."""
        with disk(self.path(name)):
            self._files.delete_file(f"{self._base}/{name}")

    def source(self, name: str) -> Any:
        """Open an object for random access."""
        return self._files.open_input_file(f"{self._base}/{name}")


def open_store(place: str) -> Store:
    """Give the store of a path or a URI; nothing is made there yet.

    Raises:
        Unwritable: no file system of pyarrow.fs takes the URI.
    """
    if place.startswith("file://"):
        return LocalStore(Path(os.path.realpath(place.removeprefix("file://"))))
    return ObjectStore(place.rstrip("/")) if "://" in place else LocalStore(Path(os.path.realpath(place)))
