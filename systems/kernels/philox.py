"""Philox 4x32-10, the counter-based random generator of Salmon et al. (Random123, 2011).

A number is a function of its key and counter alone: no state is kept, none is shared, and any draw can be had at any
time. All arithmetic is uint64 with 32-bit masks, so no sum or product overflows and compiled code agrees with plain
Python; every literal is a np.uint64, for numba makes uint64 + int a signed or floating number.
"""

import numpy as np

from systems.kernels.jit import njit

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_ROUNDS = 10

_DROPPED = np.uint64(12)
_ONE = np.uint64(1)
_TWO_TO_MINUS_53 = 1.0 / 9007199254740992.0

Words = tuple[np.uint64, np.uint64, np.uint64, np.uint64]


@njit
def philox4x32(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> Words:
    """Return four random 32-bit words (as uint64) for a counter and a key of 32-bit words."""
    for _ in range(_ROUNDS):
        left = _MULTIPLIER_0 * c0
        right = _MULTIPLIER_1 * c2
        c0 = (right >> _HALF) ^ c1 ^ k0
        c1 = right & _MASK
        c2 = (left >> _HALF) ^ c3 ^ k1
        c3 = left & _MASK
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


@njit
def uniform(key: int, stable_id: int, draw: int) -> float:
    """Return draw number `draw` (0, 1, ...) of one entity in one stream: uniform and strictly inside (0, 1).

    It is an odd multiple of 2**-53 built from 52 random bits: the set is symmetric about 1/2, its mean is exactly
    1/2, and 1 - u is as exact as u. The key and the id are 64-bit hashes (see hvecs.engine.streams).
    """
    k = np.uint64(key)
    i = np.uint64(stable_id)
    n = np.uint64(draw)
    w0, w1, _, _ = philox4x32(n & _MASK, n >> _HALF, i & _MASK, i >> _HALF, k & _MASK, k >> _HALF)
    bits = ((w1 << _HALF) | w0) >> _DROPPED
    return float((bits << _ONE) | _ONE) * _TWO_TO_MINUS_53
