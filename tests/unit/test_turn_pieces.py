"""Ends of slices, tasks and long spins, piece by piece; plain Python on the tables of a small host."""

import itertools

import pytest

from components.declare import NOBODY
from components.host import DIRECTED, IGNORE, PARTITION, YIELD
from systems.scheduling import lock_extension, long_spin, outranking, paying
from tests.noting import noting
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import MS, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
SMT = {"sockets": 1, "cores_per_socket": 1, "threads_per_core": 2}


def _core(monkeypatch, holders, vps=(2, 3), scheduler="core"):
    """A core whose LPs run VPs of a guest, those on `holders` with a thread that holds a spin lock; slices end at 5 ms."""
    w = host_tables(SMT, guest("g", 2, always_runnable(2)), scheduler=scheduler)
    w.parameters[0].lock_extension_ns = MS
    w.lps.vp, w.lps.slice_end_ns = vps, 5 * MS
    monkeypatch.setattr(lock_extension, "holds_spin_lock", lambda _, vp: vp - 2 in holders)
    return w


@pytest.mark.parametrize("lp", [0, 1])
@pytest.mark.parametrize(("holders", "extended"), [((), 0), ((0,), 1), ((1,), 1), ((0, 1), 1)])
def test_the_slice_of_a_virtual_core_is_extended_if_either_of_its_threads_holds_the_lock(
    monkeypatch, lp, holders, extended
):
    w = _core(monkeypatch, holders)
    assert lock_extension.extend_slice(w, lp, 5 * MS) is bool(extended)
    assert w.lps.slice_end_ns.tolist() == [(5 + extended) * MS] * 2
    assert w.vps.extended.tolist()[2:] == [extended] * 2
    assert not lock_extension.extend_slice(w, lp, 6 * MS)


@pytest.mark.parametrize("lp", [0, 1])
def test_where_lps_do_not_belong_together_only_the_holder_goes_on(monkeypatch, lp):
    w = _core(monkeypatch, [0], scheduler="classic")
    assert lock_extension.extend_slice(w, lp, 5 * MS) is (lp == 0)
    assert w.lps.slice_end_ns.tolist() == [(6 - lp) * MS, 5 * MS]


@pytest.mark.parametrize("lp", [0, 1])
def test_beside_an_lp_without_a_vp_one_slice_is_extended(monkeypatch, lp):
    w = _core(monkeypatch, [lp], vps=[2 + other if other == lp else NOBODY for other in (0, 1)])
    assert lock_extension.extend_slice(w, lp, 5 * MS)
    assert w.lps.slice_end_ns.tolist() == [6 * MS if other == lp else 5 * MS for other in (0, 1)]


def test_without_an_extension_a_slice_ends_when_it_is_over(monkeypatch):
    w = _core(monkeypatch, [0, 1])
    w.parameters[0].lock_extension_ns = 0
    assert not lock_extension.extend_slice(w, 0, 5 * MS)
    assert w.lps.slice_end_ns.tolist() == [5 * MS] * 2


@pytest.mark.parametrize(
    ("outranked", "protected", "awaits", "holds"), list(itertools.product([False, True], repeat=4))
)
def test_an_outranked_task_gives_up_its_vp_unless_protected_awaiting_or_inside_a_lock(
    monkeypatch, outranked, protected, awaits, holds
):
    w = host_tables(1, guest("g", 1, always_runnable()))
    noting(monkeypatch, outranking, "outranks", result=outranked)
    noting(monkeypatch, outranking, "protected_ns", result=int(protected))
    noting(monkeypatch, outranking, "awaits_answers", result=awaits)
    noting(monkeypatch, outranking, "holds_spin_lock", result=holds)
    changes = (outranked, protected, awaits, holds) == (True, False, False, False)
    assert outranking.is_to_change(w, 1, MS) is changes


@pytest.mark.parametrize(
    ("unpaid", "tick_due", "halts"), [(0, True, 1), (1, False, 1), (2, False, 1), (1, True, 0)]
)
def test_a_vp_pays_for_what_it_owes_before_it_goes_idle(monkeypatch, unpaid, tick_due, halts):
    """Were it 1 ns. Where a tick falls due meanwhile it takes that first, and halts later."""
    w = host_tables(1, guest("g", 1, always_runnable()))
    noting(monkeypatch, paying, "settle_traps", "take_ticks", "go_on_calling", "owe")
    noting(monkeypatch, paying, "is_tick_due", result=tick_due)
    noting(monkeypatch, paying, "refill_left", result=7)
    calls = noting(monkeypatch, paying, "stay_in_hypervisor", "go_idle")
    w.lps[0].vp, w.trap_state[1].unpaid_ns = 1, unpaid
    w.vps[1].guest_idle = 0
    paying.halt(w, 0, MS)
    assert calls == [("stay_in_hypervisor", 0, 7, MS) if unpaid else ("go_idle", 0, MS)]
    assert (w.trap_state[1].halting, w.vps[1].guest_idle) == (1 if unpaid and halts else 0, halts)


@pytest.mark.parametrize(
    ("mode", "peer", "called"),
    [
        (IGNORE, 0, None),
        (IGNORE, 3, None),
        (YIELD, NOBODY, ("_go_behind", 0, MS)),
        (YIELD, 3, ("_go_behind", 0, MS)),
        (PARTITION, NOBODY, ("_go_behind", 0, MS)),
        (PARTITION, 0, ("_change_places", 0, 0, MS)),
        (PARTITION, 3, ("_change_places", 0, 3, MS)),
        (DIRECTED, NOBODY, None),
        (DIRECTED, 0, ("_change_places", 0, 0, MS)),
        (DIRECTED, 3, ("_change_places", 0, 3, MS)),
    ],
)
def test_after_a_long_spin_a_vp_gives_way_as_the_host_says(monkeypatch, mode, peer, called):
    w = host_tables(2, guest("g", 2, always_runnable(2)))
    w.parameters[0].long_spin, w.lps[0].vp, w.lps[0].yields = mode, 2, 1
    noting(monkeypatch, long_spin, "_favoured" if mode == DIRECTED else "_longest_waiting", result=peer)
    calls = noting(monkeypatch, long_spin, "_change_places", "_go_behind", result=True)
    assert bool(long_spin.give_way(w, 0, MS)) is (called is not None)
    assert calls == ([called] if called else [])
    assert w.lps[0].yields == 0
