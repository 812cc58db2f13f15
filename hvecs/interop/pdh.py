"""The text format of performance logs, PDH-CSV 4.0 [P1 - P9]: header cell, time stamps, numbers."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BLANK: Final = " "
"""What a cell holds without a value [P4 P9]."""
LINE_END: Final = "\r\n"

_SIGNATURE: Final = re.compile(
    r"\(PDH-(?P<kind>CSV|TSV) 4\.0\)(?: \((?P<zone>.*?)\)\((?P<bias>[+-]?\d+)\))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signature:
    """The first header cell: `zone` is free text, and UTC = local time + `bias_min`; None if it is not said."""

    zone: str = ""
    bias_min: int | None = None

    def __str__(self) -> str:
        """Write the cell."""
        return f"(PDH-CSV 4.0) ({self.zone})({self.bias_min or 0})"


def find_signature(line: str) -> tuple[Signature, str] | None:
    """Find the signature at the start of a header line; gives it and what follows it in the line."""
    text = line.lstrip("\ufeff \t").removeprefix('"')
    found = _SIGNATURE.match(text)
    if found is None:
        return None
    bias = None if found["bias"] is None else int(found["bias"])
    return Signature(found["zone"] or "", bias), text[found.end() :]


def signature_of(start: datetime) -> Signature:
    """Give the signature for stamps with the offset of `start`; such an offset has no zone name of Windows but its own."""
    offset = start.utcoffset() or timedelta()
    minutes = -int(offset.total_seconds() // 60)
    return Signature(start.tzname() or "UTC", minutes)


def stamp(moment: datetime) -> str:
    """Write a time stamp, local time: `MM/DD/YYYY HH:MM:SS.mmm`, to the nearest millisecond."""
    near = moment + timedelta(microseconds=500)
    return f"{near:%m/%d/%Y %H:%M:%S}.{near.microsecond // 1000:03d}"


def cell(value: float) -> str:
    """Write a number so that reading gives it back to the bit, in up to 17 digits as logs have it; NaN as a blank."""
    if math.isnan(value):
        return BLANK
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else f"{value:.17g}"


def line(cells: Iterable[str]) -> str:
    """Write one line, every cell in quotes."""
    return '"' + '","'.join(cell.replace('"', '""') for cell in cells) + '"' + LINE_END
