"""Which hosts suit a guest at all, and what `check` warns of: guests that are to go where nothing suits them."""

import pytest

from hvecs.spec.advice import advice
from hvecs.spec.host import Host
from hvecs.spec.moving import why_unsuited
from hvecs.spec.partition import Partition
from tests.host_clusters import cluster, migrate, of_host
from tests.simulation import IDLE, MS, S, always_runnable, guest, parsed, run

SMT = {"scheduler": "core", "threads_per_core": 2, "logical_processors": 4}
PLAIN = {"scheduler": "core", "logical_processors": 4}


def host(**keys):
    return Host.model_validate({"logical_processors": 4, "memory": "8 GiB"} | keys)


def block(vps=1, **keys):
    return Partition.model_validate({"name": "g", "virtual_processors": vps} | keys)


@pytest.mark.parametrize(
    ("block", "before", "after", "why"),
    [
        (block(2), host(), host(), ""),
        (block(processor={"group": "x"}), host(), host(), "a guest in a CPU group stays with it"),
        (block(io={"network": "lan"}), host(), host(), "a guest at a shared NIC stays with it"),
        (block(io={"network": True}), host(), host(), ""),
        (block(processor={"affinity": (0, 3)}), host(), host(), ""),
        (block(processor={"affinity": (0, 4)}), host(logical_processors=8), host(), "there is no LP 4"),
        (block(2), host(**SMT), host(**PLAIN), "its virtual cores have 2 VPs, and cores there one thread"),
        (block(2, processor={"threads_per_core": 1}), host(**SMT), host(**PLAIN), ""),
        (block(1), host(**SMT), host(**PLAIN), ""),
        (block(2), host(**PLAIN), host(**SMT), ""),
        (block(2), host(**SMT), host(**SMT), ""),
        (block(), host(), host(scheduling={"cap_period": "10 ms"}), "the cap period is another"),
    ],
)
def test_what_keeps_a_guest_from_a_host_however_empty_it_is(block, before, after, why):
    assert why_unsuited(block, before, after) == why


def warned(guests, events, **more):
    """The warnings on guests that are sent away, and on events, by where they lie."""
    found = advice(parsed(cluster(4 * S, guests, events, **more)))
    return [
        (each.steps, each.message)
        for each in found
        if "will not go" in each.message or "for no other" in each.message
    ]


def tied(name="g", **more):
    return guest(name, 1, IDLE, memory="1 GiB", host="a", processor={"affinity": [3]}, **more)


FOUR = {"a": {"logical_processors": 4}, "d": {"logical_processors": 4}}
LEAVES = (
    ("partition", 0),
    '"g" can leave its host for no other: b: there is no LP 3; c: there is no LP 3',
)


@pytest.mark.parametrize(
    "events",
    [[of_host(S, "drain", "a")], [of_host(S, "fail", "a")], [migrate(S, "g")]],
    ids=["drain", "fail", "migrate"],
)
def test_a_guest_that_is_to_leave_its_host_and_suits_no_other_is_warned_of(events):
    assert warned([tied()], events, own=FOUR, hosts=("a", "b", "c")) == [LEAVES]
    assert warned([tied()], events, own=FOUR, hosts=("a", "b", "d")) == []
    assert warned([tied(count=2)], events, own=FOUR, hosts=("a", "b", "c"))[0][0] == ("partition", 0)


def test_one_that_stays_is_not():
    hosts = {"own": FOUR, "hosts": ("a", "b", "c")}
    assert warned([tied()], [of_host(S, "drain", "b")], **hosts) == []
    assert warned([tied(), guest("h", 1, IDLE, memory="1 GiB")], [migrate(S, "h")], **hosts) == []
    assert warned([tied(priority="none")], [of_host(S, "fail", "a")], **hosts) == []
    assert warned([tied(priority="none")], [of_host(S, "drain", "a")], **hosts) == [LEAVES]
    assert warned([tied(stop="500 ms")], [of_host(S, "fail", "a")], **hosts) == []
    assert warned([tied(priority="none", start="3 s")], [of_host(S, "fail", "a")], **hosts) == [LEAVES]


def test_where_hosts_are_balanced_each_guest_may_have_to_leave():
    text = cluster(4 * S, [tied()], own=FOUR, hosts=("a", "b", "c"))
    text["cluster"] = {"balancing": "periodic", "balancing_period": "1 s"}
    del text["event"]
    assert LEAVES in [(each.steps, each.message) for each in advice(parsed(text))]


def test_one_that_is_sent_to_a_host_that_does_not_suit_it_is_warned_of_where_it_is_sent():
    events = [migrate(S, "g", "d"), migrate(2 * S, "g", "b")]
    found = warned([tied()], events, own=FOUR, hosts=("a", "b", "d"))
    assert found == [(("event", 1, "to"), '"g" will not go to "b": there is no LP 3')]


def test_a_guest_without_shared_virtual_cores_goes_between_hosts_with_and_without_smt():
    """By its outcome: one with a VP a core goes there and back, one of which two VPs share a core does not leave the host with SMT."""
    guests = [
        guest(name, 2, always_runnable(2), memory="512 MiB", host="a", processor=processor)
        for name, processor in (("own", {"threads_per_core": 1}), ("shared", {}))
    ]
    events = [migrate(S, "own", "b"), migrate(S + MS, "shared", "b"), migrate(3 * S, "own", "a")]
    text = cluster(5 * S, guests, events, own={"a": SMT, "b": PLAIN}, sample="1 s")
    result = run(text)
    moves = result["migration"]
    assert moves.partition.tolist() == ["shared", "own", "own"]
    assert moves.outcome.tolist() == ["unsuited", "done", "done"]
    assert warned(guests, events, own={"a": SMT, "b": PLAIN}) == [
        (
            ("event", 1, "to"),
            '"shared" will not go to "b": its virtual cores have 2 VPs, and cores there one thread',
        )
    ]
    vp = result["virtual_processor"].query("partition == 'own'")
    ran = vp.groupby("time_ns").guest_run_ns.sum() / S
    # its two VPs and the pair of shared take turns at two cores, each for two thirds of one; on b it is alone
    assert ran.tolist()[0] == pytest.approx(4 / 3, abs=0.02)
    assert ran.tolist()[2] == pytest.approx(2, abs=1e-6)
    assert ran.tolist()[4] == pytest.approx(4 / 3, abs=0.02)
