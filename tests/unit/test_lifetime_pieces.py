"""Guests that start, stop, pause and wait for their parent, piece by piece; plain Python on the tables of a small host."""

import pytest

from components import LifeSpan
from components.change import DONE, NOT_RUNNING
from components.declare import NOBODY
from components.trace import PREEMPTED, WENT_IDLE
from components.traps import GPA_MAPS, GPA_UNMAPS, MEMORY_WITHDRAWALS
from components.virtual_processor import IDLE, RUNNING, SUSPENDED
from systems.cluster import failing
from systems.scheduling import halting, leaving, lifetime, memory_calls, parent, pausing
from systems.state import idle_vps
from systems.state.migrations import RANKS
from systems.state.tables import BUFFER_FULL, OK
from tests.host_clusters import cluster, of_host
from tests.noting import noting
from tests.pieces import host_tables, tables_of_text, timer
from tests.plain_tables import plain_python
from tests.simulation import MS, S, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
GUEST = 1
"""The partition of the first guest; the root is partition 0."""


def _tables():
    """A host of one LP, whose root has VP 0; its guest has VPs 1 and 2."""
    return host_tables(1, guest("g", 2, always_runnable(2)))


# Spans of life.


@pytest.mark.parametrize(("next_span", "then"), [(0, 1), (1, 2), (2, NOBODY)])
def test_a_guest_that_is_off_goes_on_to_its_next_span_and_after_the_last_to_none(
    monkeypatch, next_span, then
):
    w = _tables()._replace(spans=LifeSpan.table(3))
    w.spans.start_ns, w.spans.stop_ns = [10, 20, 30], [15, 25, 35]
    calls = noting(monkeypatch, w.schedule, "expect_work")
    life = w.lifetimes[GUEST]
    life.next_span, life.last_span, life.late = next_span, 2, 1
    lifetime._go_to_next_span(w, GUEST)
    start = 10 * (next_span + 1)
    assert (life.start_ns, life.stop_ns, life.next_span, life.late) == (start, start + 5, then, 0)
    assert timer(w, w.schedule.lifetime, GUEST) == start
    assert calls == [("expect_work", GUEST, start)]


def test_a_guest_without_another_span_stays_off(monkeypatch):
    w = _tables()
    calls = noting(monkeypatch, w.schedule, "expect_work")
    life = w.lifetimes[GUEST]
    life.start_ns, life.stop_ns, life.late = 3, 4, 1
    lifetime._go_to_next_span(w, GUEST)
    assert (life.start_ns, life.stop_ns, life.next_span, life.late) == (3, 4, NOBODY, 1)
    assert timer(w, w.schedule.lifetime, GUEST) == 0  # as it was: its first start
    assert calls == []


@pytest.mark.parametrize("next_span", [NOBODY, 0, 1])
def test_the_run_waits_for_one_job_less_when_a_guest_does_not_start(monkeypatch, next_span):
    """Its requests up to the start that it missed are lost; if it has another span, its timer is set to the end of the one that it missed."""
    w = _tables()
    calls = noting(monkeypatch, w.schedule, "count_work", "drop_work")
    life = w.lifetimes[GUEST]
    life.next_span, life.start_ns, life.stop_ns = next_span, 5, 9
    lifetime._give_up(w, GUEST)
    assert calls == [("count_work", GUEST, -1), ("drop_work", GUEST, 5)]
    assert timer(w, w.schedule.lifetime, GUEST) == (9 if next_span >= 0 else 0)


def test_the_run_waits_for_one_job_less_when_a_guest_stops(monkeypatch):
    w = _tables()
    calls = noting(monkeypatch, w.schedule, "stop_work", "count_work")
    noting(monkeypatch, lifetime, "end_life", "call_for_stop")
    w.lifetimes[GUEST].running = 1
    lifetime._stop(w, GUEST, MS)
    assert calls == [("stop_work", GUEST, MS), ("count_work", GUEST, -1)]
    assert w.lifetimes[GUEST].running == 0


@pytest.mark.parametrize(("rank", "counted"), [(0, [("count_work", 2, -1)]), (RANKS, [])])
def test_the_run_waits_for_one_job_less_when_a_guest_is_stopped_that_has_failed(monkeypatch, rank, counted):
    """That of one that is not restarted was taken off when its host failed. The guest is row 2, after two roots."""
    block = guest("g", 1, always_runnable(), host="a", memory="1 GiB")
    w = tables_of_text(cluster(S, [block], [of_host(MS, "fail", "a")]))
    calls = noting(monkeypatch, w.schedule, "count_work")
    w.lifetimes[2].failed, w.migrations[2].rank = 1, rank
    lifetime.lifetime_event(w, 2, MS)
    assert calls == counted
    assert w.lifetimes[2].failed == 0


@pytest.mark.parametrize(
    ("starts", "late", "rank", "counted"),
    [
        (False, 0, 0, []),
        (False, 0, RANKS, [-1]),
        (False, 1, RANKS, [-1]),  # it is on: it was counted as it started
        (True, 0, 0, []),
        (True, 0, RANKS, [-1]),
        (True, 1, 0, [1]),
        (True, 1, RANKS, []),
    ],
)
def test_the_run_waits_for_the_work_of_a_guest_whose_host_fails_if_it_is_restarted(
    monkeypatch, starts, late, rank, counted
):
    """One that was about to start late, having been given up, is not counted before."""
    block = guest("g", 1, always_runnable(), host="a", memory="1 GiB")
    w = tables_of_text(cluster(S, [block], [of_host(MS, "fail", "a")]))
    calls = noting(monkeypatch, w.schedule, "count_work")
    w.lifetimes[2].late, w.migrations[2].rank = late, rank
    failing._count_work(w, 2, starts)
    assert calls == [("count_work", 2, change) for change in counted]
    assert w.lifetimes[2].late == (0 if counted == [1] else late)


# Who comes for the tasks of a guest that is resumed, both of whose VPs were idle.


@pytest.mark.parametrize(
    ("boots", "boot_ready", "ready", "kicks"),
    [
        (0, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 1),
        (0, 0, 2, 2),
        (0, 0, 3, 2),
        (1, 0, 3, 0),
        (1, 1, 0, 1),
        (1, 1, 3, 1),
    ],
)
def test_a_resumed_guest_wakes_a_vp_for_each_ready_task_and_one_for_its_boot(
    monkeypatch, boots, boot_ready, ready, kicks
):
    w = _tables()
    calls = noting(monkeypatch, pausing, "kick", "note_health", "set_tick_timer")
    noting(monkeypatch, w.schedule, "go_on_with_work")
    for vp in (1, 2):
        idle_vps.push_idle(w, vp)
        w.vps[vp].state = SUSPENDED
    w.guests[GUEST].idle_vps = 0
    w.lifetimes[GUEST].running = w.lifetimes[GUEST].paused = 1
    w.guests[GUEST].booting, w.boots[GUEST].ready, w.guests[GUEST].ready = boots, boot_ready, ready
    assert pausing.resume(w, GUEST, MS) == DONE
    assert w.vps.state.tolist()[1:] == [IDLE, IDLE]
    assert w.guests[GUEST].idle_vps == 2
    assert calls == [
        ("set_tick_timer", 1, MS),
        ("set_tick_timer", 2, MS),
        *[("kick", GUEST, MS)] * kicks,
        ("note_health", GUEST, MS),
    ]
    assert pausing.resume(w, GUEST, MS) == NOT_RUNNING


# The root's calls for the memory of guests.


def test_a_stop_unmaps_and_withdraws_once_what_there_was(monkeypatch):
    w = _tables()
    calls = noting(monkeypatch, memory_calls, "call_for_elements")
    own = w.memory_calls[GUEST]
    own.root_vp, own.to_unmap, own.to_withdraw, own.to_map = 0, 3, 5, 7
    memory_calls.call_for_stop(w, GUEST, MS)
    assert calls == [
        ("call_for_elements", 0, GPA_UNMAPS, 3, MS),
        ("call_for_elements", 0, MEMORY_WITHDRAWALS, 5, MS),
    ]
    assert (own.to_unmap, own.to_withdraw, own.to_map) == (0, 0, 7)
    memory_calls.call_for_stop(w, GUEST, 2 * MS)
    assert len(calls) == 2
    memory_calls.call_for_maps(w, GUEST, 3 * MS)
    assert calls[2:] == [("call_for_elements", 0, GPA_MAPS, 7, 3 * MS)]
    assert w.guest_times[GUEST].gpa_modifications == 10


@pytest.mark.parametrize(("caller", "partitions"), [(0, [0, 1, 2]), (1, [1, 2]), (2, [2]), (NOBODY, [])])
def test_after_balancing_the_root_calls_for_each_partition_from_the_next_on(monkeypatch, caller, partitions):
    w = host_tables(1, guest("g", 1, always_runnable()), guest("h", 1, always_runnable()))
    calls = noting(monkeypatch, memory_calls, "call_for_unmaps", "call_for_maps")
    noting(monkeypatch, memory_calls, "traces_have_room", result=True)
    w.host_states[0].next_caller, w.clock[0].now_ns = caller, MS
    assert memory_calls.call_for_balanced(w, None, MS) == OK
    assert w.host_states[0].next_caller == NOBODY
    both = ("call_for_unmaps", "call_for_maps")
    assert calls == [(name, partition, MS) for partition in partitions for name in both]


@pytest.mark.parametrize("caller", [0, 1])
def test_the_root_goes_on_with_the_same_partition_once_there_is_room_for_traces(monkeypatch, caller):
    w = _tables()
    calls = noting(monkeypatch, memory_calls, "call_for_unmaps", "call_for_maps")
    noting(monkeypatch, memory_calls, "traces_have_room", result=False)
    w.host_states[0].next_caller = caller
    assert memory_calls.call_for_balanced(w, None, MS) == BUFFER_FULL
    assert (w.host_states[0].next_caller, calls) == (caller, [])


# A VP leaves its LP.


@pytest.mark.parametrize(("reason", "left"), [(PREEMPTED, 4 * MS), (WENT_IDLE, 0)])
@pytest.mark.parametrize("lp", [0, 1])
def test_a_vp_that_leaves_its_lp_is_one_less_that_runs(monkeypatch, reason, left, lp):
    w = host_tables(2, guest("g", 2, always_runnable(2)))
    noting(monkeypatch, leaving, "fetch_working_set", "drop_unfetched", "suspend_burst", "settle_traps")
    noting(monkeypatch, leaving, "refill_left", result=0)
    calls = noting(monkeypatch, leaving, "change_running", "note_running")
    w.vps[2].state, w.vps[2].lp = RUNNING, lp
    w.lps[lp].vp, w.lps[lp].slice_end_ns = 2, 5 * MS
    leaving.step_off(w, lp, reason, MS)
    assert calls == [("change_running", 2, -1, MS), ("note_running", 2, lp, False)]
    assert (w.vps[2].lp, w.lps[lp].vp) == (NOBODY, NOBODY)
    assert (w.vps[2].left_ns, w.vps[2].slice_left_ns) == (MS, left)


@pytest.mark.parametrize(
    ("pending", "free", "ready", "halts"), [(0, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)]
)
def test_a_spinner_halts_unless_there_is_something_to_do(monkeypatch, pending, free, ready, halts):
    w = _tables()
    calls = noting(monkeypatch, halting, "step_off", "enter", "next_vp")
    noting(monkeypatch, halting, "may_take", result=bool(free))
    w.lps[0].vp, w.trap_state[2].pending, w.guests[GUEST].ready = 2, pending, ready
    assert halting.halt_at_lock(w, 0, MS) is bool(halts)
    expected = [("step_off", 0, WENT_IDLE, MS), ("enter", 2, IDLE, MS), ("next_vp", 0, MS)]
    assert calls == (expected if halts else [])


# The parent is done with a message.


@pytest.mark.parametrize(
    ("intercepted", "paused", "finds"), [(1, 0, True), (1, 1, False), (0, 0, False), (0, 1, False)]
)
def test_a_vp_goes_on_once_its_message_is_answered_and_may_send_another(
    monkeypatch, intercepted, paused, finds
):
    """Unless its guest is paused, or it waits no more: it has been turned off meanwhile."""
    w = _tables()
    calls = noting(monkeypatch, parent, "find_lp")
    w.tasks[0].vp = 2
    w.lifetimes[GUEST].paused = paused
    w.trap_state[2].message_under_way, w.trap_state[2].intercepted = 1, intercepted
    parent.resume_vp(w, 0, MS)
    assert (w.trap_state[2].message_under_way, w.trap_state[2].intercepted) == (0, 0)
    assert calls == ([("find_lp", 2, MS)] if finds else [])


def test_a_vp_whose_message_is_lost_may_send_another():
    w = _tables()
    w.tasks[0].vp = 2
    w.trap_state.message_under_way = 1
    parent.lose_message(w, 0)
    assert w.trap_state.message_under_way.tolist() == [1, 1, 0]
