"""Quantities in words, with the unit a reader expects and three digits."""

import math
from typing import Final

_STEPS: Final = {
    "ns": ((3.6e12, "h"), (6e10, "min"), (1e9, "s"), (1e6, "ms"), (1e3, "us"), (1.0, "ns")),
    "bytes": ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1.0, "B")),
}


def quantity(value: float, unit: str) -> str:
    """Write a value in `unit`, "ns" and "bytes" in larger units where these are shorter."""
    size, text = scale_of(abs(value), unit)
    return f"{_digits(value / size)} {text}".rstrip()


def scale_of(value: float, unit: str) -> tuple[float, str]:
    """Give the divisor and the unit in which `value` is best written; counts have no unit."""
    if unit in _STEPS and not math.isnan(value):
        # minutes and hours only from two of them on: "1.5 min" reads worse than "90 s"
        return next(
            (
                (size, text)
                for size, text in _STEPS[unit]
                if value >= size * (2 if text in {"min", "h"} else 1)
            ),
            _STEPS[unit][-1],
        )
    return 1.0, "" if unit in {"count", "index", ""} else unit


def _digits(value: float) -> str:
    if value == 0 or math.isnan(value):
        return "0" if value == 0 else "-"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(places, 6)}f}"
