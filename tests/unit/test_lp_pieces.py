"""LPs: their timers, who is idle, and which are kept from guests, piece by piece; plain Python on the tables of a small host."""

import numpy as np
import pytest

from components.declare import NEVER, NOBODY
from components.processor import AWAITING, GUEST, HYPERVISOR, IDLE, REFILL, SPINNING, WAKING
from systems.scheduling import interrupted, line, lp_timer, placement, rebalance_timers
from tests.noting import noting
from tests.pieces import host_tables, timer, with_hook
from tests.plain_tables import plain_python, tables
from tests.simulation import MS, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
TWO_NODES = {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2}
SMT = {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2}

# What interrupts the VP of an LP first. It is 1000; its quantum ends in 700 ns, its slice at 1500; 1100 is when a phase ends, or has ended.


def _running(phase):
    w = host_tables(1, guest("g", 2, always_runnable(2)))
    p, state = w.lps[0], w.vps[2]
    p.phase, p.vp, p.slice_end_ns, p.phase_end_ns = phase, 2, 1500, 1100
    state.lp, state.quantum_left_ns, state.spin_left_ns = 0, 700, 600
    w.trap_state[2].answer_due_ns = 1800
    w.parameters[0].longest_stay_ns = 40
    return w


def _due(monkeypatch, w, *, dozes=False):
    noting(monkeypatch, lp_timer, "doze_if_nobody_waits", result=dozes)
    lp_timer.set_lp_timer(w, 0, 1000)
    return timer(w, w.schedule.processor, 0)


@pytest.mark.parametrize(
    ("phase", "dozes", "due"),
    [
        (GUEST, False, 1500),
        (GUEST, True, 1700),
        (SPINNING, False, 1500),
        (SPINNING, True, 1600),
        (REFILL, True, 1100),
        (AWAITING, False, 1500),
        (AWAITING, True, 1800),
    ],
)
def test_a_vp_is_interrupted_by_the_first_of_slice_quantum_and_phase(monkeypatch, phase, dozes, due):
    """Slices end without an event where it dozes; spinning goes on for 600 ns; who awaits answers has no quantum to end."""
    assert _due(monkeypatch, _running(phase), dozes=dozes) == due


def test_a_vp_whose_answers_are_not_known_waits_for_the_end_of_its_slice(monkeypatch):
    w = _running(AWAITING)
    w.trap_state[2].answers = 1
    assert _due(monkeypatch, w) == 1500
    assert _due(monkeypatch, w, dozes=True) == NEVER


@pytest.mark.parametrize(("spin_left", "due"), [(1, 1001), (0, 1000), (-5, 1000)])
def test_nothing_is_due_before_now(monkeypatch, spin_left, due):
    w = _running(SPINNING)
    w.vps[2].spin_left_ns = spin_left
    assert _due(monkeypatch, w) == due


@pytest.mark.parametrize(("put_off", "zeroings", "due"), [(0, 0, 1500), (1, 0, 1040), (0, 1, 1040)])
def test_what_is_put_off_is_done_after_the_longest_stay(monkeypatch, put_off, zeroings, due):
    w = _running(GUEST)
    w.trap_state[2].put_off_ns, w.guests[1].first_zeroings = put_off, zeroings
    assert _due(monkeypatch, w) == due


@pytest.mark.parametrize(("left", "due"), [(-60, 1500), (0, 1500), (1, 1001), (60, 1060)])
def test_the_turn_of_a_vp_below_its_reserve_ends_when_it_has_had_it(monkeypatch, left, due):
    w = _running(GUEST)
    w.vps[2].reserve_left_ns = left
    assert _due(monkeypatch, w) == due


@pytest.mark.parametrize(
    ("cap", "used", "period", "due"),
    [(100, 20, 10_000, 1080), (900, 20, 10_000, 1500), (900, 20, 600, 1200), (100, 100, 10_000, 1000)],
)
def test_a_vp_runs_no_longer_than_its_cap_and_its_period_last(monkeypatch, cap, used, period, due):
    """A period of 600 ns is renewed at 1200; what was used in it is known up to now."""
    w = _running(GUEST)
    w.parameters[0].cap_period_ns = period
    w.vp_controls[2].cap_ns, w.vps[2].cap_used_ns, w.vps[2].cap_period = cap, used, 1000 // period
    assert _due(monkeypatch, w) == due


# Idle LPs. A word holds 64.


def _idle_tables(lps, idle):
    words = -(-lps // 64)
    w = tables(idle_lps=np.zeros(words, np.uint64), set_members=np.full((1, words), 2**64 - 1, np.uint64))
    for lp in idle:
        w.idle_lps[lp // 64] |= np.uint64(1 << lp % 64)
    return w


@pytest.mark.parametrize("lps", [1, 2, 4, 63, 64, 65, 128])
def test_on_a_busy_host_no_lp_is_found_and_no_word_beyond_its_last_is_looked_at(lps):
    w = _idle_tables(lps, [])
    assert not placement._is_any_idle(w, 0, 0, lps)
    assert placement.first_idle(w, 0, 0, lps, whole=False) == NOBODY


@pytest.mark.parametrize(
    ("idle", "low", "high", "found"),
    [
        ([3], 4, 64, NOBODY),
        ([3], 3, 64, 3),
        ([63], 0, 64, 63),
        ([63], 0, 63, NOBODY),
        ([64], 0, 64, NOBODY),
        ([64], 0, 65, 64),
        ([64, 127], 65, 128, 127),
        ([3, 64], 4, 128, 64),
    ],
)
def test_the_first_idle_lp_lies_within_its_bounds(idle, low, high, found):
    w = _idle_tables(max(64, *(lp + 1 for lp in idle)), idle)
    assert placement.first_idle(w, 0, low, high, whole=False) == found


@pytest.mark.parametrize(
    ("node", "last", "idle", "found"),
    [
        (0, 0, (0, 2), 0),
        (0, 0, (0, 1, 2), 0),
        (0, 1, (0, 2), 0),
        (0, 0, (1, 2), 1),
        (0, 0, (2, 3), 2),
        (1, 2, (0, 1), 0),
        (1, 3, (0, 2), 2),
        (1, 0, (0, 3), 3),
        (1, 2, (), NOBODY),
    ],
)
def test_an_idle_lp_of_the_own_node_comes_before_others_round_from_the_last(node, last, idle, found):
    """LPs 0 and 1 are of node 0, LPs 2 and 3 of node 1."""
    w = host_tables(TWO_NODES, guest("g", 1, always_runnable()))
    w.idle_lps[0], w.host_states[0].idle_lps = sum(1 << lp for lp in idle), len(idle)
    w.vp_identity[4].ideal_node, w.vps[4].ideal_lp = node, last
    assert placement.idle_lp_for(w, 4) == found


@pytest.mark.parametrize("lp", [0, 2])
def test_a_core_is_shared_while_both_its_lps_are_busy(lp):
    w = host_tables(SMT, guest("g", 1, always_runnable()))
    shared, counted = [], []
    for of_core, idle in ((0, False), (1, False), (0, True), (0, False), (1, True), (0, True)):
        placement.set_idle(w, lp + of_core, idle)
        shared.append(int(w.host_states[0].shared_cores))
        counted.append(int(w.host_states[0].idle_lps))
    assert shared == [0, 1, 0, 1, 0, 0]
    assert counted == [3, 2, 3, 2, 3, 4]
    w.lps[lp].kept_off = 1
    placement.set_idle(w, lp, False)
    assert placement.is_idle(w, lp)
    assert w.host_states[0].idle_lps == 4


@pytest.mark.parametrize(("lp", "away"), [(0, False), (1, False), (2, True), (3, True)])
def test_an_lp_that_runs_a_guest_is_noted_and_whether_it_is_off_the_node_of_the_memory(lp, away):
    w = host_tables(TWO_NODES, guest("g", 1, always_runnable()))
    placement.note_running(w, 4, lp, True)
    assert w.running_members.tolist() == [[1 << lp]]
    assert w.away_lps.tolist() == [1 << lp if away else 0]
    placement.note_running(w, 4, lp, False)
    assert not w.running_members.any()
    assert not w.away_lps.any()
    placement.note_running(w, lp, lp, True)
    assert not w.running_members.any()


@pytest.mark.parametrize(
    ("phase", "shared", "due"),
    [(IDLE, 1, 3), (IDLE, 2, 3), (IDLE, 0, None), (WAKING, 1, None), (GUEST, 1, None)],
)
@pytest.mark.parametrize("lp", [0, 1])
def test_a_core_that_is_wholly_idle_is_to_take_one_of_two_vps_that_share_another(phase, shared, due, lp):
    w = host_tables(SMT, guest("g", 1, always_runnable()), scheduler="classic")
    w.parameters[0].rebalance_ns, w.host_states[0].shared_cores = 2, shared
    w.lps[1 - lp].phase = phase
    rebalance_timers.arm_rebalance(w, lp, 1)
    assert timer(w, w.schedule.rebalance, 0) == due
    rebalance_timers.arm_rebalance(w, lp, 9)
    assert timer(w, w.schedule.rebalance, 0) == due


@pytest.mark.parametrize("lps", [2, SMT])
def test_where_cores_are_not_shared_by_two_vps_none_is_taken(lps):
    """A core is one LP, or one virtual core's."""
    w = host_tables(lps, guest("g", 1, always_runnable()), scheduler="core")
    w.host_states[0].shared_cores = 1
    rebalance_timers.arm_rebalance(w, 0, 1)
    assert timer(w, w.schedule.rebalance, 0) is None


# LPs that are kept from guests.


@pytest.mark.parametrize("window", [0, 1, 5 * MS])
@pytest.mark.parametrize("without", [NOBODY, 0, 1])
def test_interrupts_are_counted_on_lps_that_have_a_root_vp(window, without):
    w = host_tables(3, guest("g", 1, always_runnable()))
    w.parameters[0].interrupt_window_ns = window
    if without >= 0:
        w.lp_topology[without].root_vp = NOBODY
    interrupted.begin_counting(w)
    expected = [window if window and lp != without else None for lp in range(3)]
    assert [timer(w, w.schedule.interrupt_window, lp) for lp in range(3)] == expected


@pytest.mark.parametrize(
    ("lists", "kept_off", "other", "enough"),
    [
        (1, 0, NOBODY, False),
        (2, 0, NOBODY, True),
        (3, 0, NOBODY, True),
        (2, 1, NOBODY, False),
        (3, 1, NOBODY, True),
        (2, 0, 1, False),
        (3, 0, 1, True),
        (3, 1, 1, False),
        (2, 0, 3, True),
        (1, 0, 3, False),
    ],
)
def test_an_lp_is_not_kept_from_guests_if_that_leaves_some_none(lists, kept_off, other, enough):
    """LP 3 is not in the set: as the companion of LP 0 it counts for nothing."""
    w = host_tables(4, guest("g", 1, always_runnable(), processor={"affinity": [0, 1, 2]}))
    affinity = w.vp_controls[4].affinity_set
    w.affinity_sets[affinity].lists, w.affinity_sets[affinity].kept_off = lists, kept_off
    assert interrupted._is_left_enough(w, 0, other) is enough


@pytest.mark.parametrize(
    ("phase", "dozes"), [(IDLE, 0), (WAKING, 0), (HYPERVISOR, 0), (GUEST, 0), (GUEST, 1)]
)
@pytest.mark.parametrize("lp", [0, 1])
def test_an_lp_that_is_kept_from_guests_is_not_idle_for_them_and_does_not_doze(monkeypatch, phase, dozes, lp):
    calls = noting(monkeypatch, interrupted, "rouse_lp")
    w = with_hook(host_tables(2, guest("g", 1, always_runnable())), calls, "set_idle", [None, None])
    w.lps[lp].phase, w.lps[lp].dozes = phase, dozes
    idle = [("set_idle", lp, False)] if phase == IDLE else []
    interrupted._keep_off(w, lp)
    assert calls == idle + [("rouse_lp", lp)] * dozes
    assert (w.lps.kept_off.tolist()[lp], w.affinity_sets[0].kept_off) == (1, 1)
    calls.clear()
    interrupted._let_on(w, lp)
    assert calls == [("set_idle", lp, True)] * len(idle)
    assert (w.lps.kept_off.tolist()[lp], w.affinity_sets[0].kept_off) == (0, 0)


def _list_of(lp, *idle):
    """VPs 4 and 5 wait in the list of `lp`, which is kept from guests; `idle` is what the policy says of LPs for them."""
    calls = []
    w = with_hook(host_tables(TWO_NODES, guest("g", 2, always_runnable(2))), calls, "idle_lp", idle)
    for vp in (4, 5):
        w.vps[vp].home_lp = lp
        line.stand_in_line(w, vp)
    w.lps[lp].kept_off = 1
    return w, calls


@pytest.mark.parametrize("lp", [1, 3])
def test_those_in_the_list_of_an_lp_that_is_kept_from_guests_get_idle_ones_first(monkeypatch, lp):
    w, calls = _list_of(lp, 0, 2)
    woken = noting(monkeypatch, interrupted, "wake_lp", "turn_companion")
    interrupted._empty_list(w, lp, MS)
    assert calls == [("idle_lp", 4), ("idle_lp", 5)]
    assert woken == [
        ("wake_lp", 0, 4, MS),
        ("turn_companion", 0, MS),
        ("wake_lp", 2, 5, MS),
        ("turn_companion", 2, MS),
    ]
    assert w.lps.waiting.tolist() == [0] * 4
    assert w.affinity_sets[0].waiting == 0


@pytest.mark.parametrize(("lp", "beside"), [(0, 1), (1, 0), (2, 3), (3, 2)])
def test_or_they_wait_for_the_other_lp_of_the_node_unless_that_is_kept_from_guests_too(lp, beside):
    w, calls = _list_of(lp, NOBODY, NOBODY)
    interrupted._empty_list(w, lp, MS)
    assert calls == [("idle_lp", 4), ("idle_lp", 5)]
    assert w.vps.home_lp.tolist()[4:] == [beside, beside]
    w, calls = _list_of(lp, NOBODY, NOBODY)
    w.lps[beside].kept_off = 1
    interrupted._empty_list(w, lp, MS)
    assert w.vps.home_lp.tolist()[4:] == [lp, lp]
    assert w.lps[lp].waiting == 2
