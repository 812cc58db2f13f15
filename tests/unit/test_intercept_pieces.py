"""Pieces of intercepts and of long hypercalls by themselves, as plain Python on the tables of a small host."""

import pytest

from components.traps import (
    BUSY_OTHERS,
    CODE,
    NESTED_PAGE_FAULTS,
    REMOTE_FLUSHES,
    REP_ELEMENTS,
    RUNNING_OTHERS,
    TIME,
    ZEROED_PAGES,
)
from hvecs.engine.build import build
from systems.hypercalls import continuations
from systems.intercepts import first_touches, settlement
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import S, always_runnable, guest, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
GUEST, VP = 1, 1
"""The guest of these hosts, and its VP: before it come the root and its own."""
ONE = 2**settlement.RATE_BITS


def _tables():
    w = plain_tables_of(
        build(parsed(scenario(S, 1, [guest("g", 1, always_runnable())], host={"memory": "4 GiB"})))
    )
    w.vps[VP].lp = 0
    w.charge_ns[:] = 0
    return w


def test_ticks_are_taken_by_a_vp_that_has_run_guest_code_since_it_was_settled():
    """A tick is due at 100: in the hypervisor it waits; after a ns of guest code it is delivered."""
    w = _tables()
    w.guest_traps[GUEST].rates, w.guest_traps[GUEST].tick_ns = 0, 1000
    state, counts = w.trap_state[VP], w.vp_traps[VP]
    state.next_tick_ns, state.settled_ns, w.vp_times[VP].guest_run_ns = 100, 500, 500
    settlement.settle_traps(w, VP, 600)
    assert (counts.ticks_due, counts.ticks_delivered, state.next_tick_ns) == (0, 0, 100)
    w.vp_times[VP].guest_run_ns = 501
    settlement.settle_traps(w, VP, 601)
    assert (counts.ticks_due, counts.ticks_delivered, state.next_tick_ns) == (1, 1, 1100)
    assert state.settled_ns == 501


@pytest.mark.parametrize("accrue", ["_accrue_short", "_accrue_long"])
def test_what_happens_at_a_rate_is_counted_in_whole_times_and_the_rest_is_carried(accrue):
    """Rates of 1.5 and 0.25 a ns of time, and 2 a ns of code; half a time of the first is left from before."""
    w = _tables()
    first = int(w.guest_traps[GUEST].first_rate)
    rates = ((3 * ONE // 2, TIME), (ONE // 4, TIME), (2 * ONE, CODE))
    for i, (rate, beside) in enumerate(rates):
        w.rates[first + i].rate, w.rates[first + i].beside = rate, beside
        w.rate_rests[VP, i] = 0
    w.rate_rests[VP, 0] = ONE // 2
    for time, code, due, rests in [
        (3, 0, {0: 5}, (0, 3 * ONE // 4, 0)),  # 0.5 + 4.5; 0.75; nothing
        (1, 1, {0: 1, 1: 1, 2: 2}, (ONE // 2, 0, 0)),  # 1.5; 0.75 + 0.25; 2
        (0, 0, {}, (ONE // 2, 0, 0)),
    ]:
        w.counted_ns[TIME], w.counted_ns[CODE] = time, code
        w.counted_ns[RUNNING_OTHERS] = w.counted_ns[BUSY_OTHERS] = 99
        found = getattr(settlement, accrue)(w, VP, first, 3)
        assert dict(zip(w.due_rates[:found].tolist(), w.due_times[:found].tolist(), strict=True)) == due
        assert tuple(w.rate_rests[VP, :3].tolist()) == rests


@pytest.mark.parametrize(
    ("rate", "ran", "rest"),
    [
        (ONE, 2**33 + 5, 0),
        (ONE, 1, ONE - 1),
        (1, 2**40, 0),
        (1, 2**40 - 1, 7),
        (ONE // 1000, 2**32, ONE - 1),
        (ONE // 1000 + 1, 2**32 + 1, 0),
        (897_201_488, 123_456_789_012, 987_654_321),
        (ONE // 100, 2**20 - 1, ONE - 1),
        (ONE // 100, 2**20, 1),
    ],
)
def test_long_times_are_counted_as_exactly_as_short_ones(rate, ran, rest):
    """By integers of any length: rest + rate x time, in 2^-44."""
    w = _tables()
    w.rate_rests[VP, 2] = rest
    times = settlement._accrue(w, VP, 2, rate, ran)
    assert (times, w.rate_rests[VP, 2]) == divmod(rest + rate * ran, ONE)


def _first_touches(w, zeroings, faults, longest_ns):
    """Charge the VP until nothing is left; return pages zeroed, faults, and what is owed for them, each time."""
    w.charge_ns[0, ZEROED_PAGES], w.charge_ns[0, NESTED_PAGE_FAULTS] = 100, 50
    w.parameters[0].longest_stay_ns = longest_ns
    g, counts = w.guests[GUEST], w.trap_counts[VP]
    g.first_zeroings, g.first_faults = zeroings, faults
    found = []
    while g.first_zeroings:
        before = (int(counts[ZEROED_PAGES]), int(counts[NESTED_PAGE_FAULTS]), int(w.trap_state[VP].unpaid_ns))
        first_touches.touch_pages(w, VP, 0)
        after = (int(counts[ZEROED_PAGES]), int(counts[NESTED_PAGE_FAULTS]), int(w.trap_state[VP].unpaid_ns))
        found.append(tuple(b - a for a, b in zip(before, after, strict=True)))
    assert g.first_faults == 0
    return found


@pytest.mark.parametrize(
    ("zeroings", "faults", "longest_ns", "stays"),
    [
        # A page costs 100 and 50 x 5 / 4 = 62: two a stay of 400; of 5 faults 2, then 3.
        (4, 5, 400, [(2, 2, 300), (2, 3, 350)]),
        # 100 + 50 x 1 / 4 = 112: a stay of 336 holds three, without the fault, which comes with the last.
        (4, 1, 336, [(3, 0, 300), (1, 1, 150)]),
        (4, 1, 335, [(2, 0, 200), (2, 1, 250)]),
        # A stay holds a page at least.
        (2, 2, 10, [(1, 1, 150), (1, 1, 150)]),
        (3, 0, 300, [(3, 0, 300)]),
        (0, 0, 300, []),
    ],
)
def test_pages_are_touched_as_many_a_stay_as_it_holds_and_their_faults_in_proportion(
    zeroings, faults, longest_ns, stays
):
    assert _first_touches(_tables(), zeroings, faults, longest_ns) == stays


def test_pages_that_cost_nothing_are_touched_at_once():
    w = _tables()
    w.guests[GUEST].first_zeroings, w.guests[GUEST].first_faults = 1000, 3
    first_touches.touch_pages(w, VP, 0)
    assert (w.guests[GUEST].first_zeroings, w.guests[GUEST].first_faults) == (0, 0)
    assert w.trap_counts[VP, [ZEROED_PAGES, NESTED_PAGE_FAULTS]].tolist() == [1000, 3]


@pytest.mark.parametrize(
    ("elements", "longest_ns", "entries"),
    [
        (10, 35, 4),  # (35 - 5) / 10: three elements an entry
        (9, 35, 3),
        (4, 35, 2),
        (3, 35, 1),
        (1, 35, 1),
        (4, 34, 2),
        (4, 25, 2),
        (4, 24, 4),
        (4, 1, 4),  # an entry attempts one element at least
    ],
)
def test_a_hypercall_of_many_elements_is_entered_as_often_as_they_need(elements, longest_ns, entries):
    w = _tables()
    w.charge_ns[0, REMOTE_FLUSHES], w.charge_ns[0, REP_ELEMENTS] = 5, 10
    w.parameters[0].longest_stay_ns = longest_ns
    state = w.trap_state[VP]
    state.unpaid_ns, state.put_off_ns = 3, 1
    continuations.call_for_elements(w, VP, REMOTE_FLUSHES, elements, 0)
    assert w.trap_counts[VP, [REMOTE_FLUSHES, REP_ELEMENTS]].tolist() == [entries, elements]
    assert (state.unpaid_ns, state.put_off_ns) == (3, 1 + 5 * entries + 10 * elements)


def test_a_hypercall_whose_elements_cost_nothing_is_entered_once():
    w = _tables()
    w.charge_ns[0, REMOTE_FLUSHES] = 5
    continuations.call_for_elements(w, VP, REMOTE_FLUSHES, 1000, 0)
    assert w.trap_counts[VP, [REMOTE_FLUSHES, REP_ELEMENTS]].tolist() == [1, 1000]
    assert w.trap_state[VP].put_off_ns == 5


def test_a_long_hypercall_is_paid_for_in_stays_of_the_longest_length():
    w = _tables()
    w.parameters[0].longest_stay_ns = 40
    state = w.trap_state[VP]
    state.put_off_ns, state.unpaid_ns = 90, 2
    for unpaid, left in ((42, 50), (82, 10), (92, 0), (92, 0)):
        continuations.go_on_calling(w, VP, 0)
        assert (state.unpaid_ns, state.put_off_ns) == (unpaid, left)
