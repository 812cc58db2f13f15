"""Caps beside VPs without one: budgets are spread over the period, so that a cap costs the others nothing.

The reference is water-filling: shares of an LP, each at most the cap. VPs that always have work, one to a guest unless said.
"""

import random

import numpy as np
import pytest

from tests.caps import cap_phases
from tests.property.test_scheduling_shares import water_filling
from tests.simulation import (
    MS,
    S,
    always_runnable,
    closed,
    exponential,
    fixed,
    guest,
    ns,
    opened,
    parsed,
    run,
    scenario,
)

RUN_NS = 10 * S
PERIOD = 100 * MS


def capped(name, cap_pct, vps=1, **more):
    return guest(name, vps, always_runnable(vps), processor={"cap": f"{cap_pct} %", **more})


def all_shares(text):
    """LPs' worth of time of each partition."""
    partitions = run(text).outcome.partitions
    return {found.name: (found.guest_run_ns + found.hypervisor_run_ns) / RUN_NS for found in partitions}


def shares(text):
    """The same of each guest."""
    return {name: share for name, share in all_shares(text).items() if name != "Root"}


def with_groups(text, **caps_pct):
    text["host"]["cpu_group"] = [{"name": name, "cap": f"{cap} %"} for name, cap in caps_pct.items()]
    return text


# The rule of phases, by hand.


def phases_ms(blocks, lps, **more):
    found = cap_phases(parsed(scenario(S, lps, blocks, **more)))
    return [phase / MS for phase in found.values()]


def test_each_cap_begins_where_the_one_before_ends_round_the_period():
    caps = [capped(f"c{i}", cap) for i, cap in enumerate([25, 60, 40, 10])]
    assert phases_ms(caps, 2) == [0, 25, 85, 25]


def test_vps_that_share_no_lp_have_phases_of_their_own():
    blocks = [capped(f"c{i}", 30, affinity=[lp]) for i, lp in enumerate([0, 1, 0, 1])]
    assert phases_ms(blocks, 2) == [0, 0, 30, 30]


def test_guests_that_do_nothing_and_vps_without_a_cap_push_nobody_off():
    idle = guest("idle", 2, {"kind": "idle"}, processor={"cap": "35 %"})
    blocks = [capped("a", 20), idle, guest("free", 1, always_runnable()), capped("b", 20)]
    assert phases_ms(blocks, 2) == [0, 40, 75, 0, 20]


def test_threads_of_a_virtual_core_have_one_phase_under_the_core_scheduler():
    host = {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2}
    blocks = [capped("a", 30, 2), capped("b", 30, 2)]
    assert phases_ms(blocks, host, scheduler="core") == [0, 0, 30, 30]
    assert phases_ms(blocks, host, scheduler="classic") == [0, 30, 60, 90]


# What the others have beside caps.


def random_host(seed, lps):
    draw = random.Random(seed)  # noqa: S311 - no secret
    caps = [draw.randint(5, 80) for _ in range(draw.randint(1, 3 * lps))]
    return caps, draw.randint(1, lps)


def measured(caps, free, lps, **more):
    """Shares found and expected of capped VPs, then of free ones."""
    blocks = [capped(f"c{i}", cap) for i, cap in enumerate(caps)]
    blocks += [guest(f"u{i}", 1, always_runnable()) for i in range(free)]
    found = all_shares(scenario(RUN_NS, lps, blocks, **more))
    limits = np.array([cap / 100 for cap in caps] + [1.0] * free)
    wanted = water_filling(np.ones(len(limits)), limits, lps - found.pop("Root"))
    return np.array(list(found.values())), wanted


def judge(pairs, capped_counts):
    """The uncapped: 0.95 of water-filling in the mean, 0.85 at least; the capped: 0.98 of what is theirs."""
    uncapped = [found[n:] / wanted[n:] for (found, wanted), n in zip(pairs, capped_counts, strict=True)]
    theirs = [found[:n] / wanted[:n] for (found, wanted), n in zip(pairs, capped_counts, strict=True)]
    assert np.mean(np.concatenate(uncapped)) >= 0.95
    assert np.concatenate(uncapped).min() >= 0.85
    assert np.concatenate(theirs).min() >= 0.98


@pytest.mark.parametrize("preset", ["none", "default"])
def test_random_hosts(preset):
    hosts = [(lps, *random_host(100 * lps + seed, lps)) for lps in range(1, 9) for seed in range(6)]
    pairs = [measured(caps, free, lps, costs={"preset": preset}) for lps, caps, free in hosts]
    judge(pairs, [len(caps) for _, caps, _ in hosts])


def test_random_hosts_with_the_load_of_the_root():
    hosts = [(lps, *random_host(7_000 + 10 * lps + seed, lps)) for lps in (2, 5, 8) for seed in range(3)]
    root = {"background_cpu": "1 %"}
    pairs = [measured(caps, free, lps, root=root, costs={"preset": "default"}) for lps, caps, free in hosts]
    judge(pairs, [len(caps) for _, caps, _ in hosts])


def test_random_hosts_under_the_core_scheduler():
    """Guests of one thread a core: each takes a core for itself."""
    pairs, counts = [], []
    for seed, cores in [(1, 2), (2, 2), (3, 3), (4, 4), (5, 4)]:
        host = {"sockets": 1, "cores_per_socket": cores, "threads_per_core": 2}
        caps, free = random_host(9_000 + seed, cores)
        blocks = [capped(f"c{i}", cap, threads_per_core=1) for i, cap in enumerate(caps)]
        blocks += [
            guest(f"u{i}", 1, always_runnable(), processor={"threads_per_core": 1}) for i in range(free)
        ]
        found = np.array(list(shares(scenario(RUN_NS, host, blocks, scheduler="core")).values()))
        limits = np.array([cap / 100 for cap in caps] + [1.0] * free)
        pairs.append((found, water_filling(np.ones(len(limits)), limits, cores)))
        counts.append(len(caps))
    judge(pairs, counts)


# Groups.


def grouped(name, group, vps):
    return guest(name, vps, always_runnable(vps), processor={"group": group})


@pytest.mark.parametrize(("lps", "cap_pct", "vps"), [(4, 50, 8), (3, 50, 5), (6, 25, 4), (8, 70, 12)])
def test_a_group_leaves_the_rest_of_the_host_to_others(lps, cap_pct, vps):
    outside = int(lps - lps * cap_pct / 100)
    blocks = [grouped("in", "g", vps)]
    blocks += [guest(f"out{i}", 1, always_runnable()) for i in range(outside)]
    text = with_groups(scenario(RUN_NS, lps, blocks, trace=["dispatch"]), g=cap_pct)
    found = shares(text)
    assert found["in"] >= 0.98 * lps * cap_pct / 100
    assert min(found[f"out{i}"] for i in range(outside)) >= 0.95


def test_two_groups_fill_a_host_between_them():
    blocks = [grouped("a", "g", 4), grouped("b", "h", 5)]
    found = shares(with_groups(scenario(RUN_NS, 3, blocks), g=50, h=50))
    assert list(found.values()) == pytest.approx([1.5, 1.5], abs=0.03)


@pytest.mark.parametrize("seed", range(6))
def test_random_groups_beside_capped_and_free_vps(seed):
    draw = random.Random(seed)  # noqa: S311 - no secret
    lps = draw.randint(3, 8)
    group_pct = draw.randint(10, 60)
    caps = [draw.randint(5, 60) for _ in range(draw.randint(0, lps))]
    room = lps - lps * group_pct / 100 - sum(caps) / 100
    free = max(0, int(room))
    caps = caps if room >= 0 else caps[:1]
    blocks = [grouped("in", "g", draw.randint(lps, 2 * lps))]
    blocks += [capped(f"c{i}", cap) for i, cap in enumerate(caps)]
    blocks += [guest(f"u{i}", 1, always_runnable()) for i in range(free)]
    found = shares(with_groups(scenario(RUN_NS, lps, blocks), g=group_pct))
    assert found["in"] >= 0.98 * min(lps, lps * group_pct / 100)
    assert all(found[f"c{i}"] >= 0.98 * cap / 100 for i, cap in enumerate(caps))
    assert all(found[f"u{i}"] >= 0.85 for i in range(free))


@pytest.mark.parametrize(("lps", "cap_pct", "most"), [(4, 50, 2), (4, 60, 3), (3, 10, 1)])
def test_no_more_vps_of_a_group_run_at_once_than_its_cap_buys(lps, cap_pct, most):
    work = closed(9, 3_600 * S, exponential(3 * MS), exponential(MS))
    blocks = [
        guest("in", 6, work, processor={"group": "g"}),
        guest("out", 2, work),
    ]
    text = with_groups(scenario(S, lps, blocks, trace=["dispatch"], costs={"preset": "default"}), g=cap_pct)
    rows = run(text).dispatches
    rows = rows[rows.partition == "in"]
    edges = sorted([(end, -1) for end in rows.end_ns] + [(start, 1) for start in rows.start_ns])
    assert max(np.cumsum([change for _, change in edges])) == most


def test_vps_of_a_group_take_turns_by_weight():
    blocks = [
        guest(f"g{index}", 1, always_runnable(), processor={"group": "g", "weight": weight})
        for index, weight in enumerate([100, 100, 200, 400])
    ]
    found = shares(with_groups(scenario(RUN_NS, 4, blocks), g=25))
    assert list(found.values()) == pytest.approx([0.125, 0.125, 0.25, 0.5], abs=0.01)


# A server beside capped batch work, and time that nobody wanted.


@pytest.mark.parametrize(("lps", "batch", "cap_pct"), [(4, 8, 25), (6, 10, 40), (3, 2, 50)])
def test_a_server_answers_as_if_capped_guests_were_not_there(lps, batch, cap_pct):
    server = guest("web", 2, opened(exponential(7 * MS), exponential(4 * MS)))
    others = [capped(f"batch{i}", cap_pct) for i in range(batch)]
    alone = run(scenario(20 * S, lps, [server])).of("web").response_mean_ns
    beside = run(scenario(20 * S, lps, [server, *others])).of("web").response_mean_ns
    assert beside < 1.5 * alone


def test_time_that_nobody_wanted_costs_no_turn():
    """A runs alone for 5 s; B, capped, comes and both are always runnable: neither is behind, so they take turns from the start."""
    a = guest("a", 1, always_runnable())
    b = guest("b", 1, always_runnable(), start="5 s", processor={"cap": "90 %"})
    rows = run(scenario(int(5.3 * S), 1, [a, b], trace=["dispatch"])).dispatches
    rows = rows[rows.end_ns > 5 * S]
    assert (rows.end_ns - rows.start_ns.clip(lower=5 * S)).max() <= 20 * MS


def test_a_group_is_held_to_its_budget_in_every_period_of_its_own():
    """Two groups: the second one's periods begin when the first has used up its part of one LP."""
    blocks = [grouped("a", "g", 3), grouped("b", "h", 3), guest("u", 1, always_runnable())]
    text = with_groups(scenario(2 * S, 3, blocks, trace=["dispatch"]), g=20, h=50)
    rows = run(text).dispatches
    for name, budget, phase in [("a", 60 * MS, 0), ("b", 150 * MS, 60 * MS)]:
        used = np.zeros(22, np.int64)
        own = rows[rows.partition == name]
        for start, end in zip(own.start_ns + PERIOD - phase, own.end_ns + PERIOD - phase, strict=True):
            for index in range(start // PERIOD, end // PERIOD + 1):
                used[index] += max(0, min(end, (index + 1) * PERIOD) - max(start, index * PERIOD))
        assert used.max() <= budget + 8
        assert used[1:20].min() >= 0.98 * budget


def test_a_vp_that_sleeps_has_its_whole_cap_when_it_wakes():
    """A thread that computes 30 ms and sleeps 70 never meets a cap of 60 %, but for the part of a period before its phase."""
    blocks = [capped("first", 35)]
    blocks.append(
        guest("second", 1, closed(1, 3_600 * S, fixed(30 * MS), fixed(70 * MS)), processor={"cap": "60 %"})
    )
    found = run(scenario(2 * S, 2, blocks)).of("second")
    assert found.capped_ns == 35 * MS
    assert found.guest_run_ns == 600 * MS


@pytest.mark.parametrize("scheduler", ["classic", "core"])
def test_a_cap_that_is_renewed_does_not_wait_for_the_end_of_a_slice(scheduler):
    """Of a weight that gives it all the LP, it runs for half of each period: a slice of five periods would leave it a sixth."""
    guests = [
        guest("capped", 1, always_runnable(), processor={"weight": 10_000, "cap": "50 %"}),
        guest("free", 1, always_runnable(), processor={"weight": 1}),
    ]
    scheduling = {"slice": ns(50 * MS), "cap_period": ns(10 * MS)}
    found = run(scenario(400 * MS, 1, guests, scheduler=scheduler, scheduling=scheduling))
    assert found.of("capped").guest_run_ns == 200 * MS
