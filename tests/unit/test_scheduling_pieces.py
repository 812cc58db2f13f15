"""Pieces of the scheduler by themselves, as plain Python on the tables of a small host."""

import pytest

from components.declare import NOBODY
from components.virtual_processor import READY
from systems.interrupts import answers
from systems.scheduling import dispatch, interrupted, slacks, wake_ups
from systems.state import rings
from tests.noting import noting_one
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import IDLE, MS, always_runnable, fixed, guest, opened

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
REQUESTS = opened(fixed(5 * MS), fixed(MS))


def _tables(lps, *guests, **more):
    """The tables of a host that has not begun to run; VPs of the root come first."""
    return host_tables(lps, *guests, **more)


def test_a_vp_may_fall_behind_by_its_weight_or_the_mean_of_guests_with_work_if_that_is_more():
    """The mean of 100, 400 and 400 is 300: neither the root nor an idle guest counts."""
    guests = [
        guest("light", 1, always_runnable(), processor={"weight": 100}),
        guest("heavy", 2, always_runnable(2), processor={"weight": 400}),
        guest("idle", 1, IDLE, processor={"weight": 10_000}),
    ]
    w = _tables(1, *guests)
    slack = int(w.parameters[0].slack_ns) * 100
    w.vp_controls.slack_ns = 0
    slacks.set_slacks(w, 0)
    assert w.vp_controls.slack_ns.tolist() == [slack // each for each in (300, 300, 400, 400, 10_000)]


def test_calls_of_a_guest_that_stops_are_forgotten():
    w = _tables(2, guest("g", 3, always_runnable(3)))
    first, ring = 2, len(w.vps) + 1
    for vp in (first, first + 2):
        answers.begin_call(w, vp, 1000)
    assert w.trap_state.answers.tolist()[first:] == [2, 0, 2]
    assert rings.last_in(w.callers, ring) == first + 2
    answers.forget_calls(w, 1)
    assert rings.last_in(w.callers, ring) == NOBODY
    assert not w.trap_state.answers.any()
    assert not w.trap_state.answer_due_ns.any()
    assert w.trap_state.answered.tolist()[first:] == [2, 2, 2]
    assert not answers.awaits_answers(w, first, 0)


@pytest.mark.parametrize("interrupted_lp", [0, 1])
@pytest.mark.parametrize("counted_lp", [0, 1])
def test_a_core_is_kept_from_guests_while_either_of_its_lps_takes_many_interrupts(interrupted_lp, counted_lp):
    lps = {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2}
    w = _tables(lps, guest("g", 1, always_runnable()), scheduler="core")
    if interrupted_lp == counted_lp:
        w.vp_traps[counted_lp].hardware_interrupts = w.parameters[0].most_interrupts + 1
    else:
        w.lps[interrupted_lp].interrupted = 1
    interrupted.interrupt_window_event(w, counted_lp, MS)
    assert w.lps.kept_off.tolist() == [1, 1, 0, 0]
    w.lps[interrupted_lp].interrupted = 0
    interrupted.interrupt_window_event(w, counted_lp, 2 * MS)
    assert w.lps.kept_off.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("home_lp", "lp", "home_then"), [(0, 1, 1), (0, 2, 0), (1, 3, 1), (3, 2, 2), (3, 0, 0), (2, 2, 2)]
)
def test_the_home_of_a_vp_is_where_it_ran_last_on_its_node(home_lp, lp, home_then):
    """LPs 0 and 1 are on its node; beside it a VP is at home only as long as its home is not on its node."""
    w = _tables({"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2}, guest("g", 1, always_runnable()))
    vp = 4
    w.vp_identity[vp].ideal_node = 0
    w.vps[vp].state, w.vps[vp].home_lp = READY, home_lp
    dispatch.step_on(w, lp, vp, MS)
    assert (w.vps[vp].home_lp, w.vps[vp].lp, w.vps[vp].ideal_lp) == (home_then, lp, lp)


# Which VP of a guest with 2 is interrupted for a request; the root's 3 VPs come before them.


@pytest.mark.parametrize(("arrivals", "vp"), [(2, 3), (3, 4), (4, 3), (7, 4)])
def test_arrivals_interrupt_the_vps_of_a_guest_in_turn(monkeypatch, arrivals, vp):
    w = _tables(3, guest("g", 2, REQUESTS))
    calls = noting_one(monkeypatch, wake_ups, "call_guest")
    monkeypatch.setattr(wake_ups, "admit", lambda *_: True)
    w.request_times[0].arrivals = arrivals
    wake_ups.join_guest(w, 0, 0, MS)
    assert [(given[0], given[1]) for given in calls] == [(1, vp)]


def test_a_request_that_waits_outside_interrupts_nobody(monkeypatch):
    w = _tables(3, guest("g", 2, REQUESTS))
    calls = noting_one(monkeypatch, wake_ups, "call_guest")
    monkeypatch.setattr(wake_ups, "admit", lambda *_: False)
    wake_ups.join_guest(w, 0, 0, MS)
    assert calls == []
