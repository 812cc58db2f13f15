"""What an LP's event, the end of a burst and the events of rebalancing lead to, by themselves: what they call is noted."""

from types import SimpleNamespace

import pytest

from components.declare import NOBODY
from components.processor import GUEST, HYPERVISOR, REFILL
from components.virtual_processor import RUNNING
from systems.guest.sections import DONE, DONE_AND_WOKE, GOES_ON
from systems.scheduling import aside, deferred, ending, rebalance, running
from tests.noting import noting_one
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import MS, always_runnable, fixed, guest, opened

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
PAIR = guest("g", 2, always_runnable(2))
VP, GUEST_ROW = 1, 1


def _running(phase):
    w = host_tables(1, PAIR)
    w.lps[0].vp, w.lps[0].phase = VP, phase
    w.vps[VP].state, w.vps[VP].lp, w.vps[VP].quantum_left_ns = RUNNING, 0, MS
    return w


@pytest.mark.parametrize(
    ("phase", "yields", "gives_way", "enters"),
    [(HYPERVISOR, 1, 1, 0), (HYPERVISOR, 0, 0, 1), (GUEST, 1, 0, 0), (REFILL, 1, 0, 0)],
)
def test_a_spinner_whose_call_is_paid_gives_way_before_it_enters_guest_code(
    monkeypatch, phase, yields, gives_way, enters
):
    w = _running(phase)
    w.lps[0].yields, w.lps[0].phase_end_ns = yields, 5 * MS
    for name, answer in (
        ("charge_lp", None),
        ("_leave_if_due", running.STAYED),
        ("pay", 0),
        ("_go_on_calling", True),
    ):
        noting_one(monkeypatch, running, name, answer)
    gave, entered = (
        noting_one(monkeypatch, running, "give_way", True),
        noting_one(monkeypatch, running, "_enter_guest", True),
    )
    running.processor_event(w, 0, MS)
    assert (len(gave), len(entered)) == (gives_way, enters)


@pytest.mark.parametrize(("task", "took", "halts"), [(0, 0, 0), (1, 0, 0), (NOBODY, 1, 0), (NOBODY, 1, 1)])
def test_a_vp_that_enters_guest_code_takes_a_task_if_it_has_none(monkeypatch, task, took, halts):
    w = _running(HYPERVISOR)
    w.vps[VP].task, w.vps[VP].guest_idle = task, 1
    for name, answer in (("is_to_change", False), ("go_on", None)):
        noting_one(monkeypatch, running, name, answer)
    taken, halted = (
        noting_one(monkeypatch, running, "take_task", not halts),
        noting_one(monkeypatch, running, "halt"),
    )
    assert running._enter_guest(w, 0, MS) == (not halts)
    assert (len(taken), len(halted)) == (took, halts)
    assert w.vps[VP].guest_idle == halts


@pytest.mark.parametrize("outranked", [False, True])
def test_there_it_gives_its_task_to_one_that_stands_above_it_which_keeps_its_place(monkeypatch, outranked):
    w = _running(HYPERVISOR)
    w.vps[VP].task = 0
    noting_one(monkeypatch, running, "is_to_change", outranked)
    noting_one(monkeypatch, running, "go_on")
    changed = noting_one(monkeypatch, running, "change_task")
    assert running._enter_guest(w, 0, MS)
    assert changed == ([(0, True, MS)] if outranked else [])


@pytest.mark.parametrize(
    ("step", "released", "ready", "kicks"),
    [
        (DONE, 0, 2, 0),
        (DONE, 2, 3, 2),
        (DONE, 3, 1, 1),  # the VP has taken the others itself
        (DONE_AND_WOKE, 0, 2, 1),
        (DONE_AND_WOKE, 1, 2, 2),
        (GOES_ON, 0, 2, 0),
    ],
)
def test_the_end_of_a_burst_kicks_a_vp_for_each_thread_that_it_has_released(
    monkeypatch, step, released, ready, kicks
):
    w = _running(GUEST)
    w.vps[VP].task, w.guests[GUEST_ROW].ready = 0, ready
    w.guests[GUEST_ROW].idle_vps, w.guests[GUEST_ROW].spin_halts = 1, 0
    for name, answer in (
        ("has_lock", True),
        ("at_lock", step),
        ("take_task", True),
        ("go_on", None),
        ("set_lp_timer", None),
    ):
        noting_one(monkeypatch, running, name, answer)
    noting_one(monkeypatch, running, "choose_idle", VP + 1)
    sent, kicked = noting_one(monkeypatch, running, "send_ipi"), noting_one(monkeypatch, running, "kick")
    completed = noting_one(monkeypatch, running, "complete_task", released)
    running._end_burst(w, 0, 0, MS)
    assert (len(completed), len(kicked), len(sent)) == (int(step != GOES_ON), kicks, kicks)


@pytest.mark.parametrize("held", [False, True])
def test_the_end_of_a_burst_ends_the_extension_of_a_slice_for_a_spin_lock(monkeypatch, held):
    w = _running(GUEST)
    w.vps[VP].task = 0
    for name, answer in (
        ("holds_spin_lock", held),
        ("complete_task", 0),
        ("take_task", True),
        ("go_on", None),
        ("set_lp_timer", None),
    ):
        noting_one(monkeypatch, running, name, answer)
    ended = noting_one(monkeypatch, running, "end_extension")
    running._end_burst(w, 0, 0, MS)
    assert ended == ([(0, MS)] if held else [])


@pytest.mark.parametrize("task", [NOBODY, 0, 1])
def test_a_vp_whose_machine_is_off_loses_the_task_that_it_has(task):
    w = host_tables(1, PAIR)
    lost = []
    w = w._replace(schedule=SimpleNamespace(lose=lambda _, kind, row: lost.append((kind, row))))
    w.vps[VP].task = task
    ending._suspend(w, VP, MS)
    assert lost == ([] if task < 0 else [(w.tasks[task].kind, task)])
    assert w.vps[VP].task == NOBODY


def test_those_that_have_just_woken_stand_aside_in_the_order_in_which_they_came():
    """VP 0 too: without a root it is a guest's."""
    w = host_tables(1, guest("g", 4, always_runnable(4)))
    for vp in (0, 2, 1):
        aside.stand_aside(w, 0, vp)
    following = w.in_line.following.tolist()
    assert w.list_heads[0, aside.FIRST_WOKEN] == 0
    assert (following[0], following[2], following[1]) == (2, 1, NOBODY)
    aside.come_from_aside(w, 0, 2)
    assert (w.in_line[0].following, w.in_line[1].previous) == (1, 0)
    aside.come_from_aside(w, 0, 0)
    assert (w.list_heads[0, aside.FIRST_WOKEN], w.list_heads[0, aside.LAST_WOKEN]) == (1, 1)
    aside.come_from_aside(w, 0, 1)
    assert (w.list_heads[0, aside.FIRST_WOKEN], w.list_heads[0, aside.LAST_WOKEN]) == (NOBODY, NOBODY)


@pytest.mark.parametrize(
    ("found", "result"),
    [
        ([NOBODY, NOBODY], NOBODY),
        ([NOBODY, 3], 3),
        ([2, 3], 2),
        ([0, 3], 0),
        ([rebalance._NOT_NOW, NOBODY], rebalance._NOT_NOW),
        ([rebalance._NOT_NOW, 0], 0),
    ],
)
def test_all_affinity_sets_of_the_host_are_asked_for_a_vp_of_a_shared_core(monkeypatch, found, result):
    w = host_tables(1, PAIR)
    asked = []

    def answers(_w, _host, affinity):
        asked.append(affinity)
        return found[affinity - 5]

    monkeypatch.setattr(rebalance, "_find_shared_in", answers)
    w.hosts.first_set, w.hosts.sets = 5, 2
    assert rebalance._find_shared(w, 0) == NOBODY
    assert asked == []  # there is no shared core
    w.host_states.shared_cores = 1
    assert rebalance._find_shared(w, 0) == result
    assert asked == [5, 6][: 1 if found[0] >= 0 else 2]


@pytest.mark.parametrize(
    ("shared", "idle_then", "again"),
    [(1, 4, True), (2, 4, True), (0, 4, False), (1, NOBODY, False), (1, 0, True)],
)
def test_what_is_left_to_move_inside_a_guest_is_moved_later(monkeypatch, shared, idle_then, again):
    """One thread moves; so many virtual cores are shared then, and this VP is the first of an idle one."""
    w = host_tables(1, PAIR)
    idle = iter([4, idle_then])
    monkeypatch.setattr(rebalance, "first_idle_core", lambda *_: next(idle))
    noting_one(monkeypatch, rebalance, "next_shared_core", VP)
    noting_one(monkeypatch, rebalance, "_may_give", True)
    w.guests[GUEST_ROW].shared_cores = 1

    def give(*_):
        w.guests[GUEST_ROW].shared_cores = shared

    monkeypatch.setattr(rebalance, "_give_task", give)
    timers = noting_one(monkeypatch, rebalance, "set_timer")
    w.guests[GUEST_ROW].rebalance_ns, w.parameters.longest_stay_ns = 3 * MS, MS
    rebalance.guest_rebalance_event(w, GUEST_ROW, MS)
    assert [each[1:] for each in timers] == ([(GUEST_ROW, 4 * MS)] if again else [])


@pytest.mark.parametrize(("in_ring", "dropped"), [(0, 0), (3, 0), (4, 1), (5, 1)])
def test_a_request_that_finds_the_ring_of_the_network_full_is_dropped(monkeypatch, in_ring, dropped):
    w = host_tables(1, guest("g", 1, opened(fixed(MS), fixed(MS))))
    freed = noting_one(monkeypatch, deferred, "free_task")
    begun, put_off = (
        noting_one(monkeypatch, deferred, "begin_path"),
        noting_one(monkeypatch, deferred, "defer"),
    )
    w.io_paths[0].ring, w.io_paths[0].in_ring = 4, in_ring
    w.tasks[0].remaining_ns = 7
    deferred.come_from_network(w, 0, 0, MS)
    assert (w.request_times[0].dropped, len(freed)) == (dropped, dropped)
    assert (len(begun), len(put_off)) == (1 - dropped, 1 - dropped)
    assert w.io_paths[0].in_ring == in_ring + 1 - dropped
    if not dropped:
        assert (w.requests[0].in_ring, w.journeys[0].service_ns) == (1, 7)
