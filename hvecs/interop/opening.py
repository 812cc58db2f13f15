"""Files of others, opened to be read: whatever goes wrong meanwhile names the file."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from hvecs.interop.faults import BadFile


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file as it is.

    Raises:
        OSError: it cannot be opened or read; the error has its name, which those of reading lack.
    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


@contextmanager
def decompressed(path: Path) -> Iterator[BinaryIO]:
    """Open a file, decompressed if its name ends in .gz.

    Raises:
        BadFile: it is not compressed, or not all of it can be decompressed.
        OSError: as `opened`.
    """
    if path.suffix.lower() != ".gz":
        with opened(path) as file:
            yield file
        return
    with opened(path) as file:
        try:
            with gzip.open(file) as content:
                yield cast("BinaryIO", content)
        except EOFError as error:
            raise BadFile(
                path, None, "the compressed data end too soon: only the beginning of a file"
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BadFile(path, None, f"cannot be decompressed: {error}") from error
