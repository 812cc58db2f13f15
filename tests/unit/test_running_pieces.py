"""What happens to a VP that has an LP, by itself: its slice, its cost, its calls, its moves."""

import pytest

from components.declare import NEVER, NOBODY
from components.host import FLOOR, PERIOD_BUDGET
from components.processor import AWAITING, GUEST, HYPERVISOR, IDLE, REFILL, SPINNING, WAKING
from components.traps import CLUSTER_IPIS, MSR_ACCESSES
from components.virtual_processor import READY, RUNNING
from systems.scheduling import calls, dispatch, dozing, rebalance, running
from tests.noting import noting_one
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import MS, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
PAIR = guest("g", 2, always_runnable(2))


def _run(w, lp, vp, phase=GUEST):
    w.lps[lp].vp, w.lps[lp].phase = vp, phase
    w.vps[vp].state, w.vps[vp].lp = RUNNING, lp


# A dispatch.


@pytest.mark.parametrize(
    ("phase", "was_off"), [(IDLE, True), (WAKING, True), (HYPERVISOR, False), (GUEST, False)]
)
def test_an_lp_that_was_off_is_busy_from_the_dispatch_on_and_another_asks_for_other_memory(
    monkeypatch, phase, was_off
):
    w = host_tables(2, PAIR)
    busy, demand = (
        noting_one(monkeypatch, dispatch, "set_busy"),
        noting_one(monkeypatch, dispatch, "set_demand"),
    )
    w.vps[2].state, w.lps[1].phase = READY, phase
    dispatch.step_on(w, 1, 2, MS)
    assert busy == ([(1, True, MS)] if was_off else [])
    assert len(demand) == (0 if was_off else 1)


@pytest.mark.parametrize(
    ("left_ns", "slice_ns", "extended"), [(0, 10 * MS, 0), (1, 1, 1), (12 * MS, 10 * MS, 1)]
)
def test_a_preempted_vp_goes_on_with_what_was_left_of_its_slice_and_may_not_extend_it_twice(
    left_ns, slice_ns, extended
):
    w = host_tables(2, PAIR)
    w.parameters.slice_ns = 10 * MS
    w.vps[2].state, w.vps[2].slice_left_ns, w.vps[2].extended = READY, left_ns, 1
    dispatch.step_on(w, 1, 2, MS)
    assert w.lps[1].slice_end_ns - w.lps[1].phase_end_ns == slice_ns
    assert (w.vps[2].slice_left_ns, w.vps[2].extended) == (0, extended)


@pytest.mark.parametrize(
    ("phase", "waited_ns", "wake_up_ns", "contention_ns"),
    [
        (WAKING, 10_000, 3_000, 7_000),  # it waited for something else before its LP began to wake
        (WAKING, 3_000, 3_000, 0),
        (WAKING, 1_000, 1_000, 0),  # an LP that was waking for another already
        (GUEST, 10_000, 0, 10_000),
        (IDLE, 10_000, 0, 10_000),
    ],
)
def test_of_a_wait_no_more_than_the_lp_s_wake_up_is_put_down_to_that(
    phase, waited_ns, wake_up_ns, contention_ns
):
    w = host_tables(2, PAIR)
    w.costs.lp_wake_up_ns = 3_000
    w.vps[2].state, w.vps[2].ready_ns, w.lps[1].phase = READY, MS - waited_ns, phase
    dispatch.step_on(w, 1, 2, MS)
    times = w.vp_times[2]
    assert (times.wait_ns, times.wake_up_ns, times.contention_ns) == (waited_ns, wake_up_ns, contention_ns)
    assert times.dispatches == 1


# Slices that end without an event.


@pytest.mark.parametrize(
    ("dozes", "end_ms", "now_ms", "left_ms"),
    [(1, 10, 4, 6), (1, 10, 10, 10), (1, 10, 23, 7), (1, 10, 30, 10), (0, 10, 4, 6)],
)
def test_what_is_left_of_a_slice_is_counted_from_the_slices_that_ended_meanwhile(
    dozes, end_ms, now_ms, left_ms
):
    w = host_tables(1, PAIR)
    w.parameters.slice_ns = 10 * MS
    w.lps[0].dozes, w.lps[0].slice_end_ns = dozes, end_ms * MS
    assert dozing.slice_left(w, 0, now_ms * MS) == left_ms * MS


def test_a_slice_that_is_over_has_a_ns_left_and_one_without_an_end_nothing():
    w = host_tables(1, PAIR)
    for dozes, end, left in ((0, 10 * MS, 1), (0, 0, 1), (1, 0, 1), (0, NEVER, 0), (1, NEVER, 0)):
        w.lps[0].dozes, w.lps[0].slice_end_ns = dozes, end
        assert dozing.slice_left(w, 0, 10 * MS) == left


@pytest.mark.parametrize(
    ("mode", "reserving", "dozes"),
    [(PERIOD_BUDGET, 0, True), (PERIOD_BUDGET, 1, False), (FLOOR, 1, True), (FLOOR, 0, True)],
)
def test_an_lp_dozes_unless_budgets_of_reserves_end_slices(mode, reserving, dozes):
    w = host_tables(1, PAIR)
    _run(w, 0, 1)
    w.lps[0].slice_end_ns = 10 * MS
    w.parameters.reserve_mode, w.host_states.reserving = mode, reserving
    assert dozing.doze_if_nobody_waits(w, 0) == dozes
    assert w.lps[0].dozes == dozes


@pytest.mark.parametrize(
    ("end_ms", "now_ms", "then_ms", "after_ms"),
    [(10, 4, 10, 10), (10, 10, 10, 20), (10, 12, 20, 20), (10, 30, 30, 40), (0, 7, 7, 7)],
)
def test_a_roused_lp_ends_its_slice_where_that_would_have_ended(
    monkeypatch, end_ms, now_ms, then_ms, after_ms
):
    """One that ends now ends by its event, if that comes after the event that rouses the LP; else the next has begun."""
    w = host_tables(1, PAIR)
    w.parameters.slice_ns = 10 * MS
    timers = noting_one(monkeypatch, dozing, "bring_forward")
    for event, expected in (
        (w.schedule.burst_end, then_ms),
        (w.schedule.processor, then_ms),
        (w.schedule.tick, after_ms),
        (len(w.happened), after_ms),
    ):
        _run(w, 0, 1)
        w.lps[0].dozes, w.lps[0].slice_end_ns = 1, end_ms * MS
        w.clock[0].now_ns, w.clock[0].event = now_ms * MS, event
        dozing.rouse_lp(w, 0)
        assert (w.lps[0].dozes, w.lps[0].slice_end_ns) == (0, expected * MS)
        assert timers.pop()[-1] == expected * MS


@pytest.mark.parametrize("end_ms", [0, 10, 14])
def test_a_cost_is_not_cut_when_its_lp_is_roused(monkeypatch, end_ms):
    """The slice ends at 10 ms, the cost that began before lasts beyond: neither the end of the slice nor the LP's timer moves."""
    w = host_tables(1, PAIR)
    w.parameters.slice_ns = 10 * MS
    timers = noting_one(monkeypatch, dozing, "bring_forward")
    _run(w, 0, 1, HYPERVISOR)
    w.lps[0].dozes, w.lps[0].slice_end_ns, w.lps[0].phase_end_ns = 1, end_ms * MS, 13 * MS
    w.clock[0].now_ns = 12 * MS
    dozing.rouse_lp(w, 0)
    assert (w.lps[0].dozes, w.lps[0].slice_end_ns, timers) == (0, end_ms * MS, [])


@pytest.mark.parametrize(
    ("dozes", "end_ms", "then_ms"), [(1, 10, 20), (1, 12, 22), (1, 14, 14), (0, 10, 10), (1, 0, 0)]
)
def test_slices_that_ended_before_a_cost_are_counted_when_it_begins(dozes, end_ms, then_ms):
    w = host_tables(1, PAIR)
    w.parameters.slice_ns = 10 * MS
    _run(w, 0, 1)
    w.lps[0].dozes, w.lps[0].slice_end_ns, w.trap_state[1].unpaid_ns = dozes, end_ms * MS, 1
    w.vps[1].extended = 1
    dispatch.stay_in_hypervisor(w, 0, 0, 12 * MS)
    assert (w.lps[0].slice_end_ns, w.lps[0].phase) == (then_ms * MS, HYPERVISOR)
    assert w.vps[1].extended == (then_ms == end_ms)  # a new slice may be extended anew


@pytest.mark.parametrize(("phase", "then_ms"), [(GUEST, 20), (REFILL, 20), (SPINNING, 20), (HYPERVISOR, 22)])
def test_an_event_of_a_dozing_lp_does_not_begin_a_slice_unless_a_cost_was_over_the_last_end(phase, then_ms):
    """Slices of 10 ms end at 10 and 20, whatever happens at 12; one that ended while a cost was paid is followed by another when it is paid."""
    w = host_tables(1, PAIR)
    w.parameters.slice_ns = 10 * MS
    _run(w, 0, 1, phase)
    w.lps[0].dozes, w.lps[0].slice_end_ns = 1, 10 * MS
    assert running._leave_if_due(w, 0, 12 * MS) == running.STAYED
    assert w.lps[0].slice_end_ns == then_ms * MS


# Calls to the other VPs of a guest.


@pytest.mark.parametrize(
    ("phase", "due"),
    [(GUEST, True), (REFILL, False), (SPINNING, False), (AWAITING, False), (HYPERVISOR, False)],
)
def test_a_vp_calls_others_from_the_progress_of_its_task(phase, due):
    w = host_tables(1, PAIR)
    _run(w, 0, 1, phase)
    assert not calls.is_call_due(w, 0)  # its guest makes no calls
    w.guest_traps[1].call_every_ns = MS
    w.trap_state[1].call_left_ns = 0
    assert calls.is_call_due(w, 0) == due
    w.trap_state[1].call_left_ns = 1
    assert not calls.is_call_due(w, 0)


@pytest.mark.parametrize(("charge", "times"), [(CLUSTER_IPIS, 1), (MSR_ACCESSES, 2)])
def test_a_call_by_hypercall_is_one_to_all_others_and_else_one_to_each(monkeypatch, charge, times):
    w = host_tables(1, guest("g", 3, always_runnable(3)))
    for name in ("suspend_burst", "stay_in_hypervisor", "make_ready", "leave_idle"):
        noting_one(monkeypatch, calls, name)
    interrupted = noting_one(monkeypatch, calls, "interrupt")
    owed = noting_one(monkeypatch, calls, "owe")
    _run(w, 0, 2)
    w.guest_traps[1].ipi_charge, w.guest_traps[1].call_every_ns = charge, MS
    w.trap_state[2].call_left_ns = -5
    calls.call_others(w, 0, 7)
    assert owed == [(2, charge, times, 7)]
    assert [each[0] for each in interrupted] == [1, 3]
    assert (w.vp_traps[2].ipis_sent, w.lp_traps[0].ipis_sent) == (2, 2)
    assert (w.trap_state[2].answers, w.trap_state[2].call_left_ns) == (2, MS - 5)
    assert w.company[1].calls == 1


# Moves.

NODES = {"sockets": 2, "cores_per_socket": 2, "numa_nodes": 2}
SMT_NODES = {"sockets": 2, "cores_per_socket": 2, "threads_per_core": 2, "numa_nodes": 2}


def _away(topology, scheduler="classic"):
    """A VP of node 0 on the first LP of node 1, and the tables; all LPs are idle but that."""
    w = host_tables(topology, guest("g", 2, always_runnable(2)), scheduler=scheduler)
    vp, lp = len(w.lps), len(w.lps) // 2
    w.vp_identity.ideal_node[vp:] = 0
    _run(w, lp, vp)
    w.policy.set_idle(w, lp, False)
    return w, vp, lp


def _fill(w, *lps, phase=GUEST, vp=None):
    for lp in lps:
        w.policy.set_idle(w, lp, False)
        w.lps[lp].phase, w.lps[lp].vp = phase, lp if vp is None else vp


def test_a_vp_goes_home_to_an_idle_lp_of_its_node():
    w, vp, lp = _away(NODES)
    assert rebalance._idle_at_home(w, vp, lp) == 0
    _fill(w, 0)
    assert rebalance._idle_at_home(w, vp, lp) == 1
    _fill(w, 1)
    assert rebalance._idle_at_home(w, vp, lp) == NOBODY  # though LP 3 of its present node is idle


def test_it_does_not_leave_a_core_of_its_own_for_half_of_one():
    w, vp, lp = _away(SMT_NODES)
    assert rebalance._idle_at_home(w, vp, lp) == 0
    _fill(w, 0, 2)  # of either core one LP
    assert rebalance._idle_at_home(w, vp, lp) == NOBODY
    _fill(w, lp + 1)  # it shares its core by now
    assert rebalance._idle_at_home(w, vp, lp) == 1
    _fill(w, 1, 3)
    assert rebalance._idle_at_home(w, vp, lp) == NOBODY


def test_a_thread_of_a_virtual_core_goes_home_beside_its_fellow():
    w, vp, lp = _away(SMT_NODES, "core")
    w.vp_identity[vp].fellow = vp + 1
    _run(w, 2, vp + 1)
    w.policy.set_idle(w, 2, False)
    assert rebalance._idle_at_home(w, vp, lp) == 3
    _fill(w, 3)
    assert rebalance._idle_at_home(w, vp, lp) == NOBODY
    w.vps[vp + 1].lp = lp + 1  # away as well
    assert rebalance._idle_at_home(w, vp, lp) == 0


@pytest.mark.parametrize(
    ("phase", "found"), [(REFILL, 1), (GUEST, 1), (SPINNING, 1), (HYPERVISOR, NOBODY), (WAKING, NOBODY)]
)
def test_two_vps_that_are_away_swap_unless_the_other_is_in_a_cost(phase, found):
    w, vp, lp = _away(NODES)
    other = vp + 1
    w.vp_identity[other].ideal_node = 1
    _run(w, 1, other, phase)
    w.away_lps[0] |= 1 << 1
    assert rebalance._away_at_home(w, vp, lp) == found
    w.lps[1].kept_off = 1
    assert rebalance._away_at_home(w, vp, lp) == NOBODY


def test_a_vp_whose_slice_is_over_goes_home_or_swaps_or_stays(monkeypatch):
    w, vp, lp = _away(NODES)
    moved, swapped = noting_one(monkeypatch, rebalance, "_move"), noting_one(monkeypatch, rebalance, "_swap")
    assert rebalance.go_home(w, lp, MS)
    assert [each[:2] for each in moved] == [(lp, 0)]
    _fill(w, 0, 1)
    assert not rebalance.go_home(w, lp, MS)
    w.vp_identity[vp + 1].ideal_node = 1
    _run(w, 1, vp + 1)
    w.away_lps[0] |= 1 << 1
    assert rebalance.go_home(w, lp, MS)
    assert (len(moved), swapped) == (1, [(lp, 1, MS)])
    w.vp_identity[vp].ideal_node = 1
    assert not rebalance.go_home(w, lp, MS)  # it is at home
