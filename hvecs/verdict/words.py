"""Figures in words, with three digits and the unit that a reader expects."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_TIMES: Final = ((1e9, "s"), (1e6, "ms"), (1e3, "us"), (1.0, "ns"))
_MIB_A_GIB: Final = 1024
_MIB_A_PAGE: Final = 1 / 256


def amount(value: float, unit: str) -> str:
    """Write a value in `unit`; times and memory in larger units where these are shorter."""
    match unit:
        case "ns":
            size, shown = next(((s, u) for s, u in _TIMES if abs(value) >= s), _TIMES[-1])
            return f"{_digits(value / size)} {shown}"
        case "MiB" | "pages":
            mib = value if unit == "MiB" else value * _MIB_A_PAGE
            return f"{_digits(mib / _MIB_A_GIB)} GiB" if mib >= _MIB_A_GIB else f"{_digits(mib)} MiB"
        case "%":
            return f"{_digits(value)} %"
        case "/s":
            return f"{_digits(value)}/s"
        case "1/s" | "count" | "threads" | "index" | "":
            return _digits(value)
    return f"{_digits(value)} {unit}"


def host_in_words(host: Mapping[str, float | None]) -> Iterator[str]:
    """Write how much of the host is used and what is left, as far as it is known; by the names of the columns of `runs`."""
    busy, available = host.get("lps_busy_pct"), host.get("available_memory_mib")
    if busy is not None:
        yield f"LPs {busy:.0f} % busy"
    if available is not None:
        yield f"{amount(available, 'MiB')} available"


def others(names: Sequence[str], most: int = 3) -> str:
    """Write which subjects a finding is about beside the first: nothing if there are none."""
    if not names:
        return ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"; so with {', '.join(names[:most])}{more}"


def _digits(value: float) -> str:
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "-"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
