"""Pieces of interrupts by themselves, as plain Python on the tables of a small host."""

import pytest

from components.declare import NEVER
from components.traps import DEVICE, IPI, SIGNAL, TIMER
from hvecs.engine.build import build
from systems.interrupts import answers, delivery, ticks
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import S, always_runnable, guest, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
SMALL = {"memory": "4 GiB"}
GUEST, FIRST = 1, 2
"""The guest of these hosts, and its first VP: before it come the two of the root."""


def _tables(vps=1):
    """A host of two LPs with one guest, that has not begun to run."""
    return plain_tables_of(build(parsed(scenario(S, 2, [guest("g", vps, always_runnable(vps))], host=SMALL))))


def test_the_calls_of_a_guest_are_numbered_and_each_waits_for_all_other_vps_and_for_the_time_that_it_takes():
    w = _tables(3)
    w.costs[0].ipi_answer_ns = 7
    for number, caller in enumerate((FIRST, FIRST + 1), start=1):
        answers.begin_call(w, caller, 1000)
        state = w.trap_state[caller]
        assert (w.company[GUEST].calls, state.call, state.answers, state.answer_due_ns) == (
            number,
            number,
            2,
            1007,
        )
        assert answers.all_answered_ns(w, caller) == NEVER
    answers.answer(w, FIRST + 2, 1001)  # both calls at once
    assert w.trap_state.answers.tolist() == [0, 0, 1, 1, 0]
    answers.answer(w, FIRST + 1, 1002)  # the other's; its own needs none of it
    assert w.trap_state.answers.tolist() == [0, 0, 0, 1, 0]
    assert answers.all_answered_ns(w, FIRST) == 1007
    assert answers.all_answered_ns(w, FIRST + 1) == NEVER
    assert answers.awaits_answers(w, FIRST, 1006)
    assert not answers.awaits_answers(w, FIRST, 1007)
    assert answers.awaits_answers(w, FIRST + 1, 1007)


@pytest.mark.parametrize("kind", [TIMER, DEVICE, IPI, SIGNAL])
def test_an_interrupt_coalesces_with_one_of_its_kind_that_is_pending_and_with_no_other(kind):
    w = _tables()
    state, counts = w.trap_state[FIRST], w.vp_traps[FIRST]
    others = (TIMER | DEVICE | IPI | SIGNAL) - kind
    state.pending = others
    for raised, coalesced in ((1, 0), (2, 1), (3, 2)):
        delivery.interrupt(w, FIRST, kind, 0)
        assert state.pending == others | kind
        assert (counts.interrupts_raised, counts.interrupts_coalesced) == (raised, coalesced)
    assert counts.virtual_interrupts == 0


def test_on_the_bare_machine_no_interrupt_is_raised():
    w = _tables()
    w.guest_traps[GUEST].modelled = 0
    delivery.interrupt(w, FIRST, TIMER, 0)
    assert (w.vp_traps[FIRST].interrupts_raised, w.trap_state[FIRST].pending) == (0, 0)


@pytest.mark.parametrize(
    ("pending", "delivered", "answered"),
    [
        (TIMER | DEVICE | IPI | SIGNAL, [(TIMER, 1), (DEVICE, 0), (IPI, 0), (SIGNAL, 0)], True),
        (DEVICE | SIGNAL, [(DEVICE, 1), (SIGNAL, 0)], False),
        (IPI, [(IPI, 1)], True),
        (0, [], False),
    ],
)
def test_pending_interrupts_are_delivered_one_of_each_kind_and_the_first_needs_no_exit_to_end(
    monkeypatch, pending, delivered, answered
):
    w = _tables()
    noted, answering = [], []
    monkeypatch.setattr(delivery, "deliver", lambda *given: noted.append(given[1:]))
    monkeypatch.setattr(delivery, "answer", lambda *given: answering.append(given[1:]))
    w.vps[FIRST].lp, w.trap_state[FIRST].pending = 1, pending
    delivery.deliver_pending(w, FIRST, 5)
    assert noted == [(FIRST, kind, 1, assisted, 5) for kind, assisted in delivered]
    assert answering == ([(FIRST, 5)] if answered else [])
    assert w.trap_state[FIRST].pending == 0
    counts = w.lp_traps[1]
    on_lp = (counts.timer_interrupts, counts.hardware_interrupts, counts.ipis)
    assert on_lp == (
        bool(pending & TIMER),
        bool(pending & DEVICE),
        bool(pending & IPI) + bool(pending & SIGNAL),
    )


@pytest.mark.parametrize(
    ("modelled", "synthetic", "writes", "accesses"), [(1, 1, 2, 6), (0, 1, 2, 0), (1, 0, 2, 0), (1, 1, 0, 0)]
)
def test_setting_a_one_shot_timer_costs_its_writes_where_the_hypervisors_timers_are_used(
    modelled, synthetic, writes, accesses
):
    w = _tables()
    g = w.guest_traps[GUEST]
    g.modelled, g.synthetic_timers, g.timer_writes = modelled, synthetic, writes
    delivery.arm_timers(w, FIRST, 3, 0)
    assert w.vp_traps[FIRST].msr_accesses == accesses


@pytest.mark.parametrize(
    ("period", "stood_at", "now", "due"),
    [
        (10, 0, 25, 30),
        (10, 30, 29, 30),  # not due yet: as it was
        (10, 30, 30, 40),
        (10, 90, 25, 90),
        (0, 0, 25, 0),  # no clock
        (0, 25, 25, 25),
        (0, 30, 25, 30),
    ],
)
def test_a_clock_that_stood_still_ticks_at_the_next_whole_period(period, stood_at, now, due):
    w = _tables()
    w.guest_traps[GUEST].tick_ns = period
    w.trap_state[FIRST].next_tick_ns = stood_at
    ticks.start_clock(w, FIRST, now)
    assert w.trap_state[FIRST].next_tick_ns == due


@pytest.mark.parametrize(("now", "wake"), [(3, 13), (12, 13), (13, 23), (14, 23), (22, 23), (23, 33)])
def test_the_systems_own_timers_wake_an_idle_vp_at_its_phase_and_whole_periods_after_it(now, wake):
    w = _tables()
    w.guest_traps[GUEST].idle_wake_ns = 10
    w.trap_state[FIRST].wake_phase_ns = 3
    assert ticks.next_idle_wake(w, FIRST, now) == wake
