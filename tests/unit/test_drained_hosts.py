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
