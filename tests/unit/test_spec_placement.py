"""Which guest goes to which host: examples worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvecs.spec import Scenario
from hvecs.spec.expected_load import expected_loads
from hvecs.spec.one_host import one_by_one
from hvecs.spec.placement import placed, placement, placement_faults
from hvecs.spec.problems import Fault

OPEN = {"kind": "open", "service": {"distribution": "exponential", "mean": "10 ms"}}


def host(name, lps=4, gib=8, **keys):
    """A host with exactly so much memory for guests."""
    return {"name": name, "logical_processors": lps, "memory": f"{gib} GiB", "root_reserve": "0 B", **keys}


def scenario(*guests, hosts=None, placement=None, **tables):
    run = {"name": "s", **({"placement": placement} if placement else {})}
    hosts = hosts or (host("a"), host("b", gib=16))
    blocks = tuple({"name": f"g{index}", **guest} for index, guest in enumerate(guests))
    return Scenario.model_validate({"scenario": run, "host": hosts, "partition": blocks, **tables})


def names(found):
    hosts = [each.name for each in found.hosts]
    return [hosts[index] for index in placement(found).values()]


def gib(amount, **keys):
    return {"memory": f"{amount} GiB", **keys}


def test_first_fit_takes_the_first_host_with_room():
    assert names(scenario(gib(5), gib(4), gib(3), gib(1))) == ["a", "b", "a", "b"]


def test_by_memory_takes_the_host_with_most_left_and_of_equals_the_first():
    found = scenario(gib(8), gib(4), gib(4), gib(2), gib(1), placement="by-memory")
    # left: a 8, b 16 -> b; a 8, b 8 -> a; a 4, b 8 -> b; a 4, b 4 -> a; a 2, b 4 -> b
    assert names(found) == ["b", "a", "b", "a", "b"]


def test_by_load_takes_the_host_that_is_least_busy_with_the_guest():
    def at(rate, **keys):
        return {"virtual_processors": 4, "workload": OPEN | {"rate": f"{rate} /s"}, **keys}

    hosts = (host("a", lps=2), host("b", lps=4))
    # LPs: 1, 0.5, 2, 1; shares of a and b with the guest: 1/2, 1/4 -> b; 0.5/2, 1.5/4 -> a; 2.5/2, 3/4 -> b; 1.5/2, 4/4 -> a
    found = scenario(at(100), at(50), at(200), at(100), hosts=hosts, placement="by-load")
    assert names(found) == ["b", "a", "b", "a"]
    # equal shares, of idle guests say: where most memory is left
    assert names(scenario(gib(1), gib(1), hosts=(host("a"), host("b", gib=9)), placement="by-load")) == [
        "b",
        "a",
    ]


def test_smt_counts_for_what_it_yields():
    hosts = (host("a", lps=4, threads_per_core=2, smt_yield=1.0), host("b", lps=3))
    load = {"workload": OPEN | {"rate": "50 /s"}}
    # a is worth 2 LPs: 0.5 of 2 against 0.5 of 3
    assert names(scenario(load, hosts=hosts, placement="by-load")) == ["b"]


def test_guests_with_a_host_are_counted_first():
    assert names(scenario(gib(4), gib(8, host="a"))) == ["b", "a"]


def test_a_block_is_spread_guest_by_guest():
    found = scenario(gib(3, count=4), placement="by-memory")
    assert placement(found) == {"g0-0": 1, "g0-1": 1, "g0-2": 1, "g0-3": 0}
    parts = list(one_by_one(found, placement(found)))
    assert [[block.name for block in part.scenario.partition] for part in parts] == [
        ["g0-3"],
        ["g0-0", "g0-1", "g0-2"],
    ]
    assert parts[0].located(Fault(("partition", 0, "memory"), "x", (("host", "memory"),))) == Fault(
        ("partition", 0, "memory"), "x (host a)", (("host", 0, "memory"),)
    )
    assert parts[1].located(Fault(("partition", 2), "x", (("host", "page"),))) == Fault(
        ("partition", 0), "x (host b)", (("host", 1, "page"),)
    )


def test_memory_is_that_of_guests_that_are_on_at_one_time():
    morning, evening = gib(6, stop="10 min"), gib(6, start="10 min")
    assert names(scenario(morning, evening)) == ["a", "a"]
    assert names(scenario(gib(6, stop="10 min"), gib(6, start="9 min"))) == ["a", "b"]
    stopped = ({"at": "5 min", "action": "stop", "partition": "g0"},)
    assert names(scenario(gib(6), gib(6, start="6 min"), event=stopped)) == ["a", "a"]


@pytest.mark.parametrize(
    ("guest", "lacks"),
    [
        (gib(17), ("17408 MiB of memory are wanted, 8192 MiB are left", "17408 MiB of memory are wanted, 16384 MiB are left")),
        ({"processor": {"affinity": (5,)}}, ("there is no LP 5", "there is no LP 5")),
        ({"processor": {"group": "x"}}, ("there is no CPU group x", "there is no CPU group x")),
        ({"processor": {"threads_per_core": 2}}, ("cores have one thread, not 2",) * 2),
        ({"virtual_processors": 4, "processor": {"reserve": "50 %"}}, ("a reserve of 2 LPs is wanted, 1 are left", "a reserve of 2 LPs is wanted, 0 are left")),
        ({"dynamic_memory": {"startup": "17 GiB", "minimum": "1 GiB", "maximum": "20 GiB"}}, ("17408 MiB of memory are wanted, 8192 MiB are left", "17408 MiB of memory are wanted, 16384 MiB are left")),
    ],
)  # fmt: skip
def test_a_guest_that_fits_nowhere_is_told_with_what_each_host_lacks(guest, lacks):
    full = {"virtual_processors": 1, "memory": "2 MiB", "processor": {"reserve": "100 %"}}
    before = [full | {"host": "a"}] * 3 + [full | {"host": "b"}] * 4
    blocks = [block | {"name": f"f{index}"} for index, block in enumerate(before)]
    alone = scenario(*(blocks if "reserve" in guest.get("processor", {}) else []), {"name": "odd", **guest})
    found = placed(alone).unplaced
    assert [(each.name, each.lacks) for each in found] == [("odd", lacks)]
    (fault,) = placement_faults(alone, found)
    assert fault.steps == ("partition", len(alone.partition) - 1)
    assert (
        fault.message
        == f'"odd" fits no host: a: {lacks[0]}; b: {lacks[1]}; expected smaller guests, or more room'
    )


def test_guests_of_a_block_that_fit_nowhere_are_counted():
    found = scenario(gib(8, count=5))
    (fault,) = placement_faults(found, placed(found).unplaced)
    assert fault.message.startswith('"g0-3" and 1 more fits no host: a: 8192 MiB')


def test_a_guest_that_may_not_span_nodes_finds_its_memory_on_one():
    hosts = (host("a", numa_nodes=2, numa_spanning=False), host("b"))
    # 2 nodes of 4 GiB: 3 + 3 leave 1 GiB each
    assert names(scenario(gib(3), gib(3), gib(2), gib(1), hosts=hosts)) == ["a", "a", "b", "a"]
    assert names(
        scenario(gib(3, processor={"affinity": (0,)}), gib(2, processor={"affinity": (1,)}), hosts=hosts)
    ) == ["a", "b"]


def test_no_host_gets_more_guests_or_vps_than_its_version_allows():
    small = {"memory": "2 MiB", "virtual_processors": 1024}
    assert names(scenario(small | {"count": 3})) == ["a", "a", "b"]
    assert (
        names(scenario(small | {"count": 3}, hosts=(host("a", limits="none"), host("b", limits="none"))))
        == ["a"] * 3
    )


def test_loads_are_those_of_what_guests_do():
    closed = {"kind": "closed", "threads": 4, "work": "1 h", "compute": {"distribution": "exponential", "mean": "10 ms"}, "sleep": {"distribution": "exponential", "mean": "30 ms"}}  # fmt: skip
    trace = {"kind": "trace", "times": ("0 s", "30 min", "1 h"), "demand": (20.0, 40.0)}
    found = scenario(
        {"workload": OPEN | {"rate": "50 /s"}},
        {"workload": OPEN | {"rate": "500 /s"}, "virtual_processors": 4, "processor": {"cap": "50 %"}},
        {"workload": closed, "virtual_processors": 2},
        {"workload": trace, "virtual_processors": 2},
        {"workload": OPEN | {"rate": "500 /s", "threads": 1}, "virtual_processors": 4},
        {"count": 2},
        {},
        tier=(
            {"name": "t", "rate": "30 /s", "service": {"distribution": "exponential", "mean": "10 ms"}, "guests": ("g5",), "calls": ({"tier": "u", "times": 2},)},
            {"name": "u", "service": {"distribution": "exponential", "mean": "5 ms"}, "guests": ("g5-1", "g6"), "policy": "weighted", "weights": (2.0, 1.0)},
        ),
    )  # fmt: skip
    assert expected_loads(found) == pytest.approx(
        {"g0": 0.5, "g1": 2.0, "g2": 1.0, "g3": 0.6, "g4": 1.0, "g5-0": 0.15, "g5-1": 0.15 + 0.2, "g6": 0.1}
    )


def test_a_tier_of_one_host_has_on_what_it_has_on_of_all():
    tier = {
        "name": "t", "rate": "1 /s", "service": {"distribution": "exponential", "mean": "1 ms"}, "guests": ("g0",),
        "scaling": {"min": 1, "start": 2, "above": 0.8, "below": 0.2},
    }  # fmt: skip
    found = scenario(gib(3, count=4), placement="by-memory", tier=(tier,))
    a, b = one_by_one(found, placement(found))
    assert a.scenario.tier[0].guests == ("g0-3",)
    assert a.scenario.tier[0].scaling.first == 0
    assert b.scenario.tier[0].guests == ("g0-0", "g0-1", "g0-2")
    assert b.scenario.tier[0].scaling.first == 2


GUESTS = st.lists(
    st.fixed_dictionaries(
        {"memory": st.integers(1, 6).map("{} GiB".format), "virtual_processors": st.integers(1, 4)},
        optional={
            "host": st.sampled_from(["a", "b", "c"]),
            "start": st.sampled_from(["0 s", "1 min", "2 min"]),
            "stop": st.sampled_from(["3 min", "4 min"]),
            "count": st.integers(0, 3),
            "processor": st.fixed_dictionaries({"reserve": st.sampled_from(["0 %", "50 %", "100 %"])}),
        },
    ),
    min_size=1,
    max_size=8,
)


@given(GUESTS, st.sampled_from(["first-fit", "by-memory", "by-load"]))
def test_every_guest_has_a_host_or_is_named_and_what_is_placed_fits(guests, placement):
    hosts = (host("a"), host("b", lps=2, gib=12), host("c", lps=8, gib=6))
    found = scenario(*guests, hosts=hosts, placement=placement)
    where, unplaced = placed(found)
    assert sorted([*where, *(each.name for each in unplaced)]) == sorted(
        guest.name for guest in found.guests()
    )
    assert list(where) == [guest.name for guest in found.guests() if guest.name in where]
    own = {guest.name: guest.block.host for guest in found.guests()}
    assert all("abc"[where[name]] == given for name, given in own.items() if given is not None)
    if any(own.values()):
        return
    for minute in range(6):
        for index, each in enumerate(found.hosts):
            on = [
                guest.block
                for guest in found.guests()
                if where.get(guest.name) == index
                and guest.block.start <= minute * 60e9
                and (guest.block.stop is None or minute * 60e9 < guest.block.stop)
            ]
            assert sum(block.memory for block in on) <= each.memory
            reserves = (
                b.processor.reserve * b.virtual_processors for b in on if b.virtual_processors <= each.lps
            )
            assert sum(reserves) <= 100 * each.lps
