"""Sets of LPs as words of 64 bits: LP n is bit n % 64 of word n // 64, so that a search looks at 64 LPs at once."""

import numpy as np

from systems.kernels.jit import small
from systems.kernels.numba_ext.words import count_bits, lowest_bit

__all__ = ["WORD_BITS", "bit_of", "bits_before", "count_bits", "has_bit", "lowest_bit", "siblings_of"]

WORD_BITS = 64

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_EVEN = np.uint64(0x5555_5555_5555_5555)


@small
def bit_of(lp: int) -> np.uint64:
    """Return the bit of `lp` within its word."""
    return _ONE << np.uint64(lp % WORD_BITS)


@small
def has_bit(word: np.uint64, lp: int) -> bool:
    """Tell whether the bit of `lp` is set in its word."""
    return bool(word & bit_of(lp) != _ZERO)


@small
def siblings_of(word: np.uint64) -> np.uint64:
    """Return the word with the bits of siblings, LPs 2n and 2n + 1, exchanged."""
    return (word & _EVEN) << _ONE | (word >> _ONE) & _EVEN


@small
def bits_before(word: np.uint64, bit: int) -> int:
    """Return how many of the bits below number `bit` are set."""
    return count_bits(word & ((_ONE << np.uint64(bit)) - _ONE))
