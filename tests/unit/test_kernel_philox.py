import numpy as np
import pytest

from systems.kernels.philox import philox4x32, uniform

# Random123's tests/kat_vectors, the lines "philox4x32 10": counter, key, answer.
KNOWN_ANSWERS = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def words(text):
    return tuple(np.uint64(int(word, 16)) for word in text.split())


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_known_answers(counter, key, answer):
    assert philox4x32(*words(counter), *words(key)) == words(answer)


def test_uniform_takes_counter_and_key_as_low_and_high_words():
    counter = words("243f6a88 85a308d3 13198a2e 03707344")
    key = np.uint64(0x299F31D0A4093822)
    stable_id = np.uint64(0x0370734413198A2E)
    draw = 0x05A308D3243F6A88
    low, high, _, _ = philox4x32(counter[0], np.uint64(0x05A308D3), *counter[2:], *words("a4093822 299f31d0"))
    bits = (int(high) << 32 | int(low)) >> 12
    assert uniform(key, stable_id, draw) == (2 * bits + 1) / 2**53


def test_uniform_is_strictly_inside_0_and_1_and_symmetric():
    u = np.array([uniform(np.uint64(1), np.uint64(2), draw) for draw in range(20_000)])
    assert 0 < u.min() < 1e-3
    assert 1 - 1e-3 < u.max() < 1
    odd = u * 2.0**53
    assert np.array_equal(odd, np.floor(odd))
    assert np.all(odd % 2 == 1)  # so neither 0 nor 1 is among the values
    assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / u.size)
