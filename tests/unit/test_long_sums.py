"""Sums of times beyond 64 bits, by hand: the counters begin anew at 0, what is said of them does not."""

import numpy as np
import pytest

import components
from hvecs.engine.long_sums import LongSums

CLOSE_TO_FULL = 2**63 - 10


def counters(*values):
    """Return a table of requests with these sums of response times."""
    table = np.zeros(len(values), components.RequestTimes.dtype)
    table["response_ns"] = values
    return table


def test_what_is_summed_goes_on_beyond_64_bits():
    """Two rows gain 2**62 a sample, nine times: 2**64 is passed twice by the one that had most of it already, and once by the other."""
    table = counters(CLOSE_TO_FULL, 0)
    sums = LongSums(table, components.RequestTimes)
    for _ in range(9):
        table["response_ns"] += 2**62
        sums.note()
    assert [each["response_ns"] for each in sums.gained()] == [9 * 2**62] * 2
    assert sums.so_far("response_ns").tolist() == [9.0 * 2**62] * 2
    assert {each["io_latency_ns"] for each in sums.gained()} == {0}


@pytest.mark.parametrize("first", [0, CLOSE_TO_FULL, -3])
def test_the_first_sample_may_be_beyond_already(first):
    table = counters(first)
    sums = LongSums(table, components.RequestTimes)
    table["response_ns"] += 20
    sums.note()
    assert sums.gained()[0]["response_ns"] == sums.so_far("response_ns")[0] == 20
