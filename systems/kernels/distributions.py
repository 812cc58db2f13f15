"""Durations drawn by inverse distribution function: one uniform number makes one duration, larger from larger."""

import math

import numpy as np
from numpy.typing import NDArray

from components.distribution import DETERMINISTIC, EMPIRICAL, EXPONENTIAL, LOGNORMAL, PARETO, UNIFORM
from systems.kernels.jit import CHECKED, njit
from systems.kernels.normal import normal_quantile

LONGEST_NS = 2**53
"""What longer draws are cut to: 104 days, the last integer below which a float holds every nanosecond."""

_LONGEST = float(LONGEST_NS)
_LARGEST_EXPONENT = (
    700.0  # exp of this is still finite; of 710 it is not, and only plain Python raises an error
)


@njit
def draw_ns(
    kind: int, a: float, b: float, first: int, count: int, values: NDArray[np.int64], u: float
) -> int:
    """Return the duration (ns) at probability u, rounded half up, between 0 and LONGEST_NS.

    a and b are DETERMINISTIC: mean; EXPONENTIAL: mean; UNIFORM: low and high; LOGNORMAL: mu and sigma of the
    logarithm; PARETO: scale and shape. EMPIRICAL takes one of `count` rows of `values` from `first` on, all equally
    likely. Raises ValueError for another kind, where that is checked. u is strictly inside (0, 1).
    """
    if kind == EXPONENTIAL:
        return _whole_ns(-a * math.log(1.0 - u))
    if kind == DETERMINISTIC:
        return _whole_ns(a)
    if kind == UNIFORM:
        return _whole_ns(a + (b - a) * u)
    if kind == LOGNORMAL:
        return _whole_ns(_exp(a + b * normal_quantile(u)))
    if kind == PARETO:
        return _whole_ns(a * _exp(-math.log(1.0 - u) / b))
    if CHECKED and kind != EMPIRICAL:
        raise ValueError("no such kind of distribution")
    # u is at most 1 - 2**-53, and u * count then rounds to less than count: the row exists.
    value: int = values[first + int(u * count)]
    return min(max(value, 0), LONGEST_NS)


@njit
def _exp(x: float) -> float:
    """Return e**x, cut where it would overflow."""
    return math.exp(min(x, _LARGEST_EXPONENT))


@njit
def _whole_ns(x: float) -> int:
    """Return x rounded half up to an integer between 0 and LONGEST_NS."""
    if x >= _LONGEST:
        return LONGEST_NS
    if x <= 0.0:
        return 0
    return int(x + 0.5)
