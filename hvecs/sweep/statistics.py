"""Estimates: over replications by Student's t, of a single run by its batch means; and of differences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from hvecs.engine.intervals import t_quantile

_ROUNDING: Final = 1e-9
"""Values that differ by no more than this share of them are equal: the last digits of a sum depend on its order."""

Values = npt.NDArray[np.float64]
Method = Literal["t", "batch means", "none"]


@dataclass(frozen=True)
class Estimate:
    """The mean of `n` values with its 95 % interval from `low` to `high`; None where there is too little to go by.

    `interval` says what it rests on: "t" over replications, the "batch means" of a single run, or "none".
    """

    n: int
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    interval: Method = "none"

    @property
    def half_width(self) -> float | None:
        """Half the width of the interval; None without one, or one without an end."""
        if self.low is None or self.high is None or math.isinf(self.high - self.low):
            return None
        return (self.high - self.low) / 2

    @property
    def relative_width(self) -> float | None:
        """Half the width of the interval, as a share of the mean."""
        half = self.half_width
        if half is None or self.mean is None:
            return None
        return 0.0 if half == 0 else math.inf if self.mean == 0 else half / abs(self.mean)

    @property
    def excludes_zero(self) -> bool:
        """Say whether the interval does not hold zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


NOTHING: Final = Estimate(0, None, None, None, None)


def estimate(values: Values) -> Estimate:
    """Estimate the mean of values, one a replication, by Student's t; NaN stands for a run without this outcome."""
    found = values[~np.isnan(values)]
    n = len(found)
    if n == 0:
        return NOTHING
    mean = float(found.mean())
    if n == 1:
        return Estimate(1, mean, None, None, None)
    sd = float(found.std(ddof=1))
    if sd <= _ROUNDING * abs(mean):
        return Estimate(n, mean, 0.0, mean, mean, "t")
    half = t_quantile(n - 1) * sd / math.sqrt(n)
    return Estimate(n, mean, sd, mean - half, mean + half, "t")


def of_one_run(value: float, low: float, high: float) -> Estimate:
    """Give the value of one run with the interval that its batch means gave; NaN where there is none."""
    if math.isnan(value):
        return NOTHING
    if math.isnan(low) or math.isnan(high):
        return Estimate(1, value, None, None, None)
    return Estimate(1, value, None, low, high, "batch means")


def independent(a: Values, b: Values) -> Estimate:
    """Estimate the difference b - a of two independent samples, by t with Welch's degrees of freedom."""
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    n = min(len(a), len(b))
    if n == 0:
        return NOTHING
    mean = float(b.mean() - a.mean())
    if n == 1:
        return Estimate(1, mean, None, None, None)
    parts = [float(each.var(ddof=1)) / len(each) for each in (a, b)]
    total = sum(parts)
    rounding = _ROUNDING * max(abs(float(each.mean())) for each in (a, b))
    if math.sqrt(total) <= rounding:
        mean = 0.0 if abs(mean) <= rounding else mean
        return Estimate(n, mean, 0.0, mean, mean, "t")
    freedom = total**2 / sum(part**2 / (len(each) - 1) for part, each in zip(parts, (a, b), strict=True))
    half = t_quantile(freedom) * math.sqrt(total)
    return Estimate(n, mean, None, mean - half, mean + half, "t")


def between(a: Estimate, b: Estimate) -> Estimate:
    """Estimate the difference b - a of two estimates that are independent, from their intervals alone.

    Its ends lie as far from it as the root of the summed squares of the distances of theirs (MOVER: Zou and Donner 2008), which holds for
    intervals that are not symmetric. With common random numbers it is wider than it need be.
    """
    if a.mean is None or b.mean is None:
        return NOTHING
    n, mean = min(a.n, b.n), b.mean - a.mean
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Estimate(n, mean, None, None, None)
    down = math.hypot(b.mean - b.low, a.high - a.mean)
    up = math.hypot(b.high - b.mean, a.mean - a.low)
    return Estimate(n, mean, None, mean - down, mean + up, "batch means")


def replications_for(found: Sequence[Estimate], share: float) -> int:
    """Give the number of replications at which every interval is about as narrow as `share` of its mean."""
    wanted = [
        each.n * (each.relative_width / share) ** 2
        for each in found
        if each.relative_width is not None and math.isfinite(each.relative_width)
    ]
    return math.ceil(max(wanted, default=0))
