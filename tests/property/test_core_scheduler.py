"""What the core scheduler promises, read from the dispatch trace of any host with SMT."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation import (
    MS,
    S,
    always_runnable,
    closed,
    exponential,
    guest,
    lps_of,
    opened,
    run,
    scenario,
    scenarios,
)

CORE = scenarios(schedulers=("core",), threads_per_core=(2,))


def overlaps(result):
    """The pairs of rows of the trace in which siblings ran at the same time, for a length of time."""
    rows = result.dispatches
    pairs = rows[rows.lp % 2 == 0].assign(core=rows.lp // 2).merge(rows.assign(core=rows.lp // 2), on="core")
    pairs = pairs[pairs.lp_y % 2 == 1]
    return pairs[np.maximum(pairs.start_ns_x, pairs.start_ns_y) < np.minimum(pairs.end_ns_x, pairs.end_ns_y)]


def with_host(text, **host):
    changed = copy.deepcopy(text)
    changed["host"] |= host
    return changed


@settings(max_examples=80)
@given(CORE)
def test_siblings_run_one_virtual_core_at_a_time(text):
    """Never two partitions, the root among them; never two virtual cores of one guest."""
    threads = {b["name"]: b["processor"].get("threads_per_core", 0) or 2 for b in text["partition"]}
    beside = overlaps(run(text))
    assert (beside.partition_x == beside.partition_y).all()
    guests = beside[beside.partition_x != "Root"]
    assert (guests.vp_x // 2 == guests.vp_y // 2).all()
    assert (guests.partition_x.map(threads) == 2).all()


MIXED = [
    guest("smt", 4, closed(6, 100 * S, exponential(3 * MS), exponential(2 * MS))),
    guest("plain", 2, always_runnable(2), processor={"threads_per_core": 1}),
    guest("web", 1, opened(exponential(2 * MS), exponential(MS))),
]
SMT = {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2}


def test_a_mixed_host_shares_cores_under_classic_and_never_under_core():
    beside = {}
    for scheduler in ("classic", "core"):
        text = scenario(
            S, SMT, MIXED, scheduler=scheduler, trace=["dispatch"], root={"background_cpu": "2 %"}
        )
        beside[scheduler] = overlaps(run(text))
    different = {name: (pairs.partition_x != pairs.partition_y).sum() for name, pairs in beside.items()}
    assert different["core"] == 0
    assert different["classic"] > 100
    assert len(beside["core"]) > 100


@settings(max_examples=40)
@given(scenarios(schedulers=("core",), threads_per_core=(1,)))
def test_without_smt_it_is_the_classic_scheduler(text):
    assert run(text).same_as(run(with_host(text, scheduler="classic")))


@settings(max_examples=60)
@given(CORE)
def test_no_core_is_free_while_a_vp_waits_for_it(text):
    """Free: both LPs without a VP for longer than waking takes, while a VP that may use one of them is ready."""
    text = with_host(text, costs={"preset": "none"})
    result = run(text)
    rows, lps = result.dispatches, lps_of(text["host"])
    kept = text["host"].get("numa_spanning", True)
    allowed = {
        b["name"]: b["processor"].get("affinity") or range(lps if kept else 0) for b in text["partition"]
    }
    waits = rows[(rows.partition != "Root") & (rows.start_ns > rows.ready_ns)]
    for core in range(lps // 2):
        busy = merged(rows[rows.lp // 2 == core])
        of_core = waits[[any(lp // 2 == core for lp in allowed[name]) for name in waits.partition]]
        for wait in of_core.itertuples():
            covered = sum(max(0, min(end, wait.start_ns) - max(start, wait.ready_ns)) for start, end in busy)
            assert covered == wait.start_ns - wait.ready_ns, (core, wait)


def merged(rows: pd.DataFrame):
    """The spans in which at least one LP of a core held a VP."""
    spans: list[list[int]] = []
    for row in rows.sort_values("start_ns").itertuples():
        if spans and row.start_ns <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], row.end_ns)
        else:
            spans.append([row.start_ns, row.end_ns])
    return spans


def test_a_one_thread_vp_takes_a_whole_core():
    """Two one-thread VPs take turns on one core, and run at full speed; two fellows share it at the speed of SMT."""
    core = {"sockets": 1, "cores_per_socket": 1, "threads_per_core": 2}
    work = {}
    for threads in (1, 2):
        text = scenario(
            S,
            core,
            [guest("a", 2, always_runnable(2), processor={"threads_per_core": threads})],
            scheduler="core",
        )
        result = run(text)
        work[threads] = result["job"].work_ns[0]
        ran = result["virtual_processor"].guest_run_ns
        assert (ran == (S if threads == 2 else S // 2)).all()
    assert work[1] == S
    assert work[2] == pytest.approx(1.31 * S, rel=1e-6)


@settings(max_examples=20)
@given(st.lists(st.sampled_from([100, 200, 400]), min_size=2, max_size=4))
def test_one_thread_vps_share_a_core_by_weight(weights):
    core = {"sockets": 1, "cores_per_socket": 1, "threads_per_core": 2}
    guests = [
        guest(f"g{i}", 1, always_runnable(), processor={"weight": weight, "threads_per_core": 1})
        for i, weight in enumerate(weights)
    ]
    ran = run(scenario(20 * S, core, guests, scheduler="core"))["virtual_processor"].guest_run_ns / (20 * S)
    assert np.allclose(ran, np.array(weights) / sum(weights), atol=0.005)


def test_a_group_that_is_spent_while_a_core_wakes_loses_no_vp():
    """Long wake-ups and short budgets: a VP is held back while its LP wakes, and runs again in the next period."""
    group = {"name": "g", "cap": "30 %"}
    guests = [
        guest(f"g{i}", 2, closed(4, 100 * S, exponential(MS), exponential(MS)), processor={"group": "g"})
        for i in range(3)
    ]
    text = scenario(
        S,
        SMT | {"cpu_group": [group], "scheduler": "core"},
        guests,
        costs={"preset": "default", "lp_wake_up": "300 us"},
        scheduling={"cap_period": "10 ms"},
        root={"background_cpu": "5 %"},
        trace=["dispatch"],
        sample="100 ms",
    )
    result = run(text)
    vps = result["virtual_processor"]
    used = vps[["guest_run_ns", "hypervisor_run_ns"]].sum(axis=1).groupby(vps.time_ns).sum()
    assert (used > 0.8 * 0.3 * 4 * 100 * MS).all()
    assert (used < 1.05 * 0.3 * 4 * 100 * MS).all()
    rows = result.dispatches
    for key in ["lp"], ["partition", "vp"]:
        for _, of in rows.groupby(key):
            assert (of.start_ns.to_numpy()[1:] >= of.end_ns.to_numpy()[:-1]).all()


def of_cores(cores, guests, caps=(), **more):
    """A host of so many cores under the core scheduler, with guests of always-runnable VPs.

    `guests` by name: VPs, and a group with a cap in `caps` (%), or "".
    """
    blocks = [
        guest(name, vps, always_runnable(vps), processor={"group": group, "threads_per_core": 2})
        for name, (vps, group) in guests.items()
    ]
    text = scenario(5 * S, SMT | {"cores_per_socket": cores}, blocks, scheduler="core", **more)
    text["host"]["cpu_group"] = [{"name": name, "cap": f"{cap} %"} for name, cap in dict(caps).items()]
    return text


@pytest.mark.parametrize(
    ("cores", "guests", "caps", "right"),
    [
        (2, {"a": (4, "a"), "b": (4, "b")}, {"a": 50, "b": 50}, {"a": 2.0, "b": 2.0}),
        (4, {"a": (8, "a"), "b": (8, "b")}, {"a": 50, "b": 50}, {"a": 4.0, "b": 4.0}),
        (2, {"a": (4, "a"), "b": (4, "b")}, {"a": 30, "b": 70}, {"a": 1.2, "b": 2.8}),
        (2, {"a": (4, "a"), "b": (4, "b")}, {"a": 25, "b": 75}, {"a": 1.0, "b": 3.0}),
        (1, {"a": (2, "a"), "b": (2, "")}, {"a": 40}, {"a": 0.8, "b": 1.2}),
        (2, {"a": (4, "a"), "b": (4, "")}, {"a": 50}, {"a": 2.0, "b": 2.0}),
        (4, {"a": (4, "a"), "b": (4, "a"), "c": (8, "")}, {"a": 37}, {"a": 1.48, "b": 1.48, "c": 5.04}),
    ],
)
def test_groups_whose_caps_come_to_the_whole_host_keep_every_core_busy_with_both_its_threads(
    cores, guests, caps, right
):
    """LPs' worth by hand. Each core runs two VPs of one virtual core, so others can use what a cap leaves by cores only."""
    outcome = run(of_cores(cores, guests, caps)).outcome
    had = {p.name: (p.guest_run_ns + p.hypervisor_run_ns) / (5 * S) for p in outcome.partitions}
    assert {name: had[name] for name in guests} == pytest.approx(right, abs=0.02)
    assert sum(lp.idle_ns for lp in outcome.lps) / (5 * S) == pytest.approx(0, abs=0.02)


def test_the_threads_of_a_virtual_core_in_a_group_stay_on_their_sides_of_the_core():
    """Two groups with half of two cores each: each has a core of its own, and no VP moves once that is settled."""
    text = of_cores(2, {"a": (4, "a"), "b": (4, "b")}, {"a": 50, "b": 50})
    assert run(text).tables["virtual_processor"]["migrations"].sum() <= 4


def test_a_slice_is_over_for_both_threads_of_a_core_at_once():
    """Three virtual cores on one core: each slice is a whole one, of 10 ms, for either of its two VPs."""
    rows = run(of_cores(1, dict.fromkeys("abc", (2, "")), trace=["dispatch"])).dispatches
    rows = rows[(rows.start_ns > 100 * MS) & (rows.end_ns < 5 * S)]
    assert len(rows) > 900
    assert ((rows.end_ns - rows.start_ns) == 10 * MS).all()
    assert set(rows.reason) == {"slice"}


def test_a_vp_that_wakes_beside_its_fellow_joins_it_though_another_of_their_group_has_the_place_and_waits():
    """The core is that of `pair` or of `busy`, whose VP stands in line meanwhile: a VP of `pair` runs alone only while the other is idle."""
    pair = closed(3, 100 * S, exponential(2 * MS), exponential(2 * MS))
    blocks = [
        guest("busy", 1, always_runnable(), processor={"group": "g"}),
        guest("pair", 2, pair, processor={"group": "g", "threads_per_core": 2}),
    ]
    text = scenario(2 * S, SMT | {"cores_per_socket": 1}, blocks, scheduler="core", trace=["dispatch"])
    text["host"]["cpu_group"] = [{"name": "g", "cap": "95 %"}]
    result = run(text)
    beside = overlaps(result)
    together = np.minimum(beside.end_ns_x, beside.end_ns_y) - np.maximum(beside.start_ns_x, beside.start_ns_y)
    vps = result.tables["virtual_processor"]
    vps = vps[vps.partition == "pair"]
    alone = vps.guest_run_ns.sum() - 2 * together.sum()
    assert together.sum() > 500 * MS
    assert 0 < alone <= vps.idle_ns.sum()
