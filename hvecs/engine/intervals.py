"""95 % intervals: the quantile of Student's t, and the batch means of a single run.

A run is cut into batches of time; what they vary by says how well the run as a whole is known. Means are ratios of sums (all
response times over all completions), so batches need not be equal: the residuals y - r x of the batches around the ratio r of the
run stand for deviations from a mean. Batches that still follow their predecessors are joined two by two, down to a few.
"""

import math
from functools import cache
from typing import Any, Final

import numpy as np

CONFIDENCE: Final = 0.95
_FEWEST: Final = 4
"""Batches are not joined below so many."""
_FOLLOWS: Final = 1.645
"""Lag-1 correlation, in units of 1 / sqrt(batches), beyond which 5 % of uncorrelated series lie."""

Interval = tuple[float, float]
NONE: Final[Interval] = (math.nan, math.nan)

Array = Any


@cache
def t_quantile(freedom: float) -> float:
    """Give the quantile of Student's t that leaves 2.5 % above it."""
    from scipy.special import stdtrit  # type: ignore[import-untyped]  # noqa: PLC0415 - scipy takes time to load

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def half_width(y: Array, x: Array) -> float:
    """Give half the width of the interval of sum(y) / sum(x), one value a batch; NaN for fewer than two batches that count."""
    y, x = np.asarray(y, np.float64), np.asarray(x, np.float64)
    while True:
        count = len(x)
        if count < 2 or x.sum() <= 0:  # noqa: PLR2004 - one batch does not vary
            return math.nan
        apart = y - y.sum() / x.sum() * x
        if count < 2 * _FEWEST or not _follow_each_other(apart):
            break
        y, x = _in_pairs(y), _in_pairs(x)
    error = math.sqrt(count / (count - 1) * float((apart**2).sum())) / float(x.sum())
    return t_quantile(count - 1) * error


def around(value: float, half: float) -> Interval:
    """Give the interval of a mean."""
    return value - half, value + half


def of_elapsed(elapsed_ns: float, done: Array, time_ns: Array) -> Interval:
    """Give the interval of the time that a fixed amount of work took, from the work done in each batch: it goes as 1 / rate."""
    half = half_width(done, time_ns)
    total = float(np.sum(time_ns))
    rate = float(np.sum(done)) / total if total else 0.0
    if math.isnan(half) or half >= rate:
        return NONE
    return elapsed_ns * rate / (rate + half), elapsed_ns * rate / (rate - half)


def _follow_each_other(apart: Array) -> bool:
    """Tell whether batches resemble the ones before them more than chance allows."""
    power = float((apart**2).sum())
    return power > 0 and float((apart[1:] * apart[:-1]).sum()) / power > _FOLLOWS / math.sqrt(len(apart))


def _in_pairs(values: Array) -> Array:
    """Join batches, two at least, two by two; an odd one joins the last pair."""
    return np.add.reduceat(values, np.arange(0, len(values) - 1, 2))
