r"""What must not reach a terminal is written as an escape: the one place through which all output goes.

Names, purposes, file names and manifests come from elsewhere. A control character among them could move the cursor, set colours, hide
what follows or show it in another order, so each becomes `\uXXXX`, which JSON and TOML read as the character it stands for.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO, cast

_HARMFUL: Final = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line end, delete, C1
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, invisible, line ends
    "\ud800-\udfff"  # bytes of a file name that are no text
    "\U000e0000-\U000e0fff"  # tags
    "]"
)
_WIDE: Final = 0xFFFF


def clean(text: str) -> str:
    """Write every control, bidi and invisible character of `text` as an escape, but tabs and line ends."""
    return _HARMFUL.sub(_escape, text)


def one_line(text: str) -> str:
    """Write line ends and tabs as escapes too: for a name in a line of its own."""
    return clean(text).replace("\n", "\\u000a").replace("\t", "\\u0009")


def _escape(found: re.Match[str]) -> str:
    point = ord(found[0])
    return f"\\U{point:08x}" if point > _WIDE else f"\\u{point:04x}"


class CleanStream:
    """A stream of text whose `write` cleans; everything else is that of the stream below, `raw`."""

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write text without control sequences."""
        self.raw.write(clean(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each of the lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


@contextmanager
def cleaned() -> Iterator[None]:
    """Have all that is written to stdout and stderr cleaned."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        cast("TextIO", CleanStream(stream))
        if stream is not None and not isinstance(stream, CleanStream)
        else stream
        for stream in before
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def as_it_is() -> Iterator[None]:
    """Write to stdout as it is: text of our own that holds control sequences, set for a terminal."""
    found: Any = sys.stdout
    sys.stdout = found.raw if isinstance(found, CleanStream) else found
    try:
        yield
    finally:
        sys.stdout = found


def raw_stderr() -> TextIO:
    """Return stderr itself, for a progress bar, which draws itself and holds nothing but numbers."""
    found: Any = sys.stderr
    raw: TextIO = found.raw if isinstance(found, CleanStream) else found
    return raw
