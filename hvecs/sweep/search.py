"""The search along an axis for the first value at which an outcome passes a bound, by bisection.

The outcome is taken to pass the bound once along the axis. The seeds are the same at all points, so that the distance to the bound is
estimated run by run.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hvecs.spec.sweep import Axis
from hvecs.spec.sweep_axes import range_of
from hvecs.spec.until import Until
from hvecs.sweep.results import Results
from hvecs.sweep.statistics import NOTHING, Estimate, between, estimate

MOST_CANDIDATES: Final = 100_000
STEPS: Final = 128
"""Into so many parts a range is divided that is not one of whole numbers."""

_FEWEST: Final = 2


@dataclass(frozen=True)
class Reading:
    """What a point says of the bound: whether it is passed by the mean, and whether the 95 % interval leaves no doubt of either.

    `absent` are the guests that did not start.
    """

    passed: bool
    surely_before: bool
    surely_passed: bool
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """Where the bound is passed, as indices of candidates: the first that passes it, and the ends of its interval.

    An index beyond the last candidate stands for none.
    """

    first: int
    low: int
    high: int


Look = Callable[[Iterable[int]], Mapping[int, Reading]]
"""Makes the readings of candidates, and gives all that have been made."""


def candidates(axis: Axis) -> tuple[Any, ...]:
    """Give the values of an axis that are looked at, in its order: whole numbers between its ends where they are such.

    A range of others is divided into STEPS parts; other values are those that are listed.
    """
    ends = axis.range or axis.values[:: max(1, len(axis.values) - 1)]
    if len(ends) == _FEWEST and _is_whole(axis.range or axis.values) and axis.scale == "linear":
        low, high = int(ends[0]), int(ends[1])
        if abs(high - low) < MOST_CANDIDATES:
            step = 1 if high > low else -1
            return tuple(range(low, high + step, step))
    span = range_of(axis)
    if span is None:
        return axis.choices
    return tuple(dict.fromkeys(span.at(index / STEPS) for index in range(STEPS + 1)))


def search(end: int, look: Look, width: int = 1) -> Found:
    """Find the first of the candidates 0 … end - 1 that passes the bound, and the interval of that.

    Args:
        end: the number of candidates.
        look: what makes the readings of candidates.
        width: candidates that are looked at together.
    """
    look((0, end - 1))
    first = _first(0, end, look, width, lambda reading: reading.passed)
    return Found(first, _low(first, look, width), _high(first, end, look, width))


def reading(results: Results, names: Sequence[str], until: Until, first: int, point: int) -> Reading:
    """Read what the outcomes `names` at a point say of the bound; any of them passes it for all.

    A point without a value lies beyond what is looked for.
    """
    absent = results.not_started.get(point, ())
    found = [distance(results, name, until, first, point) for name in names]
    if absent or any(each.mean is None for each in found):
        return Reading(passed=True, surely_before=False, surely_passed=True, absent=absent)
    strict = len(until.operator) == 1
    if until.is_relative and point == first:  # it is its own measure: no chance in it
        passed = any(_passes(each.mean, strict=strict) for each in found)
        return Reading(passed=passed, surely_before=not passed, surely_passed=passed)
    return Reading(
        passed=any(_passes(each.mean, strict=strict) for each in found),
        surely_before=all(each.high is not None and not _passes(each.high, strict=strict) for each in found),
        surely_passed=any(each.low is not None and _passes(each.low, strict=strict) for each in found),
    )


def distance(results: Results, name: str, until: Until, first: int, point: int) -> Estimate:
    """Estimate how far an outcome lies beyond the bound: run by run with the same seeds, or between two single runs."""
    sign = 1.0 if until.grows else -1.0
    values = results.values[name]
    bound = until.bound * values[first] if until.is_relative else until.bound
    paired = estimate(sign * (values[point] - bound))
    if paired.n != 1:
        return paired
    start = (
        _scaled(results.estimate(name, first), until.bound) if until.is_relative else _exactly(until.bound)
    )
    found = between(start, results.estimate(name, point))
    return found if sign > 0 else _scaled(found, -1.0)


def _low(first: int, look: Look, width: int) -> int:
    """Give the first index of the interval, in steps from `first` that double."""
    high, step = first, 1
    while high > 0:
        at = max(0, first - step)
        if look((at,))[at].surely_before:
            return _first(at + 1, high, look, width, lambda reading: not reading.surely_before)
        high, step = at, 2 * step
    return 0


def _high(first: int, end: int, look: Look, width: int) -> int:
    """Give the index at which the interval ends, in steps from `first` that double."""
    low, step = first, 1
    while low < end:
        at = min(end, first + step) - 1
        if look((at,))[at].surely_passed:
            return _first(low, at, look, width, lambda reading: reading.surely_passed)
        low, step = at + 1, 2 * step
    return end


def _first(low: int, high: int, look: Look, width: int, holds: Callable[[Reading], bool]) -> int:
    """Give the first index from `low` up to `high` that holds, `high` if none does; from there on all are taken to hold."""
    while low < high:
        span = high - low
        middle = sorted({low + span * part // (width + 1) for part in range(1, width + 1)} or {low})
        known = look(middle)
        for index in middle:
            if holds(known[index]):
                high = index
                break
            low = index + 1
    return low


def _is_whole(values: Sequence[Any]) -> bool:
    """Say whether all values are whole numbers in order, upwards or downwards."""
    if any(type(value) is not int for value in values):
        return False
    return list(values) in (sorted(values), sorted(values, reverse=True))


def _passes(value: float | None, *, strict: bool) -> bool:
    return value is not None and (value > 0 if strict else value >= 0)


def _scaled(found: Estimate, factor: float) -> Estimate:
    """Multiply an estimate."""
    if found.mean is None:
        return NOTHING
    ends = [None if end is None else end * factor for end in (found.low, found.high)]
    low, high = ends if factor >= 0 else reversed(ends)
    return replace(found, mean=found.mean * factor, sd=None, low=low, high=high)


def _exactly(value: float) -> Estimate:
    return Estimate(1, value, None, value, value)
