"""What a manifest says of each file: its size, its hash and its rows; and what is wrong with a file that differs."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

_CHUNK_BYTES: Final = 2**20
_MAGIC: Final = b"PAR1"
_TAIL_BYTES: Final = 8
MOST_FOOTER_BYTES: Final = 64 * 2**20
"""The footer of a Parquet file of 20,000 columns takes 4 MB."""
MOST_MANIFEST_BYTES: Final = 512 * 2**20
"""The manifest of a sweep of a million runs takes 60 MB."""

Size = Annotated[int, Field(ge=0, lt=2**63)]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What was written: bytes, SHA-256 in hex, and rows; `rows` is None for what is not a Parquet file."""

    size_bytes: Size
    sha256: str
    rows: Size | None = None


class HashedFile:
    """A file that is written from its beginning to its end, and that knows what was written to it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0

    def record(self, rows: int | None) -> FileRecord:
        """Give what was written up to now."""
        return FileRecord(self._size, self._digest.hexdigest(), rows)

    def write(self, data: Any) -> int:
        """Write bytes, all of them."""
        content = memoryview(data).cast("B")
        self._file.write(content)
        self._digest.update(content)
        self._size += len(content)
        return len(content)

    def tell(self) -> int:
        """Give the number of bytes written."""
        return self._size

    def flush(self) -> None:
        """Pass on what is buffered."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return bool(self._file.closed)

    def readable(self) -> bool:
        """Say no."""
        return False

    def writable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say no."""
        return False


def record_of(content: bytes, rows: int | None = None) -> FileRecord:
    """Give the record of a small file."""
    return FileRecord(len(content), hashlib.sha256(content).hexdigest(), rows)


def fault_of(file: Any, record: FileRecord, *, fast: bool = False) -> str | None:
    """Say in what a file, open for reading, differs from its record; None if in nothing.

    Nothing is read of a file of another size, and no Parquet file is decoded whose footer is too large to be one of ours.

    Args:
        file: open for reading, seekable.
        record: what was written.
        fast: look at the size and the footer only, not at the hash.
    """
    try:
        size = file.seek(0, 2)
        size = file.tell() if size is None else size
        if size != record.size_bytes:
            return f"its size is {size} bytes; the manifest says {record.size_bytes}"
        if not fast and _hashed(file) != record.sha256:
            return "its SHA-256 differs from the manifest's"
        return None if record.rows is None else _footer_fault(file, size, record.rows)
    except (OSError, ValueError, pa.ArrowException) as error:
        return f"it cannot be read: {first_line(error)}"


def first_line(error: BaseException) -> str:
    """Give the first line of an error's text, or its type if it has none."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _hashed(file: Any) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _footer_fault(file: Any, size: int, rows: int) -> str | None:
    """Say what is wrong with the end of a Parquet file: its length, its magic number, its rows."""
    if size < len(_MAGIC) + _TAIL_BYTES:
        return "it is no Parquet file: it is too short"
    file.seek(size - _TAIL_BYTES)
    tail = bytes(file.read(_TAIL_BYTES))
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or length > size - len(_MAGIC) - _TAIL_BYTES:
        return "it is no Parquet file: its end is not that of one"
    if length > MOST_FOOTER_BYTES:
        return f"its footer takes {length} bytes; expected {MOST_FOOTER_BYTES} at most"
    file.seek(0)
    found = pq.ParquetFile(file, pre_buffer=False).metadata.num_rows
    return None if found == rows else f"it has {found} rows; the manifest says {rows}"
