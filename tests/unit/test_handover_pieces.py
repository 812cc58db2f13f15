"""Handing LPs over, by themselves: companions, whose turn comes where, and what has just become free."""

import pytest

from components.declare import NOBODY
from components.processor import GUEST, HYPERVISOR, IDLE, WAKING
from components.virtual_processor import READY, RUNNING
from systems.scheduling import handover
from tests.noting import noting, noting_one
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import MS, always_runnable, guest

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
CORES = {"sockets": 1, "cores_per_socket": 2, "threads_per_core": 2}
GUESTS = [guest("one", 2, always_runnable(2)), guest("two", 2, always_runnable(2))]
ONE, TWO = 4, 6
"""The first VP of each guest: those of the root come before."""


def _cores():
    """Two cores of two LPs; a core is never shared by two guests."""
    return host_tables(CORES, *GUESTS, scheduler="core")


def _lps():
    """Four LPs that guests share."""
    return host_tables(4, *GUESTS)


def _run(w, lp, vp, phase=GUEST):
    w.lps[lp].vp, w.lps[lp].phase = vp, phase
    if vp >= 0 and phase != WAKING:
        w.vps[vp].state, w.vps[vp].lp = RUNNING, lp


def test_a_guest_leaves_an_lp_to_its_root_vp_and_a_core_to_either():
    w = _cores()
    _run(w, 0, ONE)
    assert handover.root_that_wants(w, 0) == NOBODY
    w.vps[1].state = READY
    assert handover.root_that_wants(w, 0) == 1
    w.vps[0].state = READY
    assert handover.root_that_wants(w, 0) == 0
    w.vps[0].lp = 0  # it is waking there
    assert handover.root_that_wants(w, 0) == 1
    _run(w, 0, 0)
    assert handover.root_that_wants(w, 0) == NOBODY  # the root leaves an LP to nobody
    w = _lps()
    _run(w, 0, ONE)
    w.vps[1].state = READY
    assert handover.root_that_wants(w, 0) == NOBODY
    w.vps[0].state = READY
    assert handover.root_that_wants(w, 0) == 0


def test_an_lp_is_shared_by_what_may_run_beside_its_companion():
    w = _cores()
    assert handover.shares_with(w, 0, ONE)
    _run(w, 1, ONE + 1)
    assert handover.shares_with(w, 0, ONE)  # its fellow
    assert not handover.shares_with(w, 0, TWO)
    assert not handover.shares_with(w, 0, 0)
    _run(w, 1, 1)
    assert handover.shares_with(w, 0, 0)
    w = _lps()
    _run(w, 3, ONE)  # the last LP: no companion of any
    assert all(handover.shares_with(w, lp, TWO) for lp in range(3))


@pytest.mark.parametrize("lp", [0, 1, 2, 3])
def test_the_companion_of_an_lp_that_changed_hands_is_turned_to_what_it_may_run_if_it_is_free(
    monkeypatch, lp
):
    other = lp ^ 1
    w = _cores()
    woken = noting_one(monkeypatch, handover, "turn_idle_lp")
    turned = noting_one(monkeypatch, handover, "_turn_to_next")
    w.lps[other].phase = IDLE
    handover.turn_companion(w, lp, MS)
    assert (woken, turned) == ([(other, MS)], [])
    w.lps[other].phase = WAKING  # for a VP that has been taken from it
    handover.turn_companion(w, lp, MS)
    assert (len(woken), turned) == (1, [])
    w.lps[other].phase = HYPERVISOR  # its VP has just left it
    handover.turn_companion(w, lp, MS)
    assert (len(woken), turned) == (1, [(other, MS)])
    for vp in (other, ONE):  # a root VP or a guest's has it
        _run(w, other, vp)
        handover.turn_companion(w, lp, MS)
    assert (len(woken), len(turned)) == (1, 1)


def test_without_companions_nothing_is_turned(monkeypatch):
    w = _lps()
    woken = noting_one(monkeypatch, handover, "turn_idle_lp")
    handover.turn_companion(w, 0, MS)
    assert woken == []


def test_a_free_lp_takes_its_root_vp_first_and_no_guest_while_it_or_the_core_is_wanted(monkeypatch):
    w = _cores()
    left = noting_one(monkeypatch, handover, "leave_line")
    w = w._replace(policy=w.policy._replace(first_in_line=lambda *_: TWO))
    assert handover.take_next_in_line(w, 2) == TWO
    assert left == [(TWO,)]
    w.vps[3].state = READY  # the root's on the companion
    assert handover.take_next_in_line(w, 2) == NOBODY
    w.vps[2].state = READY
    assert handover.take_next_in_line(w, 2) == 2
    _run(w, 3, ONE)
    assert handover.take_next_in_line(w, 2) == NOBODY  # first a guest must leave the core
    w.vps.state[2:4] = RUNNING
    w.lps[3].vp = NOBODY
    w.lps[2].kept_off = 1
    assert handover.take_next_in_line(w, 2) == NOBODY
    assert len(left) == 1


class _Recent:
    """A VP that ran on LP 1 until 1 ms, where a VP of another guest is now, and becomes ready at 2 ms."""

    def __init__(self):
        self.w = _lps()
        _run(self.w, 1, TWO)
        vp = self.w.vps[ONE]
        vp.ran_before, vp.left_ns, vp.ideal_lp, vp.home_lp = 1, MS, 1, 1
        self.w.parameters.recent_ns = 5 * MS

    def waits(self, now=2 * MS):
        return handover._waits_for_last(self.w, ONE, now)


def test_a_vp_that_ran_recently_waits_for_its_last_lp():
    host = _Recent()
    assert host.waits()
    assert host.waits(6 * MS - 1)
    assert not host.waits(6 * MS)


@pytest.mark.parametrize(
    ("table", "row", "field", "value"),
    [
        ("vps", ONE, "reserve_left_ns", 1),
        ("vps", ONE, "ran_before", 0),
        ("vps", ONE, "home_lp", 2),
        ("lps", 1, "vp", NOBODY),
        ("lps", 1, "vp", 1),  # the root has no slices
        ("lps", 1, "kept_off", 1),
    ],
)
def test_it_does_not_where_it_lacks_reserve_or_nobody_is_there_whose_slice_ends(table, row, field, value):
    host = _Recent()
    setattr(getattr(host.w, table)[row], field, value)
    assert not host.waits()


@pytest.mark.parametrize(
    ("phase", "end_ns", "moves", "interrupts"),
    [
        (GUEST, 0, True, 1),  # it stops guest code: an external interrupt, which exits
        (HYPERVISOR, MS, True, 0),  # paid by now: the hypervisor has the LP already
        (HYPERVISOR, MS + 1, False, 0),  # a cost in progress is not cut
    ],
)
def test_a_root_vp_that_takes_its_lp_interrupts_the_guest_code_there(
    monkeypatch, phase, end_ns, moves, interrupts
):
    w = _lps()
    calls = noting(monkeypatch, handover, "step_off", "step_on", "find_other_lp", "keep_turn")
    _run(w, 0, ONE, phase)
    w.lps[0].phase_end_ns, w.vps[0].state = end_ns, READY
    handover.claim_own_lp(w, 0, MS)
    assert [name for name, *_ in calls] == ["step_off", "step_on", "find_other_lp", "keep_turn"] * moves
    assert w.lp_traps[0].scheduler_interrupts == int(moves)
    assert w.vp_traps[ONE].external_interrupts == interrupts
