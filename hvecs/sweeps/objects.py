"""Object stores and other places that pyarrow.fs opens by a URI; there is neither renaming nor locking."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs as pafs

from hvecs.output.errors import disk
from hvecs.output.inside import Entry
from hvecs.sweeps.place import BadPlace, Store

_CHUNK_BYTES: Final = 8 * 2**20
_NO_FOLDERS: Final = ("s3", "gcs", "abfs")
"""The types of file systems that make no folders: a slash in a name is all there is to one."""


class ObjectStore(Store):
    """A place behind a URI, such as `s3://bucket/prefix`.

    A file is written to a nameless temporary file and uploaded when it is published: a stream of pyarrow that is given
    up half way publishes what it has.

    Raises:
        BadPlace: no file system of pyarrow takes the URI, or it holds a password, which would stand in the manifest.
    """

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self._begun: dict[str, BinaryIO] = {}
        try:
            if urlsplit(uri).password is not None:
                raise BadPlace(
                    cast("Path", _without_secret(uri)), "leave the secret out; the environment has it"
                )
            self._files, base = pafs.FileSystem.from_uri(uri)
        except (ValueError, OSError, pa.ArrowException) as error:
            if isinstance(error, BadPlace):
                raise
            raise BadPlace(cast("Path", uri), str(error).partition("\n")[0]) from error
        self._base = base.rstrip("/")
        if not self._base:
            raise BadPlace(cast("Path", uri), "it names no bucket")

    def path(self, name: str) -> Path:
        """Name an object for the user."""
        uri, question, query = self.place.partition("?")
        return cast("Path", f"{uri.rstrip('/')}/{name}{question}{query}")

    def begin(self, name: str) -> BinaryIO:
        """Open a temporary file."""
        with disk(self.path(name)):
            file = TemporaryFile()  # noqa: SIM115 - closed by the writer, read through its double below
            self._begun[name] = os.fdopen(os.dup(file.fileno()), "rb")
        return cast("BinaryIO", file)

    def publish(self, name: str) -> None:
        """Upload what was written."""
        from systems.kernels.uninterrupted import (  # noqa: PLC0415 - numba takes a moment, and those who only read do without
            signals_held,
        )

        # a signal that ended an upload half way would publish half a file
        with disk(self.path(name)), self._begun.pop(name) as written, signals_held():
            written.seek(0)
            if not self._files.type_name.startswith(_NO_FOLDERS):
                self._files.create_dir(self._key(name).rpartition("/")[0], recursive=True)
            with self._files.open_output_stream(self._key(name)) as stream:
                shutil.copyfileobj(written, stream, _CHUNK_BYTES)

    def discard(self, name: str) -> None:
        """Forget what was written."""
        if name in self._begun:
            with suppress(OSError):
                self._begun.pop(name).close()

    def entries(self, enters: Callable[[str], bool]) -> Iterator[Entry]:  # noqa: ARG002 - one question lists them all
        """List the objects under the URI."""
        selector = pafs.FileSelector(self._base, allow_not_found=True, recursive=True)
        found = self._files.get_file_info(selector)
        names = sorted(
            each.path.removeprefix(self._base).lstrip("/")
            for each in found
            if each.type == pafs.FileType.File
        )
        return (Entry(name, "file") for name in names)

    def open(self, name: str) -> Any:
        """Open an object for random access."""
        return self._files.open_input_file(self._key(name))

    def size(self, name: str) -> int | None:
        """Ask for the size of an object."""
        (found,) = self._files.get_file_info([self._key(name)])
        return found.size if found.type == pafs.FileType.File else None

    def remove(self, name: str) -> None:
        """Delete an object."""
        with disk(self.path(name)), suppress(FileNotFoundError):
            self._files.delete_file(self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._base}/{name}"


def _without_secret(uri: str) -> str:
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://...@{rest.rpartition('@')[2]}"
