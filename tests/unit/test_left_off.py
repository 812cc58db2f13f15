"""Guests that are off at the end, as their host failed and no other could take them: who they are, and what is said of each."""

import pytest

from tests.host_clusters import cluster, of_host
from tests.simulation import IDLE, MS, S, always_runnable, guest, run

DETECTION = {"detection": "1 s", "restart_delay": "500 ms", "restart_pause": "3 s"}
FAILS = of_host(S, "fail", "a")
SMALL = {"b": {"memory": "3584 MiB", "root_reserve": "512 MiB"}}
"""A host with 3 GiB for guests."""


def left(guests, events=(FAILS,), duration_ns=4 * S, **more):
    """The outcome of a run in which hosts fail, and what is said of guests, less that work was not done."""
    outcome = run(cluster(duration_ns, guests, events, **more) | {"cluster": DETECTION}).outcome
    return outcome, list(outcome.warnings)


def tried(at_s):
    """How what a guest lacked begins: tries are 1, 1.5, 2 and 2.5 s after the failure at 1 s, and then every 3 s."""
    return f"when it was last tried, at {at_s:g} s, "


def idle(name, memory="2 GiB", vps=1, **more):
    return guest(name, vps, IDLE, memory=memory, **{"host": "a"} | more)


def test_one_for_which_no_host_has_the_memory_is_named_with_what_was_to_be_had():
    """b has 3 GiB: g takes two of them, and h, which comes after it, finds one."""
    outcome, said = left([idle("g"), idle("h")], own=SMALL)
    assert said == [
        f"h was not restarted after its host a failed: {tried(3.5)}it needed 2048 MiB, and 1024 MiB could be had on the host with most that suited it"
    ]
    assert (outcome.not_restarted, outcome.without_memory, outcome.not_started) == (("h",), ("h",), ())


def test_its_outcomes_are_those_of_the_time_in_which_it_was_on():
    always = guest("h", 1, always_runnable(), memory="4 GiB", host="a")
    outcome, _ = left([always], own=SMALL)
    found = next(each for each in outcome.partitions if each.name == "h")
    assert found.started
    assert found.guest_run_ns == S


def test_of_several_hosts_the_most_that_one_has_is_told():
    own = {"b": {"memory": "1536 MiB", "root_reserve": "512 MiB"}, "c": SMALL["b"]}
    _, said = left([idle("g", "4 GiB")], own=own, hosts=("a", "b", "c"))
    assert said[0].endswith(
        "it needed 4096 MiB, and 3072 MiB could be had on the host with most that suited it"
    )


def test_memory_of_a_node_that_a_guest_may_not_leave_is_what_can_be_had():
    """b has 1.5 GiB on each of two nodes."""
    own = {"b": SMALL["b"] | {"numa_nodes": 2, "numa_spanning": False}}
    _, said = left([idle("g")], own=own)
    assert said[0].endswith(
        "it needed 2048 MiB, and 1536 MiB could be had on the host with most that suited it"
    )


def test_one_whose_reserve_fits_nowhere_lacks_no_memory():
    """b has two LPs: g reserves both."""
    pair = [idle(name, "1 GiB", 2, processor={"reserve": "100 %"}) for name in "gh"]
    outcome, said = left(pair, own={"a": {"logical_processors": 4}, "b": {"logical_processors": 2}})
    assert said == [
        f"h was not restarted after its host a failed: {tried(3.5)}its CPU reserve did not fit on any host with room for its memory"
    ]
    assert (outcome.not_restarted, outcome.without_memory) == (("h",), ())


def test_one_that_suits_no_host_is_told_with_what_each_lacks():
    tied = idle("g", "1 GiB", processor={"affinity": [3]})
    outcome, said = left([tied], own={"a": {"logical_processors": 4}}, hosts=("a", "b", "c"))
    assert said == [
        f"g was not restarted after its host a failed: {tried(3.5)}no host that was up suited it: b: there is no LP 3; c: there is no LP 3"
    ]
    assert (outcome.not_restarted, outcome.without_memory) == (("g",), ())


def test_what_a_host_lacks_that_meets_most_conditions_is_told():
    """b is too small, c does not suit, d is off: memory is what is short."""
    own = {"a": {"logical_processors": 4}, "b": SMALL["b"] | {"logical_processors": 4}}
    tied = idle("g", "4 GiB", processor={"affinity": [3]})
    events = [of_host(500 * MS, "fail", "d"), FAILS]
    for hosts in (("a", "b", "c", "d"), ("d", "c", "b", "a")):
        outcome, said = left([tied], events, own=own, hosts=hosts)
        assert said[0].endswith(
            "it needed 4096 MiB, and 3072 MiB could be had on the host with most that suited it"
        )
        assert outcome.without_memory == ("g",)


def test_without_another_host_that_is_up_none_takes_it():
    outcome, said = left([idle("g")], [of_host(500 * MS, "fail", "b"), FAILS])
    assert said == [f"g was not restarted after its host a failed: {tried(3.5)}no other host was up"]
    assert (outcome.not_restarted, outcome.without_memory) == (("g",), ())


def test_where_the_root_may_not_commit_what_a_guest_takes_that_is_told():
    root = {"commit_per_guest": "1 GiB", "page_file": "0 B"}
    own = {"b": {"memory": "8 GiB", "root_reserve": "512 MiB"}}
    outcome, said = left([idle("g")], own=own, root=root)
    why = "the roots of hosts with room for it might not commit what it takes (root.commit_per_guest, root.page_file)"
    assert said == [f"g was not restarted after its host a failed: {tried(3.5)}{why}"]
    assert outcome.without_memory == ("g",)


def test_a_run_that_ends_before_the_failure_is_noticed_says_so():
    outcome, said = left([idle("g")], duration_ns=1500 * MS)
    assert said == [
        "g is off: its host a failed, and the run ended before the guest was to be restarted (cluster.detection)"
    ]
    assert (outcome.not_restarted, outcome.without_memory) == ((), ())


def test_what_was_lacking_at_an_earlier_failure_is_forgotten():
    """h finds no memory on b at 2 s, and comes back to a at 3 s; a fails again at 3.5 s, too late to be noticed."""
    events = [FAILS, of_host(3 * S, "recover", "a"), of_host(3500 * MS, "fail", "a")]
    outcome, said = left([idle("g"), idle("h")], events, own=SMALL)
    assert said == [
        "h is off: its host a failed, and the run ended before the guest was to be restarted (cluster.detection)"
    ]
    assert outcome.not_restarted == ()


@pytest.mark.parametrize(
    ("guests", "events"),
    [
        ([idle("g", "4 GiB", priority="none")], [FAILS]),
        ([idle("g", "4 GiB", stop="3 s")], [FAILS]),
        ([idle("g", "4 GiB")], [FAILS, of_host(3 * S, "recover", "a")]),
        ([idle("g")], [FAILS]),
    ],
    ids=["not to be restarted", "to be stopped", "its host is back", "restarted"],
)
def test_nothing_is_said_of_one_that_is_as_it_should_be(guests, events):
    outcome, said = left(guests, events, own=SMALL)
    assert said == []
    assert outcome.not_restarted == ()


CROWDED = SMALL | {"a": {"memory": "4608 MiB", "root_reserve": "512 MiB"}}
"""A host a with 4 GiB for guests: after one of 3 GiB there is no room for another."""


def test_one_that_had_not_started_for_want_of_memory_still_has_not():
    """It is tried on b, which g has taken by then; its outcomes are null."""
    outcome, said = left([idle("g", "3 GiB"), idle("h", "3 GiB")], own=CROWDED)
    assert said == [
        f"h did not start: its host a has failed, and {tried(3.5)}it needed 3072 MiB, and 0 MiB could be had on the host with most that suited it"
    ]
    assert (outcome.not_started, outcome.not_restarted, outcome.without_memory) == (("h",), (), ("h",))
    assert not next(each for each in outcome.partitions if each.name == "h").started


@pytest.mark.parametrize("priority", ["medium", "none"])
def test_of_one_that_no_other_host_was_asked_for_its_own_refusal_counts(priority):
    outcome, said = left(
        [idle("g", "3 GiB"), idle("h", "3 GiB", priority=priority)], own=CROWDED, duration_ns=1500 * MS
    )
    assert said[0] == "h did not start: it needs 3072 MiB, and 1024 MiB can be had"
    assert [each.partition(":")[0] for each in said[1:]] == ["g is off"]
    assert (outcome.not_started, outcome.without_memory) == (("h",), ("h",))


def test_one_that_had_not_started_starts_where_there_is_room_though_it_is_not_restarted_else():
    outcome, _ = left([idle("g", "3 GiB", stop="500 ms"), idle("h", "3 GiB", priority="none")], own=CROWDED)
    assert outcome.not_started == ()


def test_one_that_is_to_be_off_by_then_is_left_alone():
    outcome, _ = left([idle("g", "3 GiB"), idle("h", "3 GiB", stop="2 s")], own=SMALL | {"a": CROWDED["a"]})
    assert outcome.not_restarted == ()
    late = guest("late", 1, IDLE, memory="2 GiB", host="b", start="3 s")
    outcome, _ = left(
        [idle("g", "3 GiB", priority="none"), idle("h", "3 GiB", stop="2 s"), late],
        own=CROWDED,
        duration_ns=6 * S,
    )
    assert "late" not in outcome.not_started


def rows(result):
    return [
        (row["time_ns"] // MS, row["partition"], row["outcome"], row["target"])
        for row in result["migration"].to_dict("records")
    ]


def failing(guests, events=(FAILS,), duration_ns=9 * S, **more):
    return run(cluster(duration_ns, guests, events, **more) | {"cluster": DETECTION})


@pytest.mark.parametrize("priority", ["medium", "none"])
def test_a_start_between_the_failure_and_its_detection_is_made_up_for_elsewhere(priority):
    """Due at 1.5 s on the host that failed at 1 s: it runs on b from 2 s on, when the failure is noticed."""
    late = guest("g", 1, always_runnable(), memory="1 GiB", host="a", start="1500 ms", priority=priority)
    result = failing([late])
    assert rows(result) == [(2000, "g", "registered", "b")]
    assert result["partition"].query("partition == 'g'").guest_run_ns.sum() == 7 * S
    assert result.outcome.not_started == ()
    assert result.outcome.warnings[:1] == (
        "g started 0.5 s late: it waited for another host, as its own had failed",
    )


def event(at_ns, action, partition):
    return {"at": f"{at_ns} ns", "action": action, "partition": partition}


@pytest.mark.parametrize("at_ns", [1500 * MS, 3 * S])
def test_a_saved_guest_is_never_restored_on_a_host_that_has_failed(at_ns):
    """Saved at 0.2 s, in 1 s: on disk when a fails at 1.3 s; it goes on on b, when the failure is noticed or when it is asked for, 1 s of reading later."""
    saved = guest("g", 1, always_runnable(), memory="1 GiB", host="a")
    events = [event(200 * MS, "save", "g"), of_host(1300 * MS, "fail", "a"), event(at_ns, "start", "g")]
    result = failing([saved], events, sample="1 s", host={"save_bandwidth": "1 GiB/s"})
    lp = result["logical_processor"]
    assert lp[(lp.host == "a") & (lp.time_ns > 2 * S)].guest_run_ns.sum() == 0
    assert rows(result) == [(2300, "g", "registered", "b")]
    resumed = max(at_ns, 2300 * MS) + S
    assert lp[lp.host == "b"].guest_run_ns.sum() == 9 * S - resumed


def test_a_saved_guest_that_suits_no_other_host_waits_until_its_own_is_back():
    own = {"a": {"logical_processors": 4}}
    saved = guest("g", 1, always_runnable(), memory="1 GiB", host="a", processor={"affinity": [3]})
    events = [
        event(200 * MS, "save", "g"),
        of_host(1300 * MS, "fail", "a"),
        event(3 * S, "start", "g"),
        of_host(5 * S, "recover", "a"),
    ]
    result = failing([saved], events, own=own, sample="1 s", host={"save_bandwidth": "1 GiB/s"})
    lp = result["logical_processor"]
    assert lp[(lp.time_ns > 2 * S) & (lp.time_ns <= 6 * S)].guest_run_ns.sum() == 0
    assert lp[lp.time_ns > 6 * S].guest_run_ns.sum() == 3 * S - 1


def test_a_host_that_is_undrained_takes_guests_that_found_none():
    own = {"b": {"memory": "2 GiB", "root_reserve": "512 MiB"}}
    events = [of_host(500 * MS, "drain", "b"), FAILS, of_host(6 * S, "undrain", "b")]
    result = failing(
        [idle("g", "1 GiB"), idle("late", "1 GiB", start="2500 ms", stop="4 s")], events, own=own
    )
    assert [each[1:] for each in rows(result)] == [("g", "restarted", "b"), ("late", "registered", "b")]
    assert {each[0] for each in rows(result)} == {6000}


def test_when_it_is_undrained_within_a_step_matters_not():
    """Half a millisecond off the steps, beside a busy root: the guest runs from 1 ns later on, however time is cut."""
    always = guest("g", 1, always_runnable(), memory="1 GiB", host="a")
    events = [of_host(500 * MS, "drain", "b"), FAILS, of_host(6000.5 * MS, "undrain", "b")]
    coarse, fine = (
        failing([always], events, sample="1 s", step=step, root={"background_cpu": "60 %"})
        for step in ("100 ms", "250 us")
    )
    assert coarse["migration"].time_ns.tolist() == [6_000_500_001]
    assert coarse.same_as(fine)
