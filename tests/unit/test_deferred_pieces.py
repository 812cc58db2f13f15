"""What the root does for others, by itself: which VP of it works, and which VP of the guest hears of it."""

import pytest

from components.task import ARRIVED, BACK, LOCAL, REQUEST
from components.virtual_processor import IDLE, RUNNING
from systems.scheduling import deferred
from tests.noting import noting_one
from tests.pieces import host_tables
from tests.plain_tables import plain_python
from tests.simulation import MS, fixed, guest, opened

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")
HALF = 1 << (deferred._SHARE_BITS - 1)
TASK, FIRST, GUEST_ROW = 0, 3, 1
"""The request, the first VP of its guest (the root has three), and the row of the guest."""


@pytest.mark.parametrize(
    ("share", "first"),
    [
        (0, []),
        (HALF, [1, 3, 5, 7]),
        (HALF // 2, [3, 7]),
        (3 * HALF // 2, [1, 2, 3, 5, 6, 7]),
        (2 * HALF, list(range(8))),
    ],
)
def test_the_share_of_journeys_that_is_for_root_vp_0_comes_at_even_distances(share, first):
    w = host_tables(1, guest("g", 1, opened(fixed(MS), fixed(MS))))
    w.root_activity.first_share = share
    assert [journey for journey in range(8) if deferred._is_for_first(w, 0, journey)] == first


class _Returning:
    """Request 0, number `number` of a guest with two VPs behind the root's three, comes back to it; what happens is noted."""

    def __init__(self, monkeypatch, number=0, stage=BACK, by_message=1, admitted=True):
        self.w = host_tables(3, guest("g", 2, opened(fixed(5 * MS), fixed(MS))))
        w = self.w
        w.tasks[TASK].kind, w.tasks[TASK].owner, w.tasks[TASK].stage = REQUEST, GUEST_ROW, stage
        w.journeys[TASK].number, w.journeys[TASK].service_ns = number, 7
        w.io_paths[0].by_message = by_message
        for name, answer in (("is_lost", False), ("take_slot", deferred.QUEUED + 1), ("admit", admitted)):
            noting_one(monkeypatch, deferred, name, answer)
        for name in ("free_buffer", "enqueue", "submit_next", "interrupt", "leave_idle"):
            noting_one(monkeypatch, deferred, name)
        self.told = {
            name: noting_one(monkeypatch, deferred, name)
            for name in ("make_ready", "kick", "look_up", "call_guest")
        }

    def vps(self, state, idle):
        self.w.vps.state[FIRST:] = state
        self.w.guests[GUEST_ROW].idle_vps = idle

    def reach(self):
        deferred.reach_guest(self.w, TASK, MS)
        return {name: calls for name, calls in self.told.items() if calls}


@pytest.mark.parametrize(("number", "vp"), [(0, 3), (1, 4), (6, 3), (7, 4)])
def test_a_message_wakes_the_vp_that_it_is_for_if_that_is_idle(monkeypatch, number, vp):
    found = _Returning(monkeypatch, number)
    found.vps(IDLE, 2)
    assert found.reach() == {"make_ready": [(vp, MS)]}
    assert found.w.tasks[TASK].stage == LOCAL


@pytest.mark.parametrize(("idle", "told"), [(1, {"kick": [(GUEST_ROW, MS)]}), (0, {"look_up": [(4, MS)]})])
def test_another_idle_vp_comes_where_it_is_busy_and_else_it_looks(monkeypatch, idle, told):
    found = _Returning(monkeypatch, 1)
    found.vps(RUNNING, idle)
    assert found.reach() == told


def test_no_idle_vp_comes_for_a_request_that_waits_outside(monkeypatch):
    found = _Returning(monkeypatch, 1, ARRIVED, admitted=False)
    found.vps(RUNNING, 1)
    assert found.reach() == {"look_up": [(4, MS)]}


@pytest.mark.parametrize(("number", "vp"), [(0, 3), (1, 4), (7, 4)])
def test_without_messages_the_guest_is_called(monkeypatch, number, vp):
    found = _Returning(monkeypatch, number, by_message=0)
    found.vps(RUNNING, 1)
    told = found.reach()
    assert [each[:2] for each in told["call_guest"]] == [(GUEST_ROW, vp)]
    assert len(told) == 1


@pytest.mark.parametrize(("number", "vp"), [(0, 3), (1, 4), (7, 4)])
@pytest.mark.parametrize("waits", [False, True])
def test_an_answer_that_is_sent_calls_the_guest_for_one_that_has_waited_for_its_place(
    monkeypatch, number, vp, waits
):
    found = _Returning(monkeypatch, number)
    noting_one(monkeypatch, deferred, "complete_request")
    found.w.open[0].first_waiting = 5 if waits else -1
    found.w.requests[TASK].member = -1
    deferred.end_answer(found.w, TASK, MS)
    assert [each[:2] for each in found.told["call_guest"]] == ([(GUEST_ROW, vp)] if waits else [])


@pytest.mark.parametrize(("number", "vp"), [(0, 3), (1, 4), (7, 4)])
def test_a_page_that_is_read_calls_the_vp_of_its_number(monkeypatch, number, vp):
    found = _Returning(monkeypatch, number)
    found.w.page_reads[TASK].waiter = TASK
    deferred.give_page(found.w, TASK, MS)
    assert [each[:2] for each in found.told["call_guest"]] == [(GUEST_ROW, vp)]
