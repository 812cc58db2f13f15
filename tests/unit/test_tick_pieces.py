"""Ticks that fell due while their VP ran, ends of interrupts, and places of a CPU group, by themselves."""

from types import SimpleNamespace

import pytest

from components.traps import IPI, MSR_ACCESSES
from systems.interrupts import delivery, ticks
from systems.state import cpu_groups
from tests.noting import noting
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import MS, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")


@pytest.mark.parametrize(("backlog", "delivered", "left"), [(0, 3, 0), (2, 5, 0), (3, 6, 0), (5, 6, 2)])
def test_with_each_tick_that_is_due_one_of_the_backlog_is_taken(monkeypatch, backlog, delivered, left):
    """Three are due by 30 ms, one each 10 ms."""
    w = host_tables(1, guest("g", 1, always_runnable()))
    noting(monkeypatch, ticks, "owe", "deliver")
    w.guest_traps[1].tick_ns, w.trap_state[1].next_tick_ns, w.trap_state[1].tick_backlog = (
        10 * MS,
        10 * MS,
        backlog,
    )
    w.vps[1].lp = 0
    ticks._take_due(w, 1, 30 * MS)
    assert (w.vp_traps[1].ticks_delivered, w.trap_state[1].tick_backlog) == (delivered, left)
    assert (w.vp_traps[1].ticks_due, w.trap_state[1].next_tick_ns) == (3, 40 * MS)


@pytest.mark.parametrize(
    ("left", "places", "by_cores"),
    [
        (0, 0, 0),
        (-1, 0, 0),
        (1, 1, 2),
        (100, 1, 2),
        (101, 2, 2),
        (200, 2, 2),
        (201, 3, 4),
        (250, 3, 4),
        (300, 3, 4),
        (399, 4, 4),
        (900, 4, 4),
    ],
)
def test_a_group_has_as_many_places_as_its_budget_pays_for_until_the_period_ends_rounded_up(
    monkeypatch, left, places, by_cores
):
    """100 ns are left of the period, and at most four may run at once: one by one, or as the two of a virtual core."""
    monkeypatch.setattr(cpu_groups, "group_left", lambda *_: left)
    monkeypatch.setattr(cpu_groups, "_period_left", lambda *_: 100)
    for threads, expected in ((1, places), (2, by_cores)):
        w = SimpleNamespace(cpu_groups=[SimpleNamespace(most=4, threads=threads)])
        assert cpu_groups.places(w, 0, 0) == expected


@pytest.mark.parametrize(
    ("eoi_exits", "assisted", "exits"), [(0, 5, 0), (0, 2, 3), (0, 0, 5), (1, 5, 5), (1, 0, 5)]
)
def test_the_apic_assist_saves_the_exits_of_those_that_it_serves(monkeypatch, eoi_exits, assisted, exits):
    w = host_tables(1, guest("g", 1, always_runnable()))
    owed = noting(monkeypatch, delivery, "owe")
    w.guest_traps[1].eoi_exits = eoi_exits
    w.vps[1].lp = 0
    delivery.deliver(w, 1, IPI, 5, assisted, MS)
    assert w.vp_traps[1].eoi_accesses == exits
    assert owed == ([("owe", 1, MSR_ACCESSES, exits, MS)] if exits else [])
