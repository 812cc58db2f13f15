"""Reserves, and what happens at the end of periods, piece by piece; plain Python on the tables of a small host."""

import pytest

from components.declare import NOBODY
from components.host import FLOOR, PERIOD_BUDGET, RESERVE_FIRST
from components.processor import GUEST, HYPERVISOR, IDLE, REFILL, SPINNING, WAKING
from components.virtual_processor import CAPPED, READY, RUNNING
from components.virtual_processor import IDLE as VP_IDLE
from systems.scheduling import periods, reserves
from tests.host_clusters import cluster
from tests.noting import noting
from tests.pieces import host_tables, tables_of_text, timer
from tests.plain_tables import plain_python
from tests.simulation import MS, S, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
VP = 1
"""The guest's VP on a host of one LP: the root's comes before it."""


def _with_reserve(mode, left_ns):
    w = host_tables(1, guest("g", 1, always_runnable(), processor={"weight": 400}))
    w.parameters[0].reserve_mode, w.parameters[0].slice_ns = mode, 10
    w.parameters[0].cap_period_ns = 100
    w.host_states[0].reserving = 1
    w.vp_controls[VP].reserve_ns, w.vps[VP].reserve_left_ns = 50, left_ns
    w.vps[VP].lp, w.lps[0].slice_end_ns = 0, 999
    return w


@pytest.mark.parametrize(
    ("mode", "reserving", "weight"),
    [
        (RESERVE_FIRST, 0, 400),
        (RESERVE_FIRST, 1, 400),
        (FLOOR, 1, 400),
        (PERIOD_BUDGET, 0, 400),
        (PERIOD_BUDGET, 1, 100),
        (PERIOD_BUDGET, 2, 100),
    ],
)
def test_weights_do_not_count_where_any_vp_has_a_budget_a_period(mode, reserving, weight):
    w = _with_reserve(mode, 0)
    w.host_states[0].reserving = reserving
    assert reserves.weight_of(w, VP) == weight


@pytest.mark.parametrize(
    ("left", "elapsed", "left_then", "ends"),
    [
        (5, 4, 1, False),
        (5, 5, 0, True),
        (5, 6, -1, True),
        (0, 6, -6, False),
        (-3, 6, -9, False),
        (0, 20, -20, False),
        (0, 21, -20, False),
        (5, 25, -20, True),
        (5, 26, -20, True),
        (-20, 1, -20, False),
    ],
)
def test_a_floor_keeps_two_slices_of_what_a_vp_had_beyond_it_and_all_time_costs_virtual_time(
    left, elapsed, left_then, ends
):
    """A slice is 10 ns. The turn of a VP ends when it lacks nothing any more, and not again."""
    w = _with_reserve(FLOOR, left)
    assert reserves.spend(w, VP, elapsed) == elapsed
    assert (w.vps[VP].reserve_left_ns, w.lps[0].slice_end_ns) == (left_then, 0 if ends else 999)


@pytest.mark.parametrize(
    ("left", "elapsed", "costs", "left_then", "ends"),
    [(5, 4, 0, 1, False), (5, 5, 0, 0, True), (5, 6, 1, 0, True), (0, 6, 6, 0, False)],
)
def test_the_budget_of_a_period_costs_no_virtual_time(left, elapsed, costs, left_then, ends):
    w = _with_reserve(PERIOD_BUDGET, left)
    assert reserves.spend(w, VP, elapsed) == costs
    assert (w.vps[VP].reserve_left_ns, w.lps[0].slice_end_ns) == (left_then, 0 if ends else 999)


@pytest.mark.parametrize(("mode", "reserve"), [(RESERVE_FIRST, 50), (FLOOR, 0), (PERIOD_BUDGET, 0)])
def test_time_is_taken_from_no_reserve_where_there_is_none_or_it_is_earned(mode, reserve):
    w = _with_reserve(mode, 5)
    w.vp_controls[VP].reserve_ns = reserve
    assert reserves.spend(w, VP, 7) == 7
    assert (w.vps[VP].reserve_left_ns, w.lps[0].slice_end_ns) == (5, 999)


@pytest.mark.parametrize(
    ("mode", "now", "due"),
    [
        (PERIOD_BUDGET, -1, 0),
        (PERIOD_BUDGET, 0, 100),
        (PERIOD_BUDGET, 99, 100),
        (PERIOD_BUDGET, 100, 200),
        (FLOOR, -1, 0),
        (FLOOR, 0, 10),
        (FLOOR, 9, 10),
        (FLOOR, 10, 20),
        (RESERVE_FIRST, 10, 20),
    ],
)
def test_reserves_are_granted_once_a_slice_and_budgets_once_a_period(mode, now, due):
    """A slice is 10 ns, a period 100."""
    w = _with_reserve(mode, 0)
    reserves.set_reserve_timer(w, 0, now)
    assert timer(w, w.schedule.reserve, 0) == due


def test_where_nobody_has_a_reserve_none_is_granted():
    w = _with_reserve(FLOOR, 0)
    w.host_states[0].reserving = 0
    reserves.set_reserve_timer(w, 0, 0)
    assert timer(w, w.schedule.reserve, 0) is None


def test_all_vps_with_a_reserve_on_the_host_are_granted_it(monkeypatch):
    """Each host has 2 root VPs, those of both before those of guests; on host b only the last guest has no reserve."""
    reserve = {"reserve": "10 %"}
    guests = [
        guest("one", 2, always_runnable(2), processor=reserve, host="a"),
        guest("two", 1, always_runnable(), processor=reserve, host="b"),
        guest("three", 2, always_runnable(2), processor=reserve, host="b"),
        guest("four", 1, always_runnable(), host="b"),
    ]
    w = tables_of_text(cluster(S, guests))
    calls = noting(monkeypatch, periods, "grant_now", "set_reserve_timer")
    periods.reserve_event(w, 0, MS)
    assert calls == [("grant_now", 4, MS), ("grant_now", 5, MS), ("set_reserve_timer", 0, MS)]
    calls.clear()
    periods.reserve_event(w, 1, MS)
    assert calls == [*(("grant_now", vp, MS) for vp in (6, 7, 8)), ("set_reserve_timer", 1, MS)]


@pytest.mark.parametrize(
    ("state", "lp", "left", "then"),
    [
        (READY, NOBODY, 1, "place"),
        (READY, NOBODY, 0, "stand_in_line"),
        (READY, NOBODY, -1, "stand_in_line"),
        (READY, 0, 1, None),
        (RUNNING, 0, 1, None),
        (CAPPED, NOBODY, 1, None),
        (VP_IDLE, NOBODY, 1, None),
    ],
)
def test_a_vp_that_waits_for_an_lp_takes_the_place_that_its_grant_gives_it(
    monkeypatch, state, lp, left, then
):
    w = _with_reserve(FLOOR, left)
    calls = noting(monkeypatch, periods, "charge_up_to", "leave_line", "grant", "place", "stand_in_line")
    w.vps[VP].state, w.vps[VP].lp = state, lp
    periods.grant_now(w, VP, MS)
    charge, grant = ("charge_up_to", VP, MS), ("grant", VP)
    placed = ("place", VP, MS) if then == "place" else ("stand_in_line", VP)
    assert calls == ([charge, ("leave_line", VP), grant, placed] if then else [charge, grant])


@pytest.mark.parametrize(
    ("phase", "ends", "at_once"),
    [
        (IDLE, False, False),
        (WAKING, False, False),
        (HYPERVISOR, True, False),
        (REFILL, True, True),
        (GUEST, True, True),
        (SPINNING, True, True),
    ],
)
@pytest.mark.parametrize("lp", [0, 1])
def test_who_has_just_come_into_line_asks_for_the_turn_at_its_own_lp(phase, ends, at_once, lp):
    """The slice there ends now; a cost in progress is not cut, after which it is asked."""
    w = host_tables(2, guest("g", 2, always_runnable(2)))
    w.lps.slice_end_ns = 9 * MS
    w.lps[lp].phase, w.lps[lp].vp = phase, 3
    w.vps[2].home_lp = lp
    periods._ask_for_turn(w, 2, MS)
    assert w.lps[lp].slice_end_ns == (MS if ends else 9 * MS)
    assert w.lps[1 - lp].slice_end_ns == 9 * MS
    assert timer(w, w.schedule.processor, lp) == (MS if at_once else None)
    assert timer(w, w.schedule.processor, 1 - lp) is None


@pytest.mark.parametrize("runs", ["root", "guest"])
def test_nobody_asks_for_the_turn_of_the_root_or_of_an_lp_that_it_may_not_use(runs):
    w = host_tables(2, guest("g", 2, always_runnable(2), processor={"affinity": [1]}))
    lp = 1 if runs == "root" else 0
    w.lps.slice_end_ns = 9 * MS
    w.lps[lp].phase, w.lps[lp].vp = GUEST, 1 if runs == "root" else 3
    w.vps[2].home_lp = lp
    periods._ask_for_turn(w, 2, MS)
    assert w.lps[lp].slice_end_ns == 9 * MS
    assert timer(w, w.schedule.processor, lp) is None
