"""What happens at rates, held against whole numbers of any size; plain Python on tables of a few rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import InterceptRate
from components.traps import BUSY_OTHERS
from systems.intercepts import settlement
from systems.intercepts.settlement import RATE_BITS, short_time
from tests.plain_tables import plain_python, tables

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")

KINDS = BUSY_OTHERS + 1
RATES = st.integers(1, 2**RATE_BITS)  # up to one each ns
RESTS = st.integers(0, 2**RATE_BITS - 1)


def settled(accrue, rows, times):
    """The rests that `accrue` leaves of (rate, kind of time, rest) in `times` by kind, and what has come to whole times: (place, times)."""
    w = tables(
        rates=InterceptRate.table(len(rows)),
        rate_rests=np.array([[rest for _, _, rest in rows]], np.int64),
        counted_ns=np.array(times, np.int64),
        due_rates=np.zeros(len(rows), np.int64),
        due_times=np.zeros(len(rows), np.int64),
    )
    for row, (rate, kind, _) in zip(w.rates, rows, strict=True):
        row.rate, row.beside = rate, kind
    due = accrue(w, 0, 0, len(rows))
    return w.rate_rests[0].tolist(), list(
        zip(w.due_rates[:due].tolist(), w.due_times[:due].tolist(), strict=True)
    )


def exact(rows, times):
    """The same in whole numbers of any size."""
    totals = [rest + rate * times[kind] for rate, kind, rest in rows]
    counts = [total >> RATE_BITS for total in totals]
    return [total % 2**RATE_BITS for total in totals], [(n, count) for n, count in enumerate(counts) if count]


@settings(max_examples=200)
@given(st.lists(st.tuples(RATES, st.integers(0, KINDS - 1), RESTS), min_size=1, max_size=5), st.data())
def test_rates_are_counted_exactly_in_times_short_and_long(rows, data):
    longest = min(short_time(rate) for rate, _, _ in rows)
    short = data.draw(st.lists(st.integers(0, longest), min_size=KINDS, max_size=KINDS))
    assert settled(settlement._accrue_short, rows, short) == exact(rows, short)
    # a product of up to 2^62 times, 2^18 spans of 2^32 ns
    long = data.draw(st.lists(st.integers(0, 2**40), min_size=KINDS, max_size=KINDS))
    assert settled(settlement._accrue_long, rows, long) == exact(rows, long)


@given(RATES)
def test_the_longest_short_time_is_the_last_whose_product_is_kept_in_63_bits(rate):
    fullest = 2**RATE_BITS - 1
    assert fullest + rate * short_time(rate) < 2**63 <= fullest + rate * (short_time(rate) + 1)
