"""Bytes that go at a rate: whole bytes and their rests are those of exact fractions, however large the numbers."""

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from systems.state import amounts

S = 1_000_000_000
amount_in, time_for = (getattr(kernel, "py_func", kernel) for kernel in (amounts.amount_in, amounts.time_for))
RATES = st.integers(1, 2**47)
RESTS = st.integers(0, S - 1)


@given(RATES, st.integers(0, 10**13), RESTS)
@example(2**40, 3600 * S, S - 1)
def test_what_goes_in_a_time_is_exact(rate, elapsed, rest):
    amount, left = amount_in(rate, elapsed, rest)
    assert (amount, left) == divmod(rate * elapsed + rest, S)


@given(st.integers(0, 2**44), RATES, RESTS)
@example(8 * 2**30, 1_234_803_097, 0)
def test_the_time_for_an_amount_is_the_least_in_which_it_goes(size, rate, rest):
    time = time_for(size, rate, rest)
    assert time >= 0
    assert rate * time + rest >= size * S
    assert time == 0 or rate * (time - 1) + rest < size * S


def test_by_hand():
    """8 GiB at 1.15 GiB/s are 8 / 1.15 s, the time of one pass of the published example."""
    assert time_for(8 * 2**30, round(1.15 * 2**30), 0) == round(
        Fraction(8 * S * 2**30, round(1.15 * 2**30)) + Fraction(1, 2)
    )
