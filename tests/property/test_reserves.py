"""Reserves against the documented rule, written here as a reference of its own: reserves, then the remainder by weight."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import S, always_runnable, guest, run, scenario

NO_CAP = 100


def rule(lps, vps):
    """Shares (of an LP) of always-runnable VPs (reserve, weight, cap): reserve + weight x one factor, at most the cap."""

    def total(factor):
        return sum(min(cap, reserve + weight * factor) for reserve, weight, cap in vps)

    low, high = 0.0, 1.0
    demand = min(lps, sum(cap for _, _, cap in vps))
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if total(middle) < demand else (low, middle)
    return [min(cap, reserve + weight * low) for reserve, weight, cap in vps]


def shares(lps, vps, mode="reserve-first", seconds=30):
    """Measured shares of an LP of one-way guests (reserve, weight, cap in %)."""
    guests = [
        guest(
            f"p{i}",
            1,
            always_runnable(),
            processor={"reserve": f"{reserve} %", "weight": weight, "cap": f"{cap} %"},
        )
        for i, (reserve, weight, cap) in enumerate(vps)
    ]
    result = run(scenario(seconds * S, lps, guests, scheduling={"reserve": mode}))
    found = [result.of(f"p{i}") for i in range(len(vps))]
    return [(p.guest_run_ns + p.hypervisor_run_ns) / (seconds * S) for p in found]


def expected(lps, vps):
    return rule(lps, [(reserve / 100, weight, cap / 100) for reserve, weight, cap in vps])


@pytest.mark.parametrize(
    ("mode", "wanted"), [("reserve-first", 0.75), ("period-budget", 0.75), ("floor", 0.50)]
)
@pytest.mark.parametrize("lps", [1, 4])
def test_two_vps_an_lp_of_which_one_reserves_half(mode, wanted, lps):
    found = shares(lps, [(50, 100, NO_CAP), (0, 100, NO_CAP)] * lps, mode)
    assert found == pytest.approx([wanted, 1 - wanted] * lps, abs=0.01)


def test_period_budget_divides_the_remainder_whatever_the_weights():
    assert shares(1, [(20, 100, NO_CAP), (0, 300, NO_CAP)], "period-budget") == pytest.approx(
        [0.6, 0.4], abs=0.01
    )
    assert shares(1, [(20, 100, NO_CAP), (0, 300, NO_CAP)]) == pytest.approx([0.4, 0.6], abs=0.01)


def test_floor_is_the_larger_of_reserve_and_fair_share():
    assert shares(1, [(20, 100, NO_CAP), (0, 300, NO_CAP)], "floor") == pytest.approx([0.25, 0.75], abs=0.01)
    assert shares(1, [(40, 100, NO_CAP), (0, 300, NO_CAP)], "floor") == pytest.approx([0.40, 0.60], abs=0.01)


def test_an_unused_reserve_is_lent():
    idle = guest("idle", 1, {"kind": "idle"}, processor={"reserve": "60 %"})
    busy = [guest(name, 1, always_runnable()) for name in "ab"]
    result = run(scenario(5 * S, 1, [idle, *busy]))
    assert [result.of(name).guest_run_ns / S for name in "ab"] == pytest.approx([2.5, 2.5], abs=0.02)


@st.composite
def hosts(draw):
    """A host and VPs that saturate it, whose reserves fit; caps only on one LP, and above the reserve by what a late slice costs.

    A VP whose cap is its reserve cannot make good in one period what it missed in another.
    """
    lps = draw(st.integers(1, 4))
    count = draw(st.integers(lps + 1, 4 * lps + 2))
    room = 100.0 * lps
    vps = []
    for _ in range(count):
        reserve = round(draw(st.floats(0, 0.95)) * min(100.0, room), 1) if draw(st.booleans()) else 0.0
        reserve = abs(reserve)  # not -0.0, where rounding has left no room
        room -= reserve
        cap = draw(st.integers(max(5, int(reserve) + 4), 100)) if lps == 1 and draw(st.booleans()) else NO_CAP
        vps.append((reserve, draw(st.integers(50, 2000)), cap))
    return lps, vps


@settings(max_examples=25)
@given(hosts())
def test_reserve_first_is_the_documented_rule(host):
    lps, vps = host
    assert shares(lps, vps) == pytest.approx(expected(lps, vps), abs=0.01)


@pytest.mark.parametrize(("lps", "vps", "others"), [(2, 4, 8), (4, 6, 10), (1, 3, 3)])
def test_a_guest_with_more_vps_than_lps_has_its_share_by_weight(lps, vps, others):
    blocks = [guest("wide", vps, always_runnable(vps), processor={"reserve": "40 %"})]
    blocks += [guest(f"o{i}", 1, always_runnable()) for i in range(others)]
    found = run(scenario(10 * S, lps, blocks)).of("wide")
    assert found.guest_run_ns / (10 * S) == pytest.approx(lps * vps / (vps + others), abs=0.02)


def test_a_guest_whose_reserve_does_not_fit_is_not_started():
    """Two LPs: the second guest finds 1.2 of them reserved; the third finds room, as does the fourth once the first is off."""
    blocks = [
        guest("a", 2, always_runnable(2), processor={"reserve": "60 %"}, stop="1 s"),
        guest("b", 1, always_runnable(), processor={"reserve": "90 %"}),
        guest("c", 1, always_runnable(), processor={"reserve": "80 %"}),
        guest("d", 1, always_runnable(), processor={"reserve": "100 %"}, start="1 s"),
    ]
    result = run(scenario(2 * S, 2, blocks, trace=["memory_operation"]))
    started = {found.name: found.started for found in result.outcome.partitions}
    assert started == {"Root": True, "a": True, "b": False, "c": True, "d": True}
    assert (
        "b did not start: its CPU reserve does not fit beside those of the guests before it"
        in result.outcome.warnings
    )
    rows = result["memory_operation"]
    denied = rows[rows.reason == "no reserve"]
    assert list(denied.partition) == ["b"]
    assert (denied.given_mib == 0).all()
    assert result.of("b").guest_run_ns == 0
    assert all(lp.idle_ns == 0 for lp in result.outcome.lps)


def test_a_start_that_waited_for_memory_may_fail_for_its_reserve():
    """The second guest waits for memory; meanwhile the third, which is small, takes the LP time that it reserves."""
    blocks = [
        guest("a", 1, always_runnable(), memory="3 GiB", stop="1200 ms"),
        guest("b", 1, always_runnable(), memory="2 GiB", processor={"reserve": "60 %"}),
        guest("c", 1, always_runnable(), memory="64 MiB", processor={"reserve": "60 %"}, start="100 ms"),
    ]
    text = scenario(2 * S, 1, blocks, trace=["memory_operation"])
    text["host"] |= {
        "memory": "4 GiB",
        "root_reserve": "256 MiB",
        "dynamic_memory": {"start_retry": "500 ms"},
    }
    result = run(text)
    rows = result["memory_operation"]
    assert list(rows[rows.partition == "b"].reason)[-1] == "no reserve"
    assert any("b did not start: its CPU reserve" in each for each in result.outcome.warnings)
