"""The text of a performance log: its encoding, separator and header, and its lines in blocks of bounded size."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from hvecs.interop.faults import BadFile
from hvecs.interop.opening import opened
from hvecs.interop.pdh import Signature, find_signature
from hvecs.interop.stamps import Order

BINARY: Final = ".blg"
"""How names of binary logs end."""
BLOCK_BYTES: Final = 8 << 20
_HEADER_LINES: Final = 200
_HEADER_BYTES: Final = 64 << 20
_PEEKED: Final = 50
_SEPARATORS: Final = ",;\t|"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

csv.field_size_limit(_HEADER_BYTES)


@dataclass(frozen=True)
class Block:
    """Whole lines of the log `path`, as bytes that are ASCII where they matter; `line` is the number of the first in it, from 1.

    Samples that no line of their file holds as these do have None.
    """

    path: Path
    line: int | None
    data: bytes

    def place(self, further: int = 0) -> str:
        """Give the file and line of the first line, or of one so many lines after it; the file alone where no line holds it."""
        return str(self.path) if self.line is None else f"{self.path}:{self.line + further}"


class Text(Protocol):
    """What is read of a log, whatever form it has.

    Attributes:
        path: the file.
        signature: the zone of its stamps.
        separator: between cells.
        header: the paths of its columns, without that of the time stamps.
        header_line: the number of the header's line.
        columns: the number of cells in a line.
        first_rows: the first two lines of values, in cells.
        order: of day, month and year in its stamps; None where that is to be found.
    """

    path: Path
    signature: Signature
    separator: str
    header: list[str]
    header_line: int
    columns: int
    first_rows: list[list[str]]
    order: Order | None

    def blocks(self) -> Iterator[Block]:
        """Give the lines of values."""


def conversion(path: Path) -> str:
    """Give the command that makes a log in text form of a binary one."""
    return f'relog "{path.name}" -f csv -o "{path.stem}.csv"'


class LogText:
    """A log in text form, opened; see `Text`.

    Raises:
        BadFile: it is no performance log in text form.
        OSError: it cannot be read.
    """

    order: Order | None = None

    def __init__(self, path: Path, code_page: str = "cp1252") -> None:
        self.path = path
        with opened(path) as file:
            self._encoding = _encoding(file, path)
            self._code_page = code_page
            self._lines = _Lines(file, self._encoding)
            self.signature, self.separator, cells = self._read_header()
            self.header_line = self._lines.number
            self._start = self._lines.offset
            peeked = [self._cells(line) for line in self._peek()]
        self.columns = _columns(len(cells), peeked)
        self.header = cells[1 : self.columns] + [""] * (self.columns - len(cells))
        self.first_rows = [row for row in peeked if len(row) == self.columns][:2]

    def blocks(self) -> Iterator[Block]:
        """Give the lines after the header."""
        with opened(self.path) as file:
            file.seek(self._start)
            line = self.header_line + 1
            for data in _whole_lines(file, self._encoding):
                yield Block(self.path, line, data)
                line += data.count(b"\n")

    def _read_header(self) -> tuple[Signature, str, list[str]]:
        for raw in self._lines:
            found = find_signature(raw.decode("utf-8", "replace"))
            if found is None:
                if self._lines.number >= _HEADER_LINES:
                    break
                continue
            signature, rest = found
            separator = next((each for each in rest.lstrip('"') if each in _SEPARATORS), ",")
            return signature, separator, self._split(self._decoded(raw), separator)
        raise BadFile(
            self.path,
            1,
            'no line begins with "(PDH-CSV 4.0)" or "(PDH-TSV 4.0)"; expected a log of relog, typeperf or PerfMon',
        )

    def _peek(self) -> Iterator[bytes]:
        for count, raw in enumerate(self._lines):
            if count == _PEEKED:
                return
            yield raw

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return raw.decode(self._code_page, "replace")

    def _cells(self, raw: bytes) -> list[str]:
        return self._split(raw.decode("utf-8", "replace"), self.separator)

    def _split(self, line: str, separator: str) -> list[str]:
        try:
            return next(csv.reader([line.strip("\r\n\ufeff\0")], delimiter=separator), [])
        except csv.Error as error:
            raise BadFile(self.path, self._lines.number, f"not a line of cells: {error}") from error


class _Lines:
    """The lines of a file from its start, as UTF-8 or bytes of a code page, with their number and where they end."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._wide = encoding.startswith("utf-16")
        self._encoding = encoding
        self.number = 0
        self.offset = file.tell()

    def __iter__(self) -> Iterator[bytes]:
        while raw := self._file.readline(_HEADER_BYTES):
            if self._wide:
                raw += self._rest_of_wide_line(raw)
            self.number += 1
            self.offset = self._file.tell()
            yield raw.decode(self._encoding, "replace").encode() if self._wide else raw

    def _rest_of_wide_line(self, raw: bytes) -> bytes:
        """Read on to the end of a line of two-byte characters: the byte 0x0A alone ends none."""
        rest = b""
        while True:
            if self._encoding == "utf-16-le" and len(raw + rest) % 2:
                rest += self._file.read(1)
            text = (raw + rest).decode(self._encoding, "ignore")
            if text.endswith("\n") or not (more := self._file.readline(_HEADER_BYTES)):
                return rest
            rest += more


def _encoding(file: BinaryIO, path: Path) -> str:
    """Find the encoding by the first bytes; leaves the file after a byte-order mark."""
    head = file.read(4096)
    if path.suffix.lower() == BINARY or head[:2] == b"\x01\x80":
        raise BadFile(
            path,
            1,
            f"a binary log; expected text: {conversion(path)} converts it",
        )
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            file.seek(len(mark))
            return encoding
    file.seek(0)
    pairs = head[: len(head) // 2 * 2]
    if pairs and pairs[1::2].count(0) > len(pairs) // 4:
        return "utf-16-le"
    if pairs and pairs[::2].count(0) > len(pairs) // 4:
        return "utf-16-be"
    return "utf-8"


def _whole_lines(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Give a file in blocks that end with a line, two-byte characters as UTF-8."""
    wide = encoding.startswith("utf-16")
    decoder = codecs.getincrementaldecoder(encoding)("replace") if wide else None
    rest = b""
    while raw := file.read(BLOCK_BYTES):
        data = rest + (raw if decoder is None else decoder.decode(raw).encode())
        end = data.rfind(b"\n") + 1
        if end:
            yield data[:end]
        rest = data[end:]
        if len(rest) > _HEADER_BYTES:
            rest = b""  # no log has such a line
            yield b"\n"
    if rest:
        yield rest + b"\n"


def _columns(named: int, rows: list[list[str]]) -> int:
    """Give the number of cells of most lines: a last header cell can be a description without data [P2]."""
    common = Counter(len(row) for row in rows if len(row) > 1).most_common(1)
    return common[0][0] if common else named
