"""Guests that will not start are known beforehand: exactly where memory is static, and never wrongly."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hvecs.spec import room
from hvecs.spec.advice import advice
from hvecs.spec.room import denials
from systems.memory import waiting
from tests.simulation import IDLE, MS, constant, dynamic, guest, mib, ns, parsed, run, scenario


def host(guests, **more):
    keys = {"memory": "1000 MiB", "root_reserve": "100 MiB", **more.pop("host", {})}
    return scenario(50 * MS, more.pop("lps", 4), guests, host=keys, **more)


def denied(text):
    return [each.name for each in denials(parsed(text))]


def test_the_third_of_three_guests_finds_too_little():
    text = host([guest("a", 1, IDLE, memory=mib(400), count=2), guest("b", 1, IDLE, memory=mib(200))])
    (found,) = denials(parsed(text))
    assert (found.name, found.block) == ("b", 1)
    assert found.reason == "it needs 200 MiB, and 100 MiB can be had"
    (warning,) = advice(parsed(text))
    assert warning.steps == ("partition", 1, "memory")
    assert warning.message == "b will not start: it needs 200 MiB, and 100 MiB can be had"


def test_a_stop_gives_back_in_time_for_a_start_at_the_same_instant():
    first = guest("a", 1, IDLE, memory=mib(800), stop=ns(10 * MS))
    assert denied(host([first, guest("b", 1, IDLE, memory=mib(800), start=ns(10 * MS))])) == []
    assert denied(host([first, guest("b", 1, IDLE, memory=mib(800), start=ns(10 * MS - 1))])) == ["b"]


def test_a_start_that_is_tried_again_may_find_memory():
    first = guest("a", 1, IDLE, memory=mib(800), stop=ns(10 * MS))
    later = guest("b", 1, IDLE, memory=mib(800), start=ns(5 * MS))
    for retry, expected in ((5 * MS, []), (4 * MS, []), (46 * MS, ["b"])):
        keys = {"start_retry": ns(retry)}
        assert denied(host([first, later], host={"dynamic_memory": keys})) == expected
    assert denied(host([first, later], host={"dynamic_memory": {"start_policy": "once"}})) == ["b"]


def test_without_spanning_a_guest_needs_a_node_that_holds_it():
    two = {"sockets": 2, "cores_per_socket": 2}
    blocks = [guest("a", 1, IDLE, memory=mib(300), count=2), guest("b", 1, IDLE, memory=mib(200))]
    assert denied(host(blocks, lps=two, host={"numa_nodes": 2})) == []
    text = host(blocks, lps=two, host={"numa_nodes": 2, "numa_spanning": False})
    (found,) = denials(parsed(text))
    assert found.reason == (
        "it needs 200 MiB, and 150 MiB can be had on NUMA node 0, which it may not leave (host.numa_spanning)"
    )


def test_what_a_guest_with_dynamic_memory_can_give_up_counts_once_it_reports():
    big = dynamic("a", 800, constant(100), minimum=mib(100))
    for start, expected in ((20 * MS - 1, ["b"]), (20 * MS, [])):
        later = guest("b", 1, IDLE, memory=mib(500), start=ns(start))
        assert denied(host([big, later], host={"dynamic_memory": {"first_report": ns(20 * MS)}})) == expected


@st.composite
def hosts(draw, *, all_static):
    blocks = []
    for number in range(draw(st.integers(1, 6))):
        size = 2 * draw(st.integers(16, 300))
        if all_static or draw(st.booleans()):
            block = guest(f"g{number}", draw(st.integers(1, 4)), IDLE, memory=mib(size))
        else:
            block = dynamic(f"g{number}", size, constant(draw(st.integers(1, 900))), minimum=mib(32))
        start = draw(st.sampled_from([0, 0, 5, 10, 15])) * MS
        block["start"] = ns(start)
        if draw(st.booleans()):
            block["stop"] = ns(start + draw(st.sampled_from([5, 10])) * MS)
        if draw(st.booleans()):
            block["processor"] = {"affinity": draw(st.sampled_from([[0], [2], [0, 1]]))}
        blocks.append(block)
    spanning = draw(st.booleans())
    keys = {
        "numa_nodes": 2,
        "numa_spanning": spanning,
        "dynamic_memory": {
            "period": ns(4 * MS),
            "first_report": ns(5 * MS),
            "start_retry": ns(draw(st.sampled_from([3, 7, 100])) * MS),
            "start_policy": draw(st.sampled_from(["retry", "retry", "once", "cluster"])),
        },
    }
    keys |= {
        "memory": mib(2 * draw(st.integers(670, 1000))),
        "page": draw(st.sampled_from(["2 MiB", "4 KiB"])),
    }
    return host(blocks, lps={"sockets": 2, "cores_per_socket": 2}, host=keys)


def test_a_guest_is_looked_for_on_the_node_where_it_is_placed():
    """Fewest VPs come before most memory: b and c go beside each other, so that d, of 6 GiB, has room beside a."""
    sizes = (("a", 4, 1), ("b", 1, 4), ("c", 1, 2), ("d", 1, 6))
    blocks = [guest(name, vps, IDLE, memory=f"{size} GiB") for name, vps, size in sizes]
    keys = {"numa_nodes": 2, "numa_spanning": False, "memory": "16 GiB", "root_reserve": "2 GiB"}
    text = host(blocks, lps={"sockets": 2, "cores_per_socket": 4}, host=keys)
    assert denied(text) == [] == list(run(text).outcome.not_started)


def test_a_start_that_is_tried_often_is_looked_at_when_something_changes():
    """A day of tries each millisecond, 8.64e7 of them; the second guest gives back 500 MiB at the end, beside 100 that are free."""
    for size, expected in ((600, []), (602, ["c"])):
        blocks = [
            guest("a", 1, IDLE, memory=mib(300)),
            guest("b", 1, IDLE, memory=mib(500), stop="23 h"),
            guest("c", 1, IDLE, memory=mib(size)),
        ]
        text = host(blocks, host={"dynamic_memory": {"start_retry": "1 ms"}})
        text["scenario"]["duration"] = "1 d"
        assert denied(text) == expected


@given(hosts(all_static=True))
@settings(max_examples=60)
def test_with_static_memory_exactly_those_do_not_start_that_were_named(text):
    assert sorted(denied(text)) == sorted(run(text).outcome.not_started)


@given(hosts(all_static=False))
@settings(max_examples=60)
def test_with_dynamic_memory_nobody_starts_that_was_named(text):
    assert set(denied(text)) <= set(run(text).outcome.not_started)


def test_a_cluster_is_foreseen_to_try_again_as_it_does():
    assert (room.CLUSTER_TRIES, room.CLUSTER_DELAY, room.CLUSTER_PAUSE) == (
        waiting._CLUSTER_TRIES,
        waiting._CLUSTER_DELAY_NS,
        waiting._CLUSTER_PAUSE_NS,
    )
