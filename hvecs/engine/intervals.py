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

_T_QUANTILES: Final = (
    12.706204736174694,
    4.302652729749462,
    3.1824463052837078,
    2.7764451051977934,
    2.5705818356363146,
    2.4469118511449786,
    2.364624251592784,
    2.306004135204166,
    2.262157162798205,
    2.228138851986274,
    2.200985160091639,
    2.1788128296672284,
    2.1603686564627913,
    2.144786687917804,
    2.131449545559776,
    2.1199052992212546,
    2.1098155778333156,
    2.1009220402410382,
    2.0930240544083087,
    2.085963447265864,
    2.0796138447276795,
    2.0738730679040254,
    2.0686576104190486,
    2.0638985616280245,
    2.0595385527532972,
    2.0555294386428735,
    2.0518305164802846,
    2.0484071417952454,
    2.045229642132703,
    2.0422724563012378,
    2.039513446396408,
)
"""The quantiles of 1, 2, … degrees of freedom, which the batches of a run have; scipy, which knows all, takes half a second to load."""

Interval = tuple[float, float]
NONE: Final[Interval] = (math.nan, math.nan)

Array = Any


@cache
def t_quantile(freedom: float) -> float:
    """Give the quantile of Student's t that leaves 2.5 % above it."""
    if freedom in range(1, len(_T_QUANTILES) + 1):
        return _T_QUANTILES[int(freedom) - 1]
    from scipy.special import stdtrit  # type: ignore[import-untyped]  # noqa: PLC0415 - takes time to load

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def half_width(y: Array, x: Array) -> float:
    """Give half the width of the interval of sum(y) / sum(x), one value a batch; NaN for fewer than two batches that count."""
    return float(half_widths(np.reshape(y, (1, -1)), np.reshape(x, (1, -1)))[0])


def half_widths(y: Array, x: Array) -> Array:
    """Give half the width of the interval of sum(y) / sum(x) of each row, a column a batch; NaN for fewer than two batches that count."""
    y, x = np.ascontiguousarray(y, np.float64), np.ascontiguousarray(x, np.float64)
    found = np.full(len(y), np.nan)
    left = np.arange(len(y))
    count = x.shape[1]
    while count >= 2 and left.size:  # noqa: PLR2004 - one batch does not vary
        counted = x.sum(axis=1) > 0
        left, y, x = left[counted], y[counted], x[counted]
        sums = x.sum(axis=1)
        apart = y - (y.sum(axis=1) / sums)[:, np.newaxis] * x
        joined = _follow_each_other(apart) if count >= 2 * _FEWEST else np.zeros(len(left), bool)
        done = ~joined
        if done.any():
            error = np.sqrt(count / (count - 1) * (apart[done] ** 2).sum(axis=1)) / sums[done]
            found[left[done]] = t_quantile(count - 1) * error
        left, y, x = left[joined], _in_pairs(y[joined]), _in_pairs(x[joined])
        count = x.shape[1]
    return found


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


def _follow_each_other(apart: Array) -> Array:
    """Tell in which rows batches resemble the ones before them more than chance allows."""
    power = (apart**2).sum(axis=1)
    products = (apart[:, 1:] * apart[:, :-1]).sum(axis=1)
    correlation = np.divide(products, power, out=np.zeros_like(power), where=power > 0)
    return np.asarray(correlation > _FOLLOWS / math.sqrt(apart.shape[1]))


def _in_pairs(values: Array) -> Array:
    """Join batches, two at least, two by two; an odd one joins the last pair."""
    return np.add.reduceat(values, np.arange(0, values.shape[1] - 1, 2), axis=1)
