"""Pieces of the scheduler by themselves, as plain Python on tables of a few rows."""

from bisect import bisect_right
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import NEVER, LpState, LpTopology, NumaNode, VpControls, VpIdentity, VpState
from components.declare import NOBODY
from components.processor import GUEST, HYPERVISOR, IDLE, REFILL, WAKING
from systems.guest import cache_domain
from systems.kernels import heap
from systems.kernels.distributions import LONGEST_NS
from systems.policies import root
from systems.scheduling import placement
from systems.state import accounting, waits
from tests.plain_tables import plain_python, tables

TURN = 1 << 20
WORD = 64
LONGEST_RUN = 366 * 86_400 * 10**9

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")


def test_the_pieces_are_plain_python():
    assert not hasattr(accounting.charge_cap, "py_func")
    assert not hasattr(cache_domain.top, "py_func")


def test_a_vp_takes_no_lp_that_is_kept_from_guests_from_one_of_less_priority():
    """Policies of users' own may take after the root scheduler's, and count interrupts."""
    w = tables(
        vps=VpState.table(2),
        vp_identity=VpIdentity.table(2),
        vp_controls=VpControls.table(2),
        set_members=np.ones((1, 1), np.uint64),
        idle_lps=np.zeros(1, np.uint64),
    )
    w.nodes.lps = 1
    w.vps.ideal_lp = 0
    w.vps[0].boost = 1
    w.lps.phase, w.lps.vp = GUEST, 1
    assert root.taken_from(w, 0) == 0
    w.lps.kept_off = 1
    assert root.taken_from(w, 0) == NOBODY


# The clocks of a cache domain.


def clock_tables(speed=TURN, *, lps=3, bound=TURN, **more):
    """One cache domain with one clock, for code that only waits for memory, and the heaps that its timer needs."""
    w = tables(timers=heap.make_heap([1], 1), bursts=heap.make_heap([lps], lps))
    w.domains.first_clock, w.domains.clocks = 0, 1
    w.code_clocks.domain, w.code_clocks.speed = 0, speed
    w.code_clocks.bound = w.code_clocks.waiting = bound
    for name, value in more.items():
        setattr(w.domains if name == "bus_share" else w.costs, name, value)
    return w


SPEEDS = st.lists(st.integers(1, TURN), min_size=1, max_size=20)


@given(SPEEDS, st.data())
def test_the_clock_shows_the_exact_work_rounded_down(speeds, data):
    w = clock_tables()
    exact, now = Fraction(0), 0
    for speed in speeds:
        w.code_clocks.speed = speed
        elapsed = data.draw(st.integers(0, 2**50))
        now += elapsed
        exact += Fraction(elapsed * speed, TURN)
        cache_domain.advance(w, 0, now)
        assert w.code_clocks[0].work_ns == exact.__floor__()
        assert Fraction(int(w.code_clocks[0].rest), TURN) == exact - exact.__floor__()


@given(st.integers(1, TURN), st.integers(0, 2**40), st.integers(1, 2**40))
def test_a_burst_ends_at_the_first_nanosecond_at_which_its_work_is_done(speed, begins, work):
    """Whatever the rest that the clock carries when it begins."""
    w = clock_tables(speed)
    cache_domain.advance(w, 0, begins)
    end_of_work = int(w.code_clocks[0].work_ns) + work
    heap.push(w.bursts, 0, 1, end_of_work, 1)
    cache_domain.schedule_burst_end(w, 0)
    ends = int(w.timers.key[0])
    assert Fraction(ends * speed, TURN) >= end_of_work
    assert Fraction((ends - 1) * speed, TURN) < end_of_work
    cache_domain.advance(w, 0, ends)
    assert w.code_clocks[0].work_ns == end_of_work


@pytest.mark.parametrize("speed", [TURN, TURN // 101, TURN // 101**2])
def test_a_burst_that_outlasts_any_run_ends_in_the_far_future(speed):
    """The longest burst (104 days) at the lowest speed (interference and nested paging of 10,000 %): no overflow."""
    w = clock_tables(speed)
    cache_domain.advance(w, 0, LONGEST_RUN)
    end_of_work = int(w.code_clocks[0].work_ns) + LONGEST_NS
    heap.push(w.bursts, 0, 1, end_of_work, 1)
    cache_domain.schedule_burst_end(w, 0)
    exact = ceil(Fraction(end_of_work * TURN, speed))
    assert w.timers.key[0] == exact or (w.timers.key[0] == NEVER and exact > 2 * LONGEST_RUN)


def test_a_clock_without_bursts_has_no_timer_and_stands_still():
    w = clock_tables(bus_share=TURN, interference=TURN)
    cache_domain.schedule_burst_end(w, 0)
    assert w.timers.length[0] == 0
    cache_domain.change_demand(w, 0, 2 * TURN, 100)
    assert (w.code_clocks[0].updated_ns, w.code_clocks[0].speed) == (0, TURN)
    cache_domain.start_clock(w, 0, 400)
    assert (w.code_clocks[0].updated_ns, w.code_clocks[0].work_ns, w.code_clocks[0].speed) == (
        400,
        0,
        TURN // 2,
    )


def test_a_change_of_speed_moves_the_end_of_the_first_burst():
    w = clock_tables(bus_share=TURN, interference=TURN)
    cache_domain.change_demand(w, 0, TURN, 0)
    heap.push(w.bursts, 0, 0, 1000, 0)
    cache_domain.schedule_burst_end(w, 0)
    assert w.timers.key[0] == 1000
    cache_domain.change_demand(w, 0, TURN, 400)
    assert w.timers.key[0] == 1600
    cache_domain.change_demand(w, 0, -TURN, 1000)
    assert w.timers.key[0] == 1300


@given(
    st.integers(0, TURN),
    st.integers(0, 101),
    st.integers(0, 101),
    st.integers(0, 128 * TURN),
    st.integers(0, 16_384),
)
def test_speed_is_as_stated_whatever_the_host(bound, nested, interference, bus_share, others):
    """No overflow with the greatest costs and the most LPs; within 2^-20 of the speed of the stated formula."""
    w = clock_tables(bound=bound, bus_share=bus_share, interference=interference * TURN)
    w.code_clocks.waiting = bound * (1 + nested)
    w.domains.demand = bound + others * TURN
    share, crowding = bound / TURN, min(1.0, others * bus_share / TURN)
    exact = TURN / (1 - share + share * (1 + nested) * (1 + interference * crowding))
    assert cache_domain.speed_of(w, 0) == pytest.approx(exact, rel=2e-5, abs=1)


# Caps.


def cap_tables(period, cap):
    w = tables()
    w.parameters.cap_period_ns, w.vp_controls.cap_ns = period, cap
    return w


def use_left(runs, period, cap, now):
    """What the cap leaves at `now`, told nanosecond by nanosecond.

    At each end of a period what was used beyond the cap is carried on. A nanosecond belongs to the period it begins in.
    """
    used = 0
    ran = {ns for start, end in runs for ns in range(start, end)}
    for ns in range(now):
        used += ns in ran
        if (ns + 1) % period == 0:
            used = max(0, used - cap)
    return cap - used


@settings(max_examples=300)
@given(
    st.integers(1, 12),
    st.data(),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40), st.booleans()), max_size=8),
)
def test_caps_are_charged_as_if_nanosecond_by_nanosecond(period, data, stretches):
    cap = data.draw(st.integers(0, period))
    w = cap_tables(period, cap)
    now, runs = 0, []
    for pause, length, ask in stretches:
        start = now + pause
        cut = data.draw(st.integers(0, length))
        accounting.charge_cap(w, 0, start, start + cut)
        accounting.charge_cap(w, 0, start + cut, start + length)
        now = start + length
        runs.append((start, now))
        if ask:
            assert accounting.cap_left(w, 0, now) == use_left(runs, period, cap, now)
    assert accounting.cap_left(w, 0, now) == use_left(runs, period, cap, now)


# Which idle LP.


def placement_tables(lps, idle, members, ideal, *, nodes=1, node=0, smt=False):  # noqa: PLR0913
    """One VP of `node` that may use the LPs `members` of a host on which the LPs `idle` are idle."""
    words = -(-lps // WORD)
    w = tables(
        idle_lps=bits(idle, words),
        set_members=bits(members, words).reshape(1, words),
        lps=LpState.table(lps),
        lp_topology=LpTopology.table(lps),
        nodes=NumaNode.table(nodes),
    )
    if smt:
        w.lp_topology.sibling = np.arange(lps) ^ 1
    w.nodes.lps = lps // nodes
    w.nodes.first_lp = np.arange(nodes) * (lps // nodes)
    w.vp_identity.ideal_node = node
    w.hosts.lps = lps
    w.host_states.idle_lps = len(idle)
    w.vps.ideal_lp, w.vp_controls.affinity_set = ideal, 0
    return w


def bits(lps, words):
    found = np.zeros(words, np.uint64)
    for lp in lps:
        found[lp // WORD] |= np.uint64(1 << lp % WORD)
    return found


@settings(max_examples=300)
@given(st.integers(1, 4), st.integers(1, 100), st.data())
def test_the_idle_lp_is_the_ideal_one_or_the_next_round_its_node_then_the_host(nodes, lps_each, data):
    lps, node = nodes * lps_each, data.draw(st.integers(0, nodes - 1))
    some = st.sets(st.integers(0, lps - 1), max_size=lps)
    idle, members, ideal = data.draw(some), data.draw(some), data.draw(st.integers(-1, lps - 1))
    w = placement_tables(lps, idle, members, ideal, nodes=nodes, node=node)
    first, end = node * lps_each, (node + 1) * lps_each
    begin = ideal if first <= ideal < end else first
    order = [*range(begin, end), *range(first, begin), *range(end, lps), *range(first)]
    assert placement.idle_lp_for(w, 0) == next((lp for lp in order if lp in idle & members), -1)


@settings(max_examples=300)
@given(st.integers(1, 3), st.integers(1, 50), st.data())
def test_with_smt_an_lp_of_an_idle_core_comes_first_then_the_sibling_of_the_ideal_one(
    nodes, cores_each, data
):
    lps, node = 2 * nodes * cores_each, data.draw(st.integers(0, nodes - 1))
    some = st.sets(st.integers(0, lps - 1), max_size=lps)
    idle, members, ideal = data.draw(some), data.draw(some), data.draw(st.integers(-1, lps - 1))
    w = placement_tables(lps, idle, members, ideal, nodes=nodes, node=node, smt=True)
    first, end = 2 * node * cores_each, 2 * (node + 1) * cores_each
    at_home = first <= ideal < end
    begin = ideal if at_home else first
    order = [*range(begin, end), *range(first, begin), *range(end, lps), *range(first)]
    whole = [lp for lp in order if lp in idle & members and lp ^ 1 in idle]
    near = [lp for lp in (ideal, ideal ^ 1) if at_home and lp in idle & members]
    rest = [lp for lp in order if lp in idle & members]
    assert placement.idle_lp_for(w, 0) == [*whole, *near, *rest, -1][0]
    assert placement.idle_core_for(w, 0) == [*whole, -1][0]


@pytest.mark.parametrize("lp", [0, 63, 64, 127, 128, 191])
def test_an_lp_is_found_where_words_begin_and_end(lp):
    for ideal in (0, 63, 64, 65, 128, 191):
        assert placement.idle_lp_for(placement_tables(192, {lp}, set(range(192)), ideal), 0) == lp


def test_lps_are_marked_idle_and_busy_one_by_one():
    w = tables(idle_lps=bits(range(130), 3), lps=LpState.table(130), lp_topology=LpTopology.table(130))
    for lp in (0, 63, 64, 129):
        placement.set_idle(w, lp, idle=False)
        assert (w.idle_lps == bits(set(range(130)) - {lp}, 3)).all()
        placement.set_idle(w, lp, idle=True)
        assert (w.idle_lps == bits(range(130), 3)).all()


# Waits.


@pytest.mark.parametrize("edges", [(), (5,), (5, 7), (1, 2, 4), tuple(4**n for n in range(13))])
def test_a_wait_is_in_the_bucket_of_the_edges_it_has_come_to(edges):
    w = tables(wait_edges=np.array(edges, np.int64))
    for waited in sorted({0, *edges, *(edge - 1 for edge in edges), *(edge + 1 for edge in edges), 2**62}):
        assert waits.bucket_of_wait(w, waited) == bisect_right(edges, waited)


# Accounts.


def account_tables(phase, weight=100):
    """An LP that runs VP 0 since time 10, or is idle."""
    w = tables()
    w.lps.phase, w.lps.since_ns, w.lps.vp = phase, 10, 0
    w.vps.guest_idle, w.vps.quantum_left_ns, w.vp_controls.weight = 0, 1000, weight
    return w


@pytest.mark.parametrize(
    ("phase", "lp_account", "vp_account"),
    [
        (IDLE, "idle_ns", None),
        (WAKING, "hypervisor_run_ns", None),
        (HYPERVISOR, "hypervisor_run_ns", "hypervisor_run_ns"),
        (REFILL, "guest_run_ns", "guest_run_ns"),
        (GUEST, "guest_run_ns", "guest_run_ns"),
    ],
)
def test_each_phase_has_one_account(phase, lp_account, vp_account):
    w = account_tables(phase)
    accounting.charge_lp(w, 0, 17)
    assert {name: w.lp_times[0][name] for name in w.lp_times.dtype.names if w.lp_times[0][name]} == {
        lp_account: 7
    }
    found = {name: w.vp_times[0][name] for name in w.vp_times.dtype.names if w.vp_times[0][name]}
    assert found == ({vp_account: 7} if vp_account else {}) | (
        {"lost_cache_refill_ns": 7} if phase == REFILL else {}
    )
    assert w.vps[0].quantum_left_ns == (993 if vp_account == "guest_run_ns" else 1000)
    assert w.lps[0].since_ns == 17


@given(st.integers(1, 10_000), st.lists(st.integers(0, 10**6), max_size=10))
def test_virtual_time_loses_nothing_however_it_is_cut(weight, pieces):
    w = account_tables(GUEST, weight=weight)
    now = 10
    for piece in pieces:
        now += piece
        accounting.charge_lp(w, 0, now)
    virtual = Fraction((now - 10) * 100, weight)
    assert w.vps[0].virtual_ns == virtual.__floor__()
    assert w.vps[0].virtual_rest == (now - 10) * 100 % weight
