r"""Samples of Get-Counter as JSON, in the shape of a log: `(Get-Counter …).CounterSamples | ConvertTo-Json` [P18, P19].

Each sample has its path (in lower case), its value and its time; a sample whose Status is not 0 has no value. Times are
`\/Date(ms)\/` in Windows PowerShell and ISO 8601 in PowerShell 7.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hvecs.interop import pdh
from hvecs.interop.faults import BadFile
from hvecs.interop.log_text import Block
from hvecs.interop.opening import opened
from hvecs.interop.stamps import Order

_DATE: Final = re.compile(r"\\?/Date\((-?\d+)\)\\?/")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SampleText:
    """Counter samples with the attributes of a `LogText`; their times are UTC.

    Raises:
        BadFile: the file is no JSON, or holds no samples with a path and a time.
        OSError: it cannot be read.
    """

    separator = ","
    header_line = 1
    order: Order | None = "mdy"
    signature = pdh.Signature("UTC", 0)

    def __init__(self, path: Path) -> None:
        self.path = path
        samples = [
            (time, each)
            for each in _samples(_content(path))
            if (time := _time(each.get("timestamp"))) is not None
        ]
        if not samples:
            raise BadFile(
                path, 1, "no samples of Get-Counter; expected objects with Path, CookedValue and Timestamp"
            )
        self.header = list(dict.fromkeys(str(each["path"]) for _, each in samples))
        self.columns = len(self.header) + 1
        rows: dict[datetime, dict[str, str]] = {}
        for time, each in samples:
            rows.setdefault(time, {})[str(each["path"])] = _value(each)
        self._rows = [
            [pdh.stamp(time), *(row.get(path, pdh.BLANK) for path in self.header)]
            for time, row in sorted(rows.items())
        ]
        self.first_rows = self._rows[:2]

    def blocks(self) -> Iterator[Block]:
        """Give the samples as lines, one for each time."""
        yield Block(self.path, None, "".join(map(pdh.line, self._rows)).encode())


def is_json(path: Path) -> bool:
    """Tell whether a file begins as JSON does."""
    with opened(path) as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1] in (b"[", b"{")


def _content(path: Path) -> Any:
    with opened(path) as file:
        data = file.read()
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return json.loads(data.decode("utf-16" if wide else "utf-8-sig", "replace"))
    except json.JSONDecodeError as error:
        raise BadFile(path, error.lineno, f"not JSON: {error.msg}") from error
    except RecursionError as error:
        raise BadFile(path, 1, "nested too deeply; expected samples of Get-Counter") from error


def _samples(content: Any) -> Iterator[dict[str, Any]]:
    """Give all objects with a path, however they are nested, keys in lower case."""
    if isinstance(content, list):
        for each in content:
            yield from _samples(each)
    elif isinstance(content, dict):
        lower = {str(key).lower(): value for key, value in content.items()}
        if isinstance(lower.get("path"), str) and "cookedvalue" in lower:
            yield lower
        else:
            yield from _samples(list(content.values()))


def _time(given: Any) -> datetime | None:
    """Read a time; without an offset it is taken for UTC."""
    if isinstance(given, dict):
        given = given.get("value", given.get("DateTime"))
    if not isinstance(given, str):
        return None
    found = _DATE.fullmatch(given)
    try:
        if found is not None:
            return _EPOCH + timedelta(milliseconds=int(found[1]))
        time = datetime.fromisoformat(given)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _value(sample: dict[str, Any]) -> str:
    value = sample["cookedvalue"]
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return pdh.cell(float(value)) if known and sample.get("status", 0) in (0, "0", "Success") else pdh.BLANK
