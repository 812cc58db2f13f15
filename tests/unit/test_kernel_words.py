"""Operations on words of 64 bits: in kernels they give what they give in plain Python."""

import numpy as np
import pytest

from systems.kernels.jit import njit
from systems.kernels.numba_ext.words import count_bits, lowest_bit

BITS = [{0}, {1}, {0, 1}, {31, 40}, {32}, {63}, {5, 31, 32, 62}, set(range(64))]


def word_of(bits):
    return np.uint64(sum(1 << bit for bit in bits))


@njit
def counted(words, at):
    return count_bits(words[at])


@njit
def lowest(words, at):
    return lowest_bit(words[at])


@pytest.mark.parametrize("bits", [set(), *BITS])
def test_the_bits_of_a_word_are_counted(bits):
    word = word_of(bits)
    assert [counted(np.array([word]), 0), count_bits(word)] == [len(bits)] * 2


@pytest.mark.parametrize("bits", BITS)
def test_the_lowest_bit_of_a_word_is_found(bits):
    word = word_of(bits)
    assert [lowest(np.array([word]), 0), lowest_bit(word)] == [min(bits)] * 2
