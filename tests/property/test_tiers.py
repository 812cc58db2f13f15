"""Tiers on drawn hosts, through stops, restarts, pauses, timeouts and retries: no request is lost, and nothing depends on how time is cut."""

import copy

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hvecs.engine.build import build
from tests.simulation import MS, US, always_runnable, exponential, fixed, guest, ns, parsed, run
from tests.tiers import every_request_is_accounted_for, server, tier, tiered

POLICIES = ["round-robin", "random", "least-outstanding", "two-choices", "weighted"]
ACTIONS = [
    ["stop", "start"],
    ["restart"],
    ["pause", "resume"],
    ["pause", "stop", "start"],
    ["stop"],
    ["restart", "pause"],
]

times = st.sampled_from([50 * US, MS, 3 * MS])
works = st.one_of(times.map(exponential), times.map(fixed))


@st.composite
def tiers_of(draw, name, blocks, called):
    """A tier over some of the guests that calls some of `called`."""
    guests = draw(st.lists(st.sampled_from(blocks), min_size=1, unique=True))
    found = tier(name, guests, draw(works), policy=draw(st.sampled_from(POLICIES)))
    if found["policy"] == "weighted":
        found["weights"] = [draw(st.sampled_from([1, 2.5, 7])) for _ in guests]
    found |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "limit": st.integers(1, 3),
                "queue": st.integers(0, 4),
                "timeout": st.sampled_from([300 * US, 2 * MS, 20 * MS]).map(ns),
                "retries": st.integers(0, 2),
                "threads": st.integers(1, 3),
                "holds_thread": st.booleans(),
                "order": st.sampled_from(["fifo", "round-robin"]),
            },
        )
    )
    if called:
        entries = st.builds(
            lambda other, times, mode: {"tier": other, "times": times, "mode": mode},
            st.sampled_from(called),
            st.integers(1, 3),
            st.sampled_from(["sequential", "parallel"]),
        )
        found["calls"] = draw(st.lists(entries, min_size=1, max_size=3))
        if draw(st.booleans()):
            found["service_after"] = draw(works)
    return found


@st.composite
def hosts(draw):
    duration = draw(st.integers(30 * MS, 90 * MS))
    blocks = []
    smt = draw(st.integers(1, 2))
    for name in ("a", "b", "c"):
        threads = draw(st.integers(1, smt))
        block = server(name, threads * draw(st.integers(1, 2)), count=draw(st.integers(1, 3)))
        block["processor"] = {"threads_per_core": threads}
        block["guest"] |= {
            "boot": ns(draw(st.sampled_from([0, 4 * MS]))),
            "quantum": ns(draw(st.sampled_from([300 * US, MS]))),
            "rebalance": ns(draw(st.sampled_from([200 * US, 5 * MS]))),
        }
        if draw(st.booleans()):
            block["io"] = {
                "network": draw(st.sampled_from([False, True, "nic1"])),
                "ring": draw(st.integers(0, 2)),
                "per_request": draw(st.integers(0, 2)),
                "notify": draw(st.sampled_from(["event", "message"])),
                "device": fixed(draw(st.sampled_from([0, 200 * US]))),
            }
        blocks.append(block)
    names = [block["name"] for block in blocks]
    tiers = [draw(tiers_of("db", names, []))]
    tiers.append(draw(tiers_of("app", names, ["db"])))
    tiers.append(
        draw(tiers_of("web", names, ["app", "db"])) | {"rate": f"{draw(st.sampled_from([200, 1500]))} /s"}
    )
    served = {name for each in tiers for name in each["guests"]}
    for block in blocks:
        if block["name"] not in served:
            block.pop("io", None)
    tiers[0] |= {"rate": "300 /s"}
    if all(call["tier"] != "app" for call in tiers[2]["calls"]):
        tiers[1] |= {"arrivals": fixed(2 * MS)}
    events = [
        {"at": ns(at), "action": action, "partition": f"{block['name']}-0"}
        for block in blocks
        for actions in [draw(st.one_of(st.just([]), st.sampled_from(ACTIONS)))]
        for at, action in zip(
            sorted(draw(st.sets(st.integers(1, duration - 1), min_size=3, max_size=3))), actions, strict=False
        )
    ]
    used = any(block.get("io", {}).get("network") == "nic1" for block in blocks)
    nic = {"bandwidth": "50 Mbit/s", "ring": draw(st.integers(1, 4)), "vmq": draw(st.booleans())}
    costs = draw(st.sampled_from([{"preset": "none"}, {"preset": "default"}]))
    neighbours = [guest("busy", 1, always_runnable(2))] if draw(st.booleans()) else []
    sampled = {
        "sample": ns(draw(st.integers(3 * MS, 20 * MS))),
        "step": ns(draw(st.sampled_from([10 * MS, 777_777]))),
    }
    lps = smt * draw(st.integers(1, 4 // smt))
    return tiered(
        duration,
        lps,
        [*blocks, *neighbours],
        tiers,
        host={"threads_per_core": smt},
        costs=costs,
        event=events,
        network=[{"name": "nic1"} | nic] if used else [],
        seed=draw(st.integers(0, 99)),
        **sampled,
    )


@settings(max_examples=30)
@given(hosts())
def test_no_request_is_lost_and_every_nanosecond_is_on_one_account(text):
    result = run(text)
    every_request_is_accounted_for(result)
    balancers_know_their_guests(text)


@settings(max_examples=10)
@given(hosts())
def test_how_time_is_cut_changes_no_tier(text):
    usual = run(text)
    halved = copy.deepcopy(text)
    halved["scenario"]["step"] = ns(int(text["scenario"]["step"].split()[0]) // 2)
    assert run(halved).same_as(usual)
    assert run(text, fused=False).same_as(usual)


def balancers_know_their_guests(text):
    """At the end the order of each tier has its members that are up, by outstanding requests, and groups that fit; counts are of what is there."""
    world = build(parsed(text))
    world.advance(int(world.tables.clock[0].end_ns))
    w = world.tables
    live = w.visits[visits_of(w)]
    assert [int((live.tier == row).sum()) for row in range(len(w.tiers))] == w.tiers.in_system.tolist()
    for row, t in enumerate(w.tiers):
        order = w.by_outstanding[t.first_member : t.first_member + t.up]
        members = w.members[order]
        assert (np.diff(members.outstanding) >= 0).all()
        assert members.position.tolist() == list(range(t.up))
        assert sorted(order) == sorted(np.flatnonzero((w.members.tier == row) & (w.members.up == 1)))
        for position, member in enumerate(members):
            group = w.groups[member.group]
            assert group.count == member.outstanding
            assert group.first <= position <= group.last
            assert (members.outstanding[group.first : group.last + 1] == group.count).all()
        assert (w.members.outstanding[w.members.tier == row] <= t.limit).all()
    for row, member in enumerate(w.members):
        assert member.outstanding == len(ring(w.tier_lists, len(w.tiers) + row))
        assert (w.attempts[attempts_at(w, row)].has_thread == 1).sum() == member.busy <= member.threads


def ring(rings, closing):
    found, row = [], rings[closing, 0]
    while row != closing:
        found.append(row)
        row = rings[row, 0]
    return found


def attempts_at(w, member):
    return [row - len(w.tiers) - len(w.members) for row in ring(w.tier_lists, len(w.tiers) + member)]


def visits_of(w):
    """The requests of tiers that are in the system: those that wait at a balancer, and those of which a guest has an attempt."""
    waiting = [
        row - len(w.tiers) - len(w.members)
        for tier in range(len(w.tiers))
        for row in ring(w.tier_lists, tier)
    ]
    tried = [w.attempts[row].visit for member in range(len(w.members)) for row in attempts_at(w, member)]
    return [*waiting, *(int(visit) for visit in tried if visit >= 0)]


def test_a_guest_beside_it_changes_no_row_of_a_tier():
    """On LPs of its own, with a stream of its own: no draw of the tier's is another for it."""
    own = {"affinity": [0, 1]}
    shop = tier("shop", ["w"], exponential(2 * MS), rate="700 /s", policy="two-choices", limit=2)
    guests = [server("w", count=3, processor=own)]
    alone = run(tiered(500 * MS, 3, guests, [shop], sample="50 ms"))
    other = guest("busy", 1, always_runnable(), processor={"affinity": [2]})
    beside = run(tiered(500 * MS, 3, [other, *guests], [shop], sample="50 ms"))
    columns = [name for name in alone["tier"].columns if name != "entity"]
    assert alone["tier"][columns].equals(beside["tier"][columns])


def test_what_knows_more_of_the_queues_waits_less():
    """One queue before all, then the shortest queue, then the better of two, then any; in turn is worse than the shortest."""

    def mean(policy, **more):
        shop = tier("shop", ["w"], exponential(MS), rate="5600 /s", policy=policy, **more)
        found = run(tiered(20_000 * MS, 8, [server("w", count=8)], [shop])).outcome.tiers[0]
        return found.response_mean_ns / MS

    one_queue = mean("round-robin", limit=1)
    shortest, of_two, any_ = (mean(policy) for policy in ("least-outstanding", "two-choices", "random"))
    assert one_queue < shortest < of_two < any_
    assert shortest < mean("round-robin") < any_
    assert abs(one_queue - 1.112751) < 0.03  # M/M/8 at 0.7
    assert abs(any_ - 1 / 0.3) < 0.2  # M/M/1
