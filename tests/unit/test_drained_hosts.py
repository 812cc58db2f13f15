"""What drains do with guests that are off, start, restart or are on their way elsewhere, by example."""

from tests.host_clusters import cluster, migrate, of_host
from tests.simulation import MS, S, always_runnable, guest, run


def runner(name, memory="512 MiB", **more):
    return guest(name, 1, always_runnable(), memory=memory, host="a", **more)


def moved(result):
    return [
        (row["time_ns"] // MS, row["partition"], row["outcome"], row["target"])
        for row in result["migration"].fillna({"target": ""}).to_dict("records")
    ]


def event(at_ns, action, partition):
    return {"at": f"{at_ns} ns", "action": action, "partition": partition}


def test_a_guest_that_is_off_belongs_to_another_host_at_once_and_starts_there():
    result = run(
        cluster(4 * S, [runner("late", start="2 s"), runner("on")], [of_host(S, "drain", "a")], sample="1 s")
    )
    assert moved(result) == [(1000, "late", "registered", "b"), (1500, "on", "done", "b")]
    vp = result["virtual_processor"]
    late = vp[vp.partition == "late"]
    assert late.host.tolist() == ["b"] * 4  # the sample at 1 s is taken after the drain
    assert (late.guest_run_ns / MS).tolist() == [0, 0, 1000, 1000]


def test_it_stays_where_no_other_host_suits_it_and_is_asked_for_when_it_starts():
    tied = runner("tied", start="2 s", processor={"affinity": [3]})
    own = {"a": {"logical_processors": 4}, "b": {"logical_processors": 2}}
    text = cluster(4 * S, [tied], [of_host(S, "drain", "a")], own=own)
    assert moved(run(text)) == [(2000, "tied", "no host", "")]


def test_a_guest_that_is_stopped_or_started_on_a_drained_host_leaves_it():
    """x is stopped while it waits for its turn; y is stopped on its way: both belong to b then. z, the first to go, is on it."""
    guests = [runner("z"), runner("y"), runner("x")]
    events = [
        of_host(S, "drain", "a"),
        event(1100 * MS, "stop", "x"),
        event(1600 * MS, "stop", "y"),
        event(2 * S, "start", "x"),
    ]
    result = run(cluster(4 * S, guests, events, migration={"simultaneous": 1}, sample="1 s", lps=4))
    assert moved(result) == [
        (1100, "x", "cancelled", ""),
        (1100, "x", "registered", "b"),
        (1500, "z", "done", "b"),
        (1600, "y", "cancelled", "b"),
        (1600, "y", "registered", "b"),
    ]
    vp = result["virtual_processor"]
    assert (vp[vp.partition == "x"].guest_run_ns / MS).tolist() == [1000, 100, 1000, 1000]
    assert set(vp[vp.time_ns == 4 * S].host) == {"b"}


def test_a_guest_that_is_restarted_on_its_way_is_migrated_anew():
    events = [of_host(S, "drain", "a"), event(1200 * MS, "restart", "g")]
    assert moved(run(cluster(4 * S, [runner("g")], events))) == [
        (1200, "g", "cancelled", "b"),
        (1700, "g", "done", "b"),
    ]


def test_a_guest_whose_target_fails_goes_to_another_host_if_its_own_is_drained():
    events = [of_host(S, "drain", "a"), of_host(1200 * MS, "fail", "b")]
    result = run(
        cluster(4 * S, [runner("g")], events, hosts=("a", "b", "c")) | {"cluster": {"detection": "100 ms"}}
    )
    assert moved(result) == [(1200, "g", "cancelled", "b"), (1700, "g", "done", "c")]
    asked = run(
        cluster(4 * S, [runner("g")], [migrate(S, "g", "b"), events[1]], hosts=("a", "b", "c"))
        | {"cluster": {"detection": "100 ms"}}
    )
    assert moved(asked) == [(1200, "g", "cancelled", "b")]


def test_a_guest_that_is_saved_leaves_at_once_and_is_restored_on_the_other_host():
    events = [event(S, "save", "g"), of_host(3 * S, "drain", "a"), event(4 * S, "start", "g")]
    result = run(cluster(8 * S, [runner("g", "256 MiB")], events, sample="1 s"))
    assert moved(result) == [(3000, "g", "registered", "b")]
    lp = result["logical_processor"]
    ran = lp.groupby(["host", "time_ns"]).guest_run_ns.sum()
    assert ran["a"].iloc[-1] == 0
    assert ran["b"].iloc[-1] == S


def test_a_failed_host_moves_guests_that_are_off_with_a_row():
    result = run(
        cluster(4 * S, [runner("late", start="3 s")], [of_host(S, "fail", "a")])
        | {"cluster": {"detection": "500 ms"}}
    )
    assert moved(result) == [(1500, "late", "registered", "b")]


def test_a_guest_on_its_way_to_a_host_that_is_drained_meanwhile_leaves_it_again():
    events = [migrate(S, "g", "b"), of_host(1200 * MS, "drain", "b")]
    result = run(cluster(4 * S, [runner("g")], events, hosts=("a", "b", "c")))
    assert moved(result) == [(1500, "g", "done", "b"), (2000, "g", "done", "a")]
    assert result["event"].result.tolist() == ["done", "done"]


def test_what_waits_for_its_turn_when_a_host_is_no_longer_drained_stays_and_has_a_row():
    events = [of_host(S, "drain", "a"), of_host(1200 * MS, "undrain", "a")]
    guests = [runner("x"), runner("y")]
    result = run(cluster(4 * S, guests, events, migration={"simultaneous": 1}))
    assert moved(result) == [(1200, "y", "cancelled", ""), (1500, "x", "done", "b")]


def test_memory_kept_for_a_guest_on_its_way_is_in_transit():
    """1 GiB takes 1 s from 1 s on; every frame of a host is in some column at each sample."""
    result = run(cluster(3 * S, [runner("g", "1 GiB")], [migrate(S, "g", "b")], sample="500 ms"))
    table = result["dynamic_memory_balancer"].set_index(["host", "time_ns"])
    assert table.in_transit_mib["a"].tolist() == [0] * 6
    assert table.in_transit_mib["b"].tolist() == [0, 1024, 1024, 0, 0, 0]
    guests = result["partition"]
    pages = guests[guests.partition == "g"].groupby(["host", "time_ns"]).gpa_pages.sum() / 256
    parts = table[["available_memory_mib", "in_transit_mib", "root_memory_mib", "hypervisor_memory_mib"]]
    whole = parts.sum(axis=1).add(pages, fill_value=0)
    assert set(whole) == {whole["a"].iloc[0]}


def test_memory_that_was_kept_for_a_guest_that_is_stopped_on_its_way_is_free_again():
    events = [migrate(S, "g", "b"), event(1700 * MS, "stop", "g")]
    result = run(cluster(3 * S, [runner("g", "1 GiB")], events, sample="500 ms"))
    table = result["dynamic_memory_balancer"].set_index(["host", "time_ns"])
    assert table.in_transit_mib["b"].tolist() == [0, 1024, 1024, 0, 0, 0]
    assert table.available_memory_mib["b"].iloc[3] == table.available_memory_mib["b"].iloc[0]
