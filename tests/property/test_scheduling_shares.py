"""Shares of virtual processors that always have work, held against weighted max-min (water-filling).

A VP gets LP time in turns of one slice (10 ms), so its share of a run strays from the ideal by about one slice for
every VP that it competes with, whatever the weights: a VP of weight 1 has its first turn as early as one of weight
10000, and then waits until the others are even. With at most 14 VPs and 60 s that is 14 x 10 ms / 60 s = 0.23 % of an
LP, and the slack between run lists (65 ms) is 0.11 %, within the 0.5 % asserted.
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.simulation import MS, S, always_runnable, fixed, guest, opened, run, scenario

BOUND = 0.005
RUN_NS = 60 * S
WEIGHTS = st.one_of(st.integers(1, 10_000), st.sampled_from([1, 100, 200, 10_000]))
CAPS_PCT = st.one_of(st.just(100), st.integers(1, 100))


def water_filling(weights, limits, lps):
    """Shares proportional to weight, none above its limit, that sum to `lps` if the limits allow."""
    weights, limits = np.array(weights, float), np.array(limits, float)
    if limits.sum() <= lps:
        return limits
    low, high = 0.0, lps / weights.min() + 1
    for _ in range(200):
        level = (low + high) / 2
        low, high = (level, high) if np.minimum(limits, level * weights).sum() < lps else (low, level)
    return np.minimum(limits, low * weights)


def test_water_filling_itself():
    assert water_filling([100, 200, 700], [1, 1, 1], 1) == pytest.approx([0.1, 0.2, 0.7])
    assert water_filling([1, 1, 8], [1, 1, 1], 2) == pytest.approx([0.5, 0.5, 1])
    assert water_filling([1, 1], [0.3, 0.4], 1) == pytest.approx([0.3, 0.4])
    assert water_filling([1, 1, 2], [1, 0.1, 1], 1) == pytest.approx([0.3, 0.1, 0.6])


def vms(weights, caps_pct=None):
    """One VM of one VP that always has work, for each weight."""
    caps_pct = caps_pct or [100] * len(weights)
    return [
        guest(f"vm{i}", 1, always_runnable(), processor={"weight": weight, "cap": f"{cap} %"})
        for i, (weight, cap) in enumerate(zip(weights, caps_pct, strict=True))
    ]


def shares(text):
    """Guest and hypervisor time of each VM, in LPs."""
    guests = run(text).outcome.partitions[1:]
    return np.array([found.guest_run_ns + found.hypervisor_run_ns for found in guests]) / RUN_NS


@settings(max_examples=80)
@given(st.lists(WEIGHTS, min_size=1, max_size=14), st.integers(1, 8), st.sampled_from(["none", "default"]))
@example([1, 30, 31], 2, "none")  # the heaviest can just have an LP: what is cut of its credit is its due
@example([1, 29], 1, "none")  # whom the light one follows has not been alone
def test_weights_on_any_number_of_lps(weights, lps, preset):
    text = scenario(RUN_NS, lps, vms(weights), costs={"preset": preset})
    assert shares(text) == pytest.approx(water_filling(weights, np.ones(len(weights)), lps), abs=BOUND)


@settings(max_examples=80)
@given(st.lists(st.tuples(WEIGHTS, CAPS_PCT), min_size=1, max_size=14), st.sampled_from(["none", "default"]))
@example(
    [(8268, 99), (2, 52), (2, 100)], "none"
)  # a slice of the light must not outlast the heavy one's cap period
@example(
    [(10_000, 95)] + [(100, 100)] * 10, "none"
)  # nor must the heavy one lose credit while it is held back
def test_weights_and_caps_on_one_lp(settings_of_vms, preset):
    weights, caps_pct = zip(*settings_of_vms, strict=True)
    text = scenario(RUN_NS, 1, vms(weights, caps_pct), costs={"preset": preset})
    assert shares(text) == pytest.approx(water_filling(weights, np.array(caps_pct) / 100, 1), abs=BOUND)


def test_the_published_example_of_weights():
    assert shares(scenario(RUN_NS, 1, vms([100, 200, 700]))) == pytest.approx([0.1, 0.2, 0.7], abs=BOUND)


def test_weights_beyond_one_lp_go_to_the_others():
    """24 VPs on 16 LPs: the heaviest hold one LP each, the rest is divided 1 : 2."""
    found = shares(scenario(RUN_NS, 16, vms([100, 200, 400] * 8))).reshape(8, 3)
    assert found == pytest.approx(np.tile([1 / 3, 2 / 3, 1], (8, 1)), abs=BOUND)


@pytest.mark.parametrize("weight", [100, 1000])
def test_time_not_used_earns_no_credit(weight):
    """A VM that was idle for 5 s, and one that was off, get their shares of the next 10 s and no more."""
    idle_at_first = opened(fixed(5 * S), fixed(3600 * S))
    for late in (guest("late", 1, idle_at_first), guest("late", 1, always_runnable(), start="5 s")):
        late["processor"] = {"weight": weight}
        found = run(scenario(15 * S, 1, [*vms([100]), late])).of("late")
        assert found.guest_run_ns / (10 * S) == pytest.approx(weight / (100 + weight), abs=BOUND)


def test_equal_vps_take_turns():
    """Of VPs with equal weights, none is ever more than one slice ahead of another in a list; with no slack, nor on several LPs."""
    for lps, vps in [(1, 3), (2, 3), (3, 8), (4, 5)]:
        text = scenario(995 * MS, lps, vms([100] * vps), trace=["dispatch"], scheduling={"slack": "0 s"})
        result = run(text)
        rows = result["dispatch"]
        for time in range(0, 995 * MS, 13 * MS):
            ran = np.clip(rows.end_ns, None, time) - np.clip(rows.start_ns, None, time)
            by_vm = ran.groupby(rows.partition).sum()
            assert by_vm.max() - by_vm.min() <= 10 * MS
        if lps == 1:
            assert set(rows.end_ns - rows.start_ns) == {10 * MS, 5 * MS}  # 5 ms when the run ends
            assert list(rows.partition[:9]) == [f"vm{i}" for i in (*range(vps), *range(vps), *range(vps))]


@pytest.mark.parametrize("reserve", ["0 %", "1 %"])
def test_who_had_an_lp_alone_shares_it_with_a_guest_that_starts_later(reserve):
    """Weights 400, 100 and 100 on two LPs: the first has more than one LP can honour. At 30 s two VPs of 400 come: 2 LPs x 400 of 1400 each."""
    blocks = [
        guest("heavy", 1, always_runnable(), processor={"weight": 400}),
        guest("light", 1, always_runnable(), processor={"reserve": reserve}),
        guest("other", 1, always_runnable()),
        guest("late", 2, always_runnable(2), processor={"weight": 400}) | {"start": "30 s"},
    ]
    blocks[-1]["guest"] = blocks[-1].get("guest", {}) | {"boot": "0 s", "boot_cpu": "0 s"}
    text = scenario(60 * S, 2, blocks)
    text["scenario"]["sample"] = "10 s"
    vps = run(text).tables["virtual_processor"]
    last = vps[(vps.time_ns > 40 * S) & (vps.partition == "heavy")]
    assert (last.guest_run_ns / last.interval_ns).tolist() == pytest.approx([8 / 14] * 2, abs=0.03)
