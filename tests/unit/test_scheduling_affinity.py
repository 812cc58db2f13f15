"""Shares of guests that may run on some LPs only: those that an analyst would work out, also where bursts and slices end together."""

import pytest

from tests.simulation import MS, S, closed, fixed, guest, run, scenario

ENDLESS = 8_000 * 3_600 * S


def shares(lps, sets, burst_ms):
    """Give the LPs that each guest of one busy VP has over 20 s; `sets` are the LPs that each may use, None for all; slices have 10 ms."""
    guests = [
        guest(
            name,
            1,
            closed(1, ENDLESS, fixed(burst_ms * MS)),
            processor={} if allowed is None else {"affinity": allowed},
        )
        for name, allowed in sets.items()
    ]
    result = run(scenario(20 * S, lps, guests, sample="1 s"))
    rows = result["partition"].query("partition != 'Root' and time_ns > 1000000000")
    return (rows.groupby("partition").guest_run_ns.sum() / (19 * S)).to_dict()


@pytest.mark.parametrize("burst_ms", [3, 5, 7, 10, 20])
def test_three_share_two_lps_of_which_one_may_use_both(burst_ms):
    """Two thirds each. The slices of both LPs end at the same ns all along where bursts divide them: who comes to wait then is seen."""
    found = shares(2, {"a": [0], "b": [0, 1], "c": [1]}, burst_ms)
    assert found == pytest.approx({"a": 2 / 3, "b": 2 / 3, "c": 2 / 3}, abs=0.01)


@pytest.mark.parametrize("burst_ms", [5, 7, 10])
def test_each_of_four_finds_an_lp_where_each_can_have_one(burst_ms):
    """`b` has LP 2, so `d` has LP 0, `a` has LP 1, and `c` is left LP 3; somebody must give way for that."""
    found = shares(4, {"a": [0, 1], "b": [2], "c": None, "d": [0, 2]}, burst_ms)
    assert found == pytest.approx(dict.fromkeys("abcd", 1.0), abs=0.01)
