"""Goals and balancing by themselves, as plain Python on the tables of a small host."""

import numpy as np
import pytest

from components.declare import NOBODY
from components.memory import BALLOON, BY_PRESSURE, BY_WEIGHT, FOR_ANOTHER, IN_SHORTAGE, OF_SURPLUS
from hvecs.engine.build import build
from systems.memory import balancing, balloon, goals, starting
from systems.state.tables import OK, OPERATIONS_FULL
from tests.host_clusters import cluster
from tests.noting import noting
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import IDLE, S, constant, dynamic, guest, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
SMALL = {"memory": "4 GiB"}
FRAME = 2 * 2**20
"""Bytes of a frame of these hosts; a block is one frame unless a test says otherwise."""


def _host(guests=1, startup_mib=64):
    """A host with guests of 32 frames and Dynamic Memory, none of which has been started."""
    names = "abc"[:guests]
    blocks = [dynamic(name, startup_mib, constant(100), minimum="32 MiB", buffer="25 %") for name in names]
    world = build(parsed(scenario(S, 1, blocks, host=SMALL)))
    return plain_tables_of(world), world.memory


def _started(w, m, *rows):
    for row in rows:
        starting.back_pages(w, m, row, int(m.partitions[row].startup))


@pytest.mark.parametrize(
    ("reported", "frames"),
    [(96 * 2**20, 60), (96 * 2**20 + 1, 61), (96 * 2**20 - 1, 60), (100 * 2**20, 63), (0, 0), (1, 1)],
)
def test_a_guest_wants_what_it_reported_and_its_buffer_in_whole_frames(reported, frames):
    _, m = _host()
    m.dynamic[0].reported = reported
    assert goals.target(m, 0) == frames


@pytest.mark.parametrize(
    ("committed", "held", "minimum", "frames"),
    [
        # It sees no memory, for which its balloon leaves 8 MiB: 4 frames. Blocks are of four.
        (10, 100, 0, 16),
        (12, 100, 0, 16),
        (13, 100, 0, 20),
        (8, 100, 0, 12),
        (13, 18, 0, 16),
        (13, 100, 19, 20),
        (13, 100, 21, 21),
    ],
)
def test_what_a_guest_is_left_with_is_rounded_up_to_whole_blocks_but_not_beyond_what_it_holds(
    committed, held, minimum, frames
):
    _, m = _host()
    d, p = m.dynamic[0], m.partitions[1]
    m.parameters[0].block, d.keeps_floor, d.minimum = 4, 1, minimum
    p.visible, p.committed, p.held = 0, committed * FRAME, held
    assert goals.lowest(m, 0) == frames


@pytest.mark.parametrize(
    ("policy", "reported", "weights", "available", "found"),
    [
        (
            BY_PRESSURE,
            (50, 150),
            (5000, 5000),
            251,
            (63, 188),
        ),  # enough: what they want, with a buffer of 25 %
        (BY_PRESSURE, (50, 150), (5000, 5000), 250, (62, 188)),
        (BY_PRESSURE, (50, 150), (5000, 5000), 249, (62, 187)),
        (BY_PRESSURE, (50, 150), (5000, 5000), 100, (25, 75)),
        (BY_PRESSURE, (80, 80), (5000, 2500), 99, (66, 33)),
        (BY_PRESSURE, (50, 150), (5000, 5000), 0, (16, 16)),  # their least
        (BY_WEIGHT, (80, 80), (5000, 2500), 92, (56, 36)),  # 16 each, and two thirds and a third of 60
    ],
)
def test_short_memory_goes_to_guests_by_pressure_or_by_weight(policy, reported, weights, available, found):
    _, m = _host(2)
    m.parameters[0].policy = policy
    m.dynamic.reported, m.dynamic.weight = np.array(reported) * FRAME, weights
    m.dynamic.minimum, m.dynamic.reported_ns = 16, 0
    goals.set_goals(m, 0, NOBODY, 0, available)
    assert tuple(m.dynamic.goal.tolist()) == found


@pytest.mark.parametrize(
    ("reported", "held", "pct"), [(48, 24, 200.0), (24, 24, 100.0), (6, 24, 25.0), (48, 0, 0.0)]
)
def test_pressure_is_what_a_guest_reported_as_a_percentage_of_what_it_holds(reported, held, pct):
    _, m = _host()
    m.dynamic[0].reported, m.partitions[1].held = reported * FRAME, held
    assert goals.pressure_pct(m, 0) == pct


@pytest.mark.parametrize(
    ("reported_ns", "paused", "now", "taken"),
    [
        (-1, 0, 99, False),
        (-1, 0, 100, True),  # its first report
        (-1, 1, 100, False),
        (100, 0, 100, False),
        (100, 0, 149, False),
        (100, 0, 150, True),
        (100, 0, 151, True),
        (0, 0, 100, True),
    ],
)
def test_a_guest_reports_from_its_first_report_on_every_so_often(reported_ns, paused, now, taken):
    _, m = _host()
    d = m.dynamic[0]
    m.parameters[0].report_ns, d.reports_from_ns = 50, 100
    d.reported_ns, d.paused, d.reported, m.partitions[1].committed = reported_ns, paused, 1, 2
    goals.take_report(m, 0, now)
    assert (d.reported, d.reported_ns) == ((2, now) if taken else (1, reported_ns))


def test_each_host_is_balanced_once_at_each_multiple_of_its_period(monkeypatch):
    world = build(parsed(cluster(S, [guest("g", 1, IDLE, host="a")], hosts=("a", "b", "c"), host=SMALL)))
    w, m = plain_tables_of(world), world.memory
    done = noting(monkeypatch, balancing, "_balance_host")
    m.parameters.period_ns = (10, 20, 10)
    for until, hosts in ((9, []), (10, [0, 2]), (10, []), (20, [0, 1, 2]), (21, [])):
        assert balancing.balance_memory(w, m, until) == OK
        assert done == [("_balance_host", host, until) for host in hosts]
        done.clear()
    monkeypatch.setattr(balancing, "has_room", lambda _: False)
    assert balancing.balance_memory(w, m, 30) == OPERATIONS_FULL
    assert done == []
    assert m.state.balanced_ns.tolist() == [20, 20, 20]
    assert balancing.balance_memory(w, m, 31) == OK


@pytest.mark.parametrize(
    ("free_and_kept", "reason", "goal"),
    [
        # The guest holds 32 and wants 60.
        ((28, 0), OF_SURPLUS, 60),
        ((27, 0), IN_SHORTAGE, 59),
        ((28, 5), FOR_ANOTHER, 55),
        ((27, 5), IN_SHORTAGE, 54),
        ((100, 5), FOR_ANOTHER, 60),
    ],
)
@pytest.mark.parametrize("row", [0, 1])
def test_memory_is_short_when_the_guests_want_more_than_is_free_and_theirs(
    monkeypatch, row, free_and_kept, reason, goal
):
    """Another guest, which has not reported, has no part in it."""
    w, m = _host(2)
    _started(w, m, 1 + row)
    d = m.dynamic[row]
    d.reported, d.reported_ns, d.moving = 48 * FRAME, 0, 0
    m.nodes[0].free, kept = free_and_kept
    monkeypatch.setattr(balancing, "reserved_frames", lambda *_: kept)
    calls = noting(monkeypatch, balancing, "_remove", "_add")
    balancing._balance(m, 0, NOBODY, 9)
    assert calls == [("_remove", row, 9, reason), ("_add", row, 9, NOBODY, kept)]
    assert (d.goal, d.moving) == (goal, 1)


@pytest.mark.parametrize(
    ("held", "most", "wanted"),
    [
        (50, 512, [8]),
        (52, 512, [12]),
        (43, 512, []),
        (44, 512, [4]),
        (40, 512, []),
        (30, 512, []),
        (50, 7, [4]),
    ],
)
def test_a_guest_is_asked_for_what_it_holds_beyond_its_goal_in_whole_blocks(monkeypatch, held, most, wanted):
    """Its goal is 40; a block is four frames."""
    _, m = _host()
    m.parameters[0].block, m.parameters[0].most_removed = 4, most
    m.dynamic[0].goal, m.partitions[1].held = 40, held
    asked = noting(monkeypatch, balancing, "_take_from")
    balancing._remove(m, 0, 9, OF_SURPLUS)
    assert asked == [("_take_from", 0, 9, each, OF_SURPLUS) for each in wanted]


@pytest.mark.parametrize(("least", "given"), [(20, 12), (28, 4), (32, 0), (40, 0)])
def test_a_guest_that_is_asked_gives_up_no_more_than_leaves_it_its_least(monkeypatch, least, given):
    """It holds 32 frames and is asked for 12."""
    w, m = _host()
    _started(w, m, 1)
    rows = noting(monkeypatch, balancing, "record")
    m.dynamic[0].minimum = least
    balancing._take_from(m, 0, 9, 12, IN_SHORTAGE)
    assert (m.dynamic[0].removed, m.dynamic[0].remove_operations) == (given, 1)
    assert m.partitions[1].ballooned == given
    assert rows == [("record", 9, 1, BALLOON, IN_SHORTAGE, 12, given)]


def _added(w, m, free, given_up=0, cannot_add=0):
    """Give a guest of 32 frames, some of which it has given up, the 28 that it lacks; return what it has got, as frames and operations."""
    _started(w, m, 1)
    balloon.inflate(m, 1, given_up)
    balloon.take_ballooned(m, 1)
    d, p = m.dynamic[0], m.partitions[1]
    d.goal, d.cannot_add, m.nodes[0].free = int(p.held) + 28, cannot_add, free
    before = int(p.held)
    balancing._add(m, 0, 9, NOBODY, 0)
    assert p.held - before == d.added
    return int(d.added), int(d.add_operations), int(d.failed_adds), int(p.visible)


@pytest.mark.parametrize(
    ("free", "given_up", "cannot_add", "found"),
    [
        (0, 0, 0, (0, 0, 0, 32)),  # nothing is free: no operation
        (1, 0, 0, (1, 1, 0, 32 + 64)),  # hot-added in a region of 64
        (100, 0, 0, (28, 1, 0, 32 + 64)),
        (100, 0, 1, (0, 0, 1, 32)),  # it fails: no operation
        (100, 10, 1, (10, 1, 1, 32)),  # what it gave up, it gets
        (100, 30, 0, (28, 1, 0, 32)),
        (6, 10, 0, (6, 1, 0, 32)),  # too little is free: no hot-add yet
        (10, 10, 0, (10, 1, 0, 32)),
        (100, 10, 0, (28, 1, 0, 32 + 64)),
    ],
)
def test_a_guest_gets_back_what_it_gave_up_and_then_more_than_it_saw(free, given_up, cannot_add, found):
    assert _added(*_host(), free, given_up, cannot_add) == found
