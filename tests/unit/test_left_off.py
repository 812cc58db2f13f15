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


def idle(name, memory="2 GiB", vps=1, **more):
    return guest(name, vps, IDLE, memory=memory, **{"host": "a"} | more)


def test_one_for_which_no_host_has_the_memory_is_named_with_what_was_to_be_had():
    """b has 3 GiB: g takes two of them, and h, which comes after it, finds one."""
    outcome, said = left([idle("g"), idle("h")], own=SMALL)
    assert said == [
        "h was not restarted after its host a failed: it needs 2048 MiB, and 1024 MiB can be had on the host with most that suits it"
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
    assert said[0].endswith("it needs 4096 MiB, and 3072 MiB can be had on the host with most that suits it")


def test_memory_of_a_node_that_a_guest_may_not_leave_is_what_can_be_had():
    """b has 1.5 GiB on each of two nodes."""
    own = {"b": SMALL["b"] | {"numa_nodes": 2, "numa_spanning": False}}
    _, said = left([idle("g")], own=own)
    assert said[0].endswith("it needs 2048 MiB, and 1536 MiB can be had on the host with most that suits it")


def test_one_whose_reserve_fits_nowhere_lacks_no_memory():
    """b has two LPs: g reserves both."""
    pair = [idle(name, "1 GiB", 2, processor={"reserve": "100 %"}) for name in "gh"]
    outcome, said = left(pair, own={"a": {"logical_processors": 4}, "b": {"logical_processors": 2}})
    assert said == [
        "h was not restarted after its host a failed: its CPU reserve does not fit on any host with room for its memory"
    ]
    assert (outcome.not_restarted, outcome.without_memory) == (("h",), ())


def test_one_that_suits_no_host_is_told_with_what_each_lacks():
    tied = idle("g", "1 GiB", processor={"affinity": [3]})
    outcome, said = left([tied], own={"a": {"logical_processors": 4}}, hosts=("a", "b", "c"))
    assert said == [
        "g was not restarted after its host a failed: no host that is up suits it: b: there is no LP 3; c: there is no LP 3"
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
            "it needs 4096 MiB, and 3072 MiB can be had on the host with most that suits it"
        )
        assert outcome.without_memory == ("g",)


def test_without_another_host_that_is_up_none_takes_it():
    outcome, said = left([idle("g")], [of_host(500 * MS, "fail", "b"), FAILS])
    assert said == ["g was not restarted after its host a failed: no other host is up"]
    assert (outcome.not_restarted, outcome.without_memory) == (("g",), ())


def test_where_the_root_may_not_commit_what_a_guest_takes_that_is_told():
    root = {"commit_per_guest": "1 GiB", "page_file": "0 B"}
    own = {"b": {"memory": "8 GiB", "root_reserve": "512 MiB"}}
    outcome, said = left([idle("g")], own=own, root=root)
    why = "the roots of hosts with room for it may not commit what it takes (root.commit_per_guest, root.page_file)"
    assert said == [f"g was not restarted after its host a failed: {why}"]
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


def test_one_that_had_not_started_for_want_of_memory_lacks_it_elsewhere_too():
    own = SMALL | {"a": {"memory": "4608 MiB", "root_reserve": "512 MiB"}}
    outcome, said = left([idle("g", "3 GiB"), idle("h", "3 GiB")], own=own)
    assert said == [
        "h was not restarted after its host a failed: it needs 3072 MiB, and 0 MiB can be had on the host with most that suits it"
    ]
    assert (outcome.not_started, outcome.not_restarted, outcome.without_memory) == ((), ("h",), ("h",))
