"""Ranges of axes: numbers, or quantities with a unit, divided evenly or by equal factors."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hvecs.spec.kinds import Wrong
from hvecs.spec.problems import show
from hvecs.spec.units import MIB, Bandwidth, Duration, LinkBandwidth, Percent, Quantity, Rate, Size

Scalar = int | float | str

_UNBOUNDED: Final = (Duration(), Size(), Percent(high=1e9), Rate(), Bandwidth(low=0), LinkBandwidth(low=0))
_PAIR: Final = "expected the lowest and the highest value"


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, in what the quantity is held in; `at` gives the value at a share of the way."""

    low: float
    high: float
    log: bool
    unit: str
    write: Callable[[float], Scalar]

    def at(self, share: float) -> Scalar:
        """Give the value at `share`, from 0 (the lowest) to 1 (the highest)."""
        if self.log:
            return self.write(math.exp(math.log(self.low) * (1 - share) + math.log(self.high) * share))
        return self.write(self.low * (1 - share) + self.high * share)


def read_range(ends: tuple[object, ...], *, log: bool) -> Range:
    """Read the two ends of a range.

    Whole numbers give whole numbers, durations whole nanoseconds, sizes and bandwidths whole MiB where both ends are.

    Raises:
        Wrong: they are not two numbers or two quantities of one kind, in order.
    """
    if len(ends) != 2:  # noqa: PLR2004 - a range has two ends
        raise Wrong(f"{_PAIR}; got {len(ends)} values")
    low, high = ends
    found = _numbers(low, high) or _quantities(low, high)
    if found is None:
        raise Wrong(f"{_PAIR}, two numbers or two quantities of one kind; got {show(low)} and {show(high)}")
    first, last, unit, write = found
    if not first < last:
        raise Wrong(f"{_PAIR}; got {show(low)}, which is not below {show(high)}")
    if log and first <= 0:
        raise Wrong(f"a log scale begins above zero; got {show(low)}")
    return Range(first, last, log, unit, write)


def unit_of(value: object) -> tuple[float, str] | None:
    """Give a quantity as the number and unit that it is held in; None for anything else."""
    for kind in _UNBOUNDED if isinstance(value, str) else ():
        try:
            return kind.read(value), kind.unit
        except Wrong:
            continue
    return None


_Read = tuple[float, float, str, Callable[[float], Scalar]]


def _numbers(low: object, high: object) -> _Read | None:
    ends = (low, high)
    if any(isinstance(end, bool) or not isinstance(end, int | float) for end in ends):
        return None
    first, last = float(low), float(high)  # type: ignore[arg-type] # both are numbers
    if not (math.isfinite(first) and math.isfinite(last)):
        return None
    return first, last, "", round if all(isinstance(end, int) for end in ends) else _short


def _quantities(low: object, high: object) -> _Read | None:
    for kind in _UNBOUNDED:
        try:
            first, last = kind.read(low), kind.read(high)
        except Wrong:
            continue
        return first, last, kind.unit, _writer(kind, first, last)
    return None


def _writer(kind: Quantity, first: float, last: float) -> Callable[[float], str]:
    if not kind.whole:
        return lambda value: kind.write(_short(value))
    step = MIB if isinstance(kind, Size | Bandwidth) and first % MIB == last % MIB == 0 else 1
    return lambda value: kind.write(round(value / step) * step)


def _short(value: float) -> float:
    """Keep 12 significant digits: what lies beyond is the noise of the arithmetic."""
    return float(f"{value:.12g}")
