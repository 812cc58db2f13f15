"""Run lists: bounded lag, shares, few migrations, nobody idle beside work; on hosts of many shapes, under every scheduler."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_scheduling_shares import water_filling
from tests.simulation import MS, Result, S, always_runnable, fixed, guest, lps_of, ns, opened, run, scenario

SLICE, SLACK = 10 * MS, 65 * MS

SHAPES = st.sampled_from(
    [
        {"logical_processors": 2},
        {"logical_processors": 5},
        {"sockets": 1, "cores_per_socket": 3, "threads_per_core": 2},
        {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2},
        {"sockets": 2, "cores_per_socket": 2, "threads_per_core": 2, "numa_nodes": 2},
        {"sockets": 3, "cores_per_socket": 2, "numa_nodes": 3},
    ]
)
SCHEDULERS = st.sampled_from(["classic", "core", "root"])


def run_times(result: Result) -> np.ndarray:
    """Run time (ns) of each guest VP."""
    vps = result["virtual_processor"]
    return (vps.guest_run_ns + vps.hypervisor_run_ns).groupby([vps.partition, vps.vp]).sum().to_numpy()


def one_vp_guests(count, **processor):
    return [guest(f"g{i}", 1, always_runnable(), memory="64 MiB", processor=processor) for i in range(count)]


@settings(max_examples=40)
@given(SHAPES, SCHEDULERS, st.integers(1, 20))
def test_equal_vps_get_equal_shares_whatever_the_host(host, scheduler, vps):
    """One VP an LP that it may use for itself, or equal shares of all: within the slack and a slice, on two nodes twice that."""
    text = scenario(20 * S, host, one_vp_guests(vps, threads_per_core=1), scheduler=scheduler)
    units = lps_of(host) // (host.get("threads_per_core", 1) if scheduler == "core" else 1)
    expected = 20 * S * min(1, units / vps)
    stray = np.abs(run_times(run(text)) - expected).max()
    assert stray <= (2 if "numa_nodes" in host else 1) * SLACK + 2 * SLICE


@settings(max_examples=25)
@given(SHAPES, st.lists(st.integers(1, 10_000), min_size=1, max_size=14))
def test_weighted_shares_are_those_of_water_filling(host, weights):
    guests = [guest(f"g{i}", 1, always_runnable(), processor={"weight": w}) for i, w in enumerate(weights)]
    found = run_times(run(scenario(60 * S, host, guests, scheduler="classic"))) / (60 * S)
    order = [f"g{i}" for i in range(len(weights))]
    expected = dict(zip(order, water_filling(weights, np.ones(len(weights)), lps_of(host)), strict=True))
    assert found == pytest.approx([expected[name] for name in sorted(order)], abs=0.005)


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 10), st.sampled_from([0, 5, 20, 65, 200]), st.data())
def test_no_vp_is_ahead_of_another_by_more_than_the_slack_and_two_slices(lps, more, slack_ms, data):
    """At any time: of VPs of equal weight that always have work, on one node."""
    vps = lps + more
    text = scenario(
        2 * S, lps, one_vp_guests(vps), trace=["dispatch"], scheduling={"slack": ns(slack_ms * MS)}
    )
    rows = run(text)["dispatch"]
    for time in data.draw(st.lists(st.integers(0, 2 * S), min_size=5, max_size=5)):
        ran = np.clip(rows.end_ns, None, time) - np.clip(rows.start_ns, None, time)
        by_vm = ran.groupby(rows.partition).sum().reindex([f"g{i}" for i in range(vps)], fill_value=0)
        assert by_vm.max() - by_vm.min() <= slack_ms * MS + 2 * SLICE


def moved(result):
    """Migrations by dispatches, and remote by all run time, after the first second."""
    vps = result["virtual_processor"]
    vps = vps[vps.time_ns > S]
    ran = (vps.guest_run_ns + vps.hypervisor_run_ns).sum()
    return vps.migrations.sum() / vps.dispatches.sum(), vps.remote_run_ns.sum() / ran


BALANCED = {
    "two nodes": ({"sockets": 2, "cores_per_socket": 4, "numa_nodes": 2}, [4, 2, 2, 2, 2]),
    "two nodes with SMT": (
        {"sockets": 2, "cores_per_socket": 2, "threads_per_core": 2, "numa_nodes": 2},
        [4, 4, 2, 2, 2, 2],
    ),
    "four nodes": ({"sockets": 4, "cores_per_socket": 2, "numa_nodes": 4}, [2, 2, 2, 2, 1, 1, 1, 1]),
    "one node": ({"logical_processors": 6}, [1] * 12),
}


@pytest.mark.parametrize("shape", BALANCED)
@pytest.mark.parametrize("scheduler", ["classic", "core"])
def test_on_a_balanced_host_few_dispatches_migrate_and_no_vp_leaves_its_node(shape, scheduler):
    host, sizes = BALANCED[shape]
    guests = [guest(f"g{i}", vps, always_runnable(vps), memory="1 GiB") for i, vps in enumerate(sizes)]
    root = {"background_cpu": "1 %"}
    text = scenario(10 * S, host, guests, scheduler=scheduler, sample="1 s", root=root)
    migrating, remote = moved(run(text))
    assert migrating < 0.05
    assert remote < 0.01


def test_on_an_unbalanced_host_vps_are_remote_no_more_than_equal_shares_need():
    """Eight VPs belong to one node of four LPs, four to the other: of 8 LPs, 8 x 2/3 - 4 serve VPs of the first remotely."""
    host = {"sockets": 2, "cores_per_socket": 4, "numa_nodes": 2}
    guests = [guest(f"g{i}", 2, always_runnable(2), memory="7 GiB") for i in range(4)]
    guests += [guest("wide", 4, always_runnable(4), memory="30 GiB")]
    result = run(scenario(10 * S, host, guests[4:] + guests[:4], sample="1 s"))
    assert run_times(result) == pytest.approx(10 * S * 2 / 3, abs=2 * SLACK + 2 * SLICE)
    assert moved(result)[1] == pytest.approx((8 * 2 / 3 - 4) / 8, abs=0.01)


def test_a_vp_displaced_from_its_node_returns():
    """A burst of work on one node sends VPs to the other; when it is over they are back within a slice."""
    host = {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2}
    guests = [
        guest("a", 2, always_runnable(2), memory="20 GiB"),
        guest("b", 2, always_runnable(2), memory="20 GiB", start="1 s", stop="2 s"),
        guest("c", 2, always_runnable(2), memory="20 GiB", stop="1500 ms"),
    ]
    vps = run(scenario(3 * S, host, guests, sample="20 ms"))["virtual_processor"]
    remote = vps.groupby("time_ns").remote_run_ns.sum()
    assert remote[remote.index > 2 * S + 40 * MS].sum() == 0


@pytest.mark.parametrize("stop_ms", [505, 605, 735])
def test_two_vps_that_are_both_off_their_nodes_change_places(stop_ms):
    """Five VPs share an LP on each of two nodes; when three have stopped, either of two may run where the other belongs."""
    host = {"sockets": 2, "cores_per_socket": 1, "numa_nodes": 2}
    stop = {"stop": ns(stop_ms * MS)}
    guests = [
        guest(name, 1, always_runnable(), memory="9 GiB", **({} if name in "ab" else stop))
        for name in "abcde"
    ]
    text = scenario(2 * S, host, guests, sample="20 ms", scheduling={"slack": ns(5 * MS)})
    vps = run(text)["virtual_processor"]
    remote = vps.groupby("time_ns").remote_run_ns.sum()
    assert remote[remote.index <= stop_ms * MS].sum() > 0
    assert remote[remote.index > (stop_ms + 45) * MS].sum() == 0


# Waking.


def waits(wake, hogs, weights=None, **more):
    """When a VP that wakes each 200 ms on one LP was ready, and when it ran, beside `hogs` that always work; costs are zero."""
    guests = [
        guest(f"hog{i}", 1, always_runnable(), processor={"weight": (weights or [100] * hogs)[i]})
        for i in range(hogs)
    ]
    guests.append(guest("quiet", 1, opened(fixed(200 * MS), fixed(MS))))
    text = scenario(10 * S, 1, guests, trace=["dispatch"], scheduling={"wake": wake}, **more)
    return run(text)["dispatch"]


@pytest.mark.parametrize("hogs", [1, 2, 3, 6, 9])
def test_at_the_tail_it_waits_for_the_present_slice_and_one_of_each_that_waits(hogs):
    rows = waits("tail", hogs)
    quiet = rows[rows.partition == "quiet"]
    for wake in quiet.itertuples():
        present = rows[(rows.start_ns <= wake.ready_ns) & (rows.end_ns > wake.ready_ns)].iloc[0]
        expected = present.end_ns + (hogs - 1) * SLICE
        assert wake.start_ns == expected


@pytest.mark.parametrize("root_pct", [2, 20, 40])
def test_at_the_tail_it_waits_for_whole_slices_also_where_the_root_interrupts_them(root_pct):
    """The present slice and two more end: what the root takes off its LP goes on with the rest of its slice, which is one turn, not two."""
    rows = waits("tail", 3, root={"background_cpu": f"{root_pct} %"})
    quiet = rows[(rows.partition == "quiet") & (rows.ready_ns < 3 * S)]
    wakes = quiet[~quiet.ready_ns.isin(quiet.end_ns[quiet.reason == "preempted"])]
    assert len(wakes) > 10
    for wake in wakes.itertuples():
        between = rows[(rows.end_ns > wake.ready_ns) & (rows.start_ns < wake.start_ns)]
        hogs = between[between.partition.str.startswith("hog")]
        assert (hogs.reason == "slice").sum() == 3
        ran = hogs.end_ns.clip(upper=wake.start_ns) - hogs.start_ns.clip(lower=wake.ready_ns)
        assert ran.sum() <= 4 * SLICE


@pytest.mark.parametrize("hogs", [1, 2, 3, 6, 9])
def test_at_the_head_it_waits_for_the_present_slice_only(hogs):
    rows = waits("head", hogs)
    for wake in rows[rows.partition == "quiet"].itertuples():
        present = rows[(rows.start_ns <= wake.ready_ns) & (rows.end_ns > wake.ready_ns)].iloc[0]
        assert wake.start_ns == present.end_ns


def test_the_head_is_not_for_a_vp_that_has_had_more_than_its_share():
    """One that works 9 ms of every 10 would have 90 % of the LP if it went first each time; it gets half."""
    greedy = opened(fixed(10 * MS), fixed(9 * MS))
    guests = [guest("hog", 1, always_runnable()), guest("greedy", 1, greedy)]
    found = run(scenario(20 * S, 1, guests, scheduling={"wake": "head"}))
    assert found.of("greedy").guest_run_ns / (20 * S) == pytest.approx(0.5, abs=0.01)


def fair_reference(weights, until_ns):
    """Dispatches on one LP by start-time fair queueing: who has had least for its weight begins a slice; equals in turn.

    The last VP sleeps until a multiple of 200 ms, works 1 ms, and resumes at the start tag of the slice in progress at least.
    """
    tags, queue, quiet = [0.0] * len(weights), list(range(len(weights) - 1)), len(weights) - 1
    now, wake_ns, found, sequence = 0, 200 * MS, [], dict(enumerate(range(len(weights))))
    count = len(weights)
    while now < until_ns:
        vp = min(queue, key=lambda v: (tags[v], sequence[v]))
        length = MS if vp == quiet else SLICE
        found.append((vp, now))
        end = now + length
        if wake_ns < end and quiet not in queue and vp != quiet:
            tags[quiet] = max(tags[quiet], tags[vp])
            queue.append(quiet)
            sequence[quiet] = count = count + 1
            wake_ns += 200 * MS
        tags[vp] += length * 100 / weights[vp]
        if vp == quiet:
            queue.remove(quiet)
        else:
            sequence[vp] = count = count + 1
        now = end
    return found


@pytest.mark.parametrize("weights", [[100, 100, 100], [100, 200, 400], [400, 100]])
def test_fairly_it_stands_where_its_virtual_time_puts_it(weights):
    """Against a reference written down apart: every dispatch, its start and its VP."""
    names = [f"hog{i}" for i in range(len(weights))] + ["quiet"]
    rows = waits("fair", len(weights), weights)
    starts = [(names.index(row.partition), row.start_ns) for row in rows.itertuples()]
    expected = fair_reference([*weights, 100], 5 * S)
    merged = [one for i, one in enumerate(expected) if i == 0 or one[0] != expected[i - 1][0]]
    assert starts[: len(merged) - 1] == merged[:-1]


def test_the_size_of_a_list_is_who_waits_in_it():
    """Six VPs on two LPs, each of which has two of them waiting at any time."""
    lps = run(scenario(S, 2, one_vp_guests(6), sample="101 ms"))["logical_processor"]
    assert lps.local_run_list_size.groupby(lps.time_ns).sum().eq(4).all()
    idle = run(scenario(S, 2, one_vp_guests(2), sample="101 ms"))["logical_processor"]
    assert idle.local_run_list_size.eq(0).all()
