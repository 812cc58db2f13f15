"""Sets of LPs as words of 64 bits: LP n is bit n % 64 of word n // 64, so that a search looks at 64 LPs at once."""

import numpy as np

from systems.kernels.jit import part, small

WORD_BITS = 64

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_FOUR = np.uint64(4)
_EVEN = np.uint64(0x5555_5555_5555_5555)
_PAIRS = np.uint64(0x3333_3333_3333_3333)
_FOURS = np.uint64(0x0F0F_0F0F_0F0F_0F0F)


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


@part
def lowest_bit(word: np.uint64) -> int:
    """Return the number of the lowest bit of a word that is not 0."""
    bit = 0
    for width in (32, 16, 8, 4, 2, 1):
        if word & ((_ONE << np.uint64(width)) - _ONE) == _ZERO:
            word = word >> np.uint64(width)
            bit += width
    return bit


@part
def count_bits(word: np.uint64) -> int:
    """Return how many bits of `word` are set."""
    word = word - (word >> _ONE & _EVEN)
    word = (word & _PAIRS) + (word >> _TWO & _PAIRS)
    word = word + (word >> _FOUR) & _FOURS
    word = word + (word >> np.uint64(8))
    word = word + (word >> np.uint64(16))
    word = word + (word >> np.uint64(32))
    return int(word & np.uint64(0x7F))


@part
def bits_before(word: np.uint64, bit: int) -> int:
    """Return how many of the bits below number `bit` are set."""
    return count_bits(word & ((_ONE << np.uint64(bit)) - _ONE))
