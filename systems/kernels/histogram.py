"""A histogram of times whose memory does not grow and whose relative error is bounded.

Every power of two is cut into 128 equal buckets. Below 256 ns a bucket is one nanosecond; above, the middle of a
bucket is within 1/256 (0.39 %) of every time in it. Times above 2**54 - 1 ns (208 days) count as that.
"""

import math

import numpy as np
from numpy.typing import NDArray

from systems.kernels.jit import njit

_SUB_BITS = 7
_SUB_BUCKETS = 1 << _SUB_BITS
_VALUE_BITS = 54
_LARGEST_NS = (1 << _VALUE_BITS) - 1

BUCKETS = (_VALUE_BITS - _SUB_BITS + 1) * _SUB_BUCKETS
"""How many counts a histogram has."""


@njit
def bucket_of(value_ns: int) -> int:
    """Return the bucket that counts this time; buckets are numbered by rising time."""
    value = min(max(value_ns, 0), _LARGEST_NS)
    shift = _doublings(value >> (_SUB_BITS + 1))
    return (shift << _SUB_BITS) + (value >> shift)


@njit
def value_of(bucket: int) -> float:
    """Return the middle (ns) of the times that a bucket counts."""
    shift = max((bucket >> _SUB_BITS) - 1, 0)
    least = (bucket - (shift << _SUB_BITS)) << shift
    return least + ((1 << shift) - 1) * 0.5


@njit
def percentile(counts: NDArray[np.int64], total: int, p: float) -> float:
    """Return the time (ns) that a share p of all times does not exceed, by nearest rank; NaN when there is none.

    `counts` has BUCKETS entries, whose sum is `total`. p is between 0 and 1.
    """
    if total == 0:
        return math.nan
    rank = p * total
    below = 0
    last = 0
    for bucket in range(counts.shape[0]):
        if counts[bucket] > 0:
            below += counts[bucket]
            last = bucket
            if below >= rank:
                break
    return value_of(last)


@njit
def _doublings(value: int) -> int:
    """Return the number of binary digits of a value below 2**64, 0 for 0."""
    digits = 0
    for step in (32, 16, 8, 4, 2, 1):
        if value >> step:
            digits += step
            value >>= step
    return digits + (1 if value else 0)
