"""How the rate of requests changes over time: from each point on it is so many times what it is without them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Final

from pydantic_core import PydanticCustomError

from hvecs.spec.kinds import Number
from hvecs.spec.problems import did_you_mean, listing, show
from hvecs.spec.table import Table, key
from hvecs.spec.units import DAY, Duration

WEEK: Final = 7 * DAY
_FAR: Final = 1 << 62
MOST_TIMES: Final = 1_000_000.0
_POINT: Final = '{ at = "8 h", times = 1.5 }'


@dataclass(frozen=True, slots=True)
class Rates:
    """Points (ns, times), in order of time; before the first, the last holds. They begin again after `cycle` (ns), if there is one."""

    points: tuple[tuple[int, float], ...]
    cycle: int | None = None

    def until(self, end_ns: int) -> Iterator[tuple[int, float]]:
        """Give the points from time 0 to before `end_ns`, in order, each other than the one before; the first at 0."""
        held: float | None = None
        for (at, times), (following, _) in pairwise((*self._from_zero(end_ns), (end_ns, 0.0))):
            if at < following and times != held:
                yield at, times
                held = times

    def mean(self, start_ns: int, end_ns: int) -> float:
        """Give the mean of times from `start_ns` to `end_ns`."""
        points = [*self.until(end_ns), (end_ns, 0.0)]
        whole = sum(times * max(0, after - max(at, start_ns)) for (at, times), (after, _) in pairwise(points))
        return whole / (end_ns - start_ns) if end_ns > start_ns else self.points[0][1]

    @property
    def average(self) -> float:
        """The mean of times over a cycle, or until the last point."""
        return self.mean(0, self.cycle or self.points[-1][0])

    def steps(self, end_ns: int) -> int:
        """Give a number that the points until `end_ns` do not exceed."""
        cycles = 1 if self.cycle is None else -(-end_ns // self.cycle)
        return cycles * (len(self.points) + 1)

    def _from_zero(self, end_ns: int) -> Iterator[tuple[int, float]]:
        start, last = 0, self.points[-1][1] if self.cycle is not None else self.points[0][1]
        yield 0, last
        while start < end_ns:
            for at, times in self.points:
                if start + at < end_ns:
                    yield start + at, times
            if self.cycle is None:
                return
            start += self.cycle


def product(one: list[tuple[int, float]], other: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Multiply two lists of points, each in order and from time 0 on."""
    found: list[tuple[int, float]] = []
    i = j = 0
    while i < len(one) or j < len(other):
        at = min(one[i][0] if i < len(one) else _FAR, other[j][0] if j < len(other) else _FAR)
        i += i < len(one) and one[i][0] == at
        j += j < len(other) and other[j][0] == at
        found.append((at, one[i - 1][1] * other[j - 1][1]))
    return found


def from_then_on(
    one: list[tuple[int, float]], at_ns: int, other: list[tuple[int, float]]
) -> list[tuple[int, float]]:
    """Give the points of `one` until `at_ns`, and those of `other` from then on, each in order and from time 0 on."""
    held = [times for at, times in other if at <= at_ns][-1]
    return [
        *(point for point in one if point[0] < at_ns),
        (at_ns, held),
        *(point for point in other if point[0] > at_ns),
    ]


class ProfilePoint(Table):
    """From when on a workload's rate is how many times `rate`."""

    example: ClassVar[str] = f"a point such as {_POINT}"

    at: Annotated[int, Duration(high=WEEK - 1)] = key(
        "time since the run began, or since the profile began again"
    )
    times: Annotated[float, Number(0, MOST_TIMES, or_low=True)] = key(
        "what the rate is multiplied by from then on"
    )


def _hours(times: tuple[float, ...], day: int = 0) -> tuple[dict[str, Any], ...]:
    return tuple({"at": f"{24 * day + hour} h", "times": each} for hour, each in enumerate(times))


_OFFICE: Final = (*[0.2] * 7, 0.5, 1.0, 1.5, 1.5, 1.4, 1.1, 1.4, 1.5, 1.4, 1.2, 0.8, *[0.4] * 4, 0.2, 0.2)
_SINE: Final = tuple(round(1 - 0.5 * math.cos(2 * math.pi * (hour - 4) / 24), 3) for hour in range(24))
NAMED: Final = {
    "diurnal": _hours(_SINE),
    "office": _hours(_OFFICE),
    "office-week": (
        *(point for day in range(5) for point in _hours(_OFFICE, day)),
        {"at": "120 h", "times": 0.2},
    ),
}
"""Shapes of a day and a week, not published for any host: a sine from 0.5 at 04:00 to 1.5 at 16:00, hours of work, and five days of them."""


UNPROFILED: Final = "none"
"""The name, in events, of a rate that does not change by itself."""


def named(given: Any) -> Any:
    """Give the points of a profile that is given by its name."""
    expected = f"expected {listing(list(NAMED))}, or an array of points such as {_POINT}"
    if isinstance(given, str):
        if given in NAMED:
            return NAMED[given]
        text = f"there is no profile {show(given)}{did_you_mean(given, NAMED) or f'; {expected}'}"
    elif isinstance(given, list | tuple):
        return given
    else:
        text = f"{expected}; got {show(given)}"
    raise PydanticCustomError("spec", "{text}", {"text": text})


def named_rates(name: str) -> Rates | None:
    """Give the rates of a profile by its name; None for UNPROFILED."""
    if name == UNPROFILED:
        return None
    return rates_of(tuple(ProfilePoint.model_validate(point) for point in NAMED[name]))


def rates_of(profile: tuple[ProfilePoint, ...]) -> Rates | None:
    """Give what a profile says: it begins again each day, or each week where it has points beyond a day."""
    if not profile:
        return None
    cycle = DAY if profile[-1].at < DAY else WEEK
    return Rates(tuple((point.at, point.times) for point in profile), cycle)
