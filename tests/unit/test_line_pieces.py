"""The line of VPs that wait for an LP, and mates of a CPU group, piece by piece; plain Python on the tables of a small host."""

import pytest

from components.declare import NEVER, NOBODY
from components.virtual_processor import READY, RUNNING
from systems.kernels import heap
from systems.scheduling import line, list_trees, mates, ready, run_lists
from tests.noting import noting
from tests.pieces import host_tables, timer
from tests.plain_tables import plain_python
from tests.simulation import MS, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
TWO_NODES = {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2}


@pytest.mark.parametrize(
    ("run_list", "position", "stands"),
    [(-1, -1, False), (0, -1, True), (1, -1, True), (-1, 0, True), (-1, 1, True)],
)
def test_a_vp_stands_in_line_in_a_run_list_or_among_those_below_their_reserve(run_list, position, stands):
    w = host_tables(2, guest("g", 1, always_runnable()))
    w.in_line[2].run_list, w.entitled.position[2] = run_list, position
    assert line.stands_in_line(w, 2) is stands


def test_only_the_first_of_a_set_that_comes_to_wait_rouses_lps(monkeypatch):
    w = host_tables(1, guest("g", 3, always_runnable(3)))
    calls = noting(monkeypatch, line, "rouse")
    w.vps.home_lp = 0
    for vp in (1, 2, 3):
        line.stand_in_line(w, vp)
    assert calls == [("rouse", 0)]
    assert w.affinity_sets[0].waiting == 3
    assert w.lps[0].waiting == 3


# Who is overdue: due at 100, with a slack of 30.


@pytest.mark.parametrize(
    ("slacks", "moved_on", "last"), [(0, 0, 100), (1, 0, 130), (2, 0, 160), (0, 7, 107), (1, 7, 137)]
)
def test_a_vp_is_overdue_once_others_are_ahead_of_it_by_more_than_its_slacks(slacks, moved_on, last):
    """What its CPU group lost to the group's cap is added to its virtual time."""
    grouped = guest("g", 1, always_runnable(), processor={"group": "g"})
    w = host_tables(1, grouped, host={"cpu_group": [{"name": "g"}]})
    w.in_line[1].due_ns, w.vp_controls[1].slack_ns = 100, 30
    w.cpu_groups[0].moved_on_ns = moved_on
    assert not run_lists._is_overdue(w, 1, last, slacks)
    assert run_lists._is_overdue(w, 1, last + 1, slacks)


@pytest.mark.parametrize("waits_for", [0, 1, 5])
def test_a_vp_that_stands_aside_is_never_overdue(waits_for):
    """It waits for 0 turns where the root took a VP off the LP before, which then left the list for no turn."""
    w = host_tables(1, guest("g", 1, always_runnable()))
    w.in_line[1].due_ns, w.in_line[1].waits_for = 100, waits_for
    assert not run_lists._is_overdue(w, 1, 1000, 0)


def _waiting(w, vp, home_lp, virtual_ns):
    w.vps[vp].state, w.vps[vp].home_lp, w.vps[vp].virtual_ns = READY, home_lp, virtual_ns
    line.stand_in_line(w, vp)


def test_an_lp_without_a_list_of_its_own_takes_from_its_node_before_others():
    """VPs 4 and 5 may use all LPs, 6 only those of the second node, 2 and 3."""
    guests = [
        guest("anywhere", 2, always_runnable(2)),
        guest("second", 1, always_runnable(), processor={"affinity": [2, 3]}),
    ]
    w = host_tables(TWO_NODES, *guests)
    assert [run_lists.nearest_waiting(w, lp) for lp in range(4)] == [NOBODY] * 4
    _waiting(w, 6, 3, 20)
    assert [run_lists.nearest_waiting(w, lp) for lp in range(4)] == [NOBODY, NOBODY, 6, 6]
    _waiting(w, 4, 0, 10)
    assert [run_lists.nearest_waiting(w, lp) for lp in range(4)] == [4, 4, 6, 6]
    _waiting(w, 5, 2, 10)
    assert [run_lists.nearest_waiting(w, lp) for lp in range(4)] == [4, 4, 5, 5]
    line.leave_line(w, 4)
    assert [run_lists.nearest_waiting(w, lp) for lp in range(4)] == [5, 5, 5, 5]
    line.leave_line(w, 5)
    assert [run_lists.nearest_waiting(w, lp) for lp in range(4)] == [NOBODY, NOBODY, 6, 6]


# Trees of lists, here of 1, 3 and 4 lists from 0 on.


def _tree(lists, due):
    w = host_tables(lists, guest("g", 1, always_runnable()))
    for run_list, due_ns in enumerate(due):
        list_trees.set_due(w, 0, run_list, due_ns)
    return w


@pytest.mark.parametrize(
    ("due", "first"),
    [
        ([5], 0),
        ([NEVER], NOBODY),
        ([NEVER, NEVER, 7], 2),
        ([7, 7, 8], 0),
        ([8, 7, 7, 9], 1),
        ([9, 8, 8, 7], 3),
        ([NEVER, NEVER, 7, 7], 2),
        ([NEVER] * 4, NOBODY),
    ],
)
def test_the_first_list_is_the_one_due_first_and_of_equals_the_lower(due, first):
    w = _tree(len(due), due)
    assert list_trees.first_due(w, 0) == first
    for run_list in range(len(due)):
        list_trees.set_due(w, 0, run_list, NEVER)
    assert list_trees.first_due(w, 0) == NOBODY


@pytest.mark.parametrize(
    ("low", "high", "first"),
    [
        (0, 0, NOBODY),
        (0, 1, 0),
        (1, 2, NOBODY),
        (1, 3, 2),
        (0, 2, 0),
        (0, 3, 2),
        (1, 4, 3),
        (2, 4, 3),
        (3, 4, 3),
        (0, 4, 3),
        (4, 4, NOBODY),
    ],
)
def test_the_first_list_of_a_range_lies_within_it(low, high, first):
    """Lists 0 to 3 are due at 9, never, at 8 and at 7."""
    assert list_trees.first_due_among(_tree(4, [9, NEVER, 8, 7]), 0, low, high) == first


# The next renewal of a cap.


@pytest.mark.parametrize("vp", [0, 2])
def test_the_timer_of_caps_is_set_to_the_first_renewal_that_a_vp_waits_for(vp):
    w = host_tables(2, guest("g", 2, always_runnable(2)))
    ready.set_cap_timer(w)
    assert timer(w, w.schedule.cap_period, 0) is None
    heap.push(w.held, 0, vp, 5 * MS, 1)
    ready.set_cap_timer(w)
    assert timer(w, w.schedule.cap_period, 0) == 5 * MS
    heap.push(w.held, 0, 3, 4 * MS, 2)
    ready.set_cap_timer(w)
    assert timer(w, w.schedule.cap_period, 0) == 4 * MS


# Mates: VP 2 is in no group, 3 and 4 are in group 0, 5 and 6 in group 1.


def _grouped():
    groups = [{"name": name, "cap": "50 %"} for name in ("a", "b")]
    guests = [
        guest("single", 1, always_runnable()),
        guest("first", 2, always_runnable(2), processor={"group": "a"}),
        guest("second", 2, always_runnable(2), processor={"group": "b"}),
    ]
    return host_tables(2, *guests, host={"cpu_group": groups})


@pytest.mark.parametrize(
    ("vp", "group"), [(NOBODY, None), (0, None), (2, None), (3, 0), (4, 0), (5, 1), (6, 1)]
)
def test_a_vp_that_has_left_its_lp_makes_room_for_its_own_group_alone(monkeypatch, vp, group):
    w = _grouped()
    calls = noting(monkeypatch, mates, "admit_next", result=99)
    assert mates.admit_mate(w, vp, MS) == (NOBODY if group is None else 99)
    assert calls == ([] if group is None else [("admit_next", group, MS)])


@pytest.mark.parametrize(("had_ns", "is_called"), [(99, True), (100, True), (101, False), (NOBODY, False)])
@pytest.mark.parametrize(("vp", "mate"), [(3, 4), (6, 5)])
def test_a_mate_is_called_that_has_had_no_more_than_the_one_that_runs(
    monkeypatch, vp, mate, had_ns, is_called
):
    """The one that runs has had 100; nobody waits where the mate's time is NOBODY."""
    w = _grouped()
    calls = noting(monkeypatch, mates, "_admit")
    w.vps[vp].state, w.vps[vp].lp, w.vps[vp].virtual_ns = RUNNING, 1, 100
    w.vps[mate].home_lp = 0
    if had_ns != NOBODY:
        heap.push(w.held, 1 + w.vp_controls[mate].cpu_group, mate, had_ns, 1)
    assert mates.call_mate(w, vp, MS) == (mate if is_called else NOBODY)
    assert calls == ([("_admit", mate, MS)] if is_called else [])
    assert w.vps[mate].home_lp == int(is_called)


def test_no_mate_is_called_beside_a_vp_that_does_not_run_or_is_in_no_group(monkeypatch):
    w = _grouped()
    calls = noting(monkeypatch, mates, "_admit")
    heap.push(w.held, 1, 4, 0, 1)
    w.vps[3].state, w.vps[3].lp = READY, NOBODY
    w.vps[2].state, w.vps[2].lp = RUNNING, 0
    assert [mates.call_mate(w, vp, MS) for vp in (3, 2)] == [NOBODY, NOBODY]
    assert calls == []
