"""Starts, stops, restarts and resizes by themselves, as plain Python on the tables of a small host."""

import numpy as np
import pytest

from components.change import DONE, IN_PART, Change
from components.declare import NEVER, NOBODY
from components.memory import ADD, AT_RESTART, REMOVE
from components.partition import NOT_SAVED, RESTORING
from hvecs.engine.build import build
from systems.memory import admission, operations, resizing, restarting, saving, starting, waiting
from systems.state.orders import STARTS, STOPS
from tests.noting import noting
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import S, constant, dynamic, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
SMALL = {"memory": "4 GiB"}
RESTARTS, REOPENS = admission.RESTARTS, admission.REOPENS


def _host(*names):
    """A host with guests of 32 frames, with a demand for memory, none of which has been started."""
    blocks = [dynamic(name, 64, constant(10), minimum="32 MiB") for name in names or ("a", "b")]
    world = build(parsed(scenario(S, 1, blocks, host=SMALL)))
    return plain_tables_of(world), world.memory


@pytest.mark.parametrize(
    ("kind", "life", "happens"),
    [
        (STOPS, (1, 0, 0), ["cancel_move", "forget_saved", "count_guest", "change_reserved", "take_memory"]),
        (STOPS, (0, 0, 1), ["cancel_move", "end_waiting"]),
        (STOPS, (0, 1, 0), []),
        (STOPS, (0, 1, 1), []),
        (RESTARTS, (1, 0, 0), ["cancel_move", "restart_memory"]),
        (RESTARTS, (0, 0, 0), []),
        (STARTS, (0, 0, 0), ["try_start"]),
        (STARTS, (0, 1, 0), ["try_start"]),
        (REOPENS, (1, 0, 0), []),
        (REOPENS, (0, 1, 0), []),
    ],
)
def test_what_happens_to_the_memory_of_a_guest(monkeypatch, kind, life, happens):
    """Its life: 1 if it runs, 1 if its host has failed, 1 if it waits to be started."""
    w, m = _host()
    acts = ["cancel_move", "forget_saved", "count_guest", "change_reserved", "take_memory", "end_waiting"]
    calls = noting(monkeypatch, admission, *acts, "restart_memory", "try_start", result=0)
    own = w.lifetimes[1]
    own.running, own.failed, own.denied = life
    admission._happen(w, m, 1, kind, NOBODY, 9)
    assert [call[0] for call in calls] == happens


def test_a_guest_that_is_turned_off_holds_and_wants_nothing():
    w, m = _host()
    starting.back_pages(w, m, 1, 32)
    p = m.partitions[1]
    p.wanted, p.committed, p.working_set, p.retry_ns, w.lifetimes[1].awaits_memory = 5, 4, 3, 2, 1
    free = int(m.nodes[0].free)
    admission.take_memory(w, m, 1, 9)
    assert (p.wanted, p.committed, p.working_set, p.retry_ns, w.lifetimes[1].awaits_memory) == (
        0,
        0,
        0,
        NEVER,
        0,
    )
    assert (p.held, p.visible, m.nodes[0].free) == (0, 0, free + 32)
    assert w.memory_calls[1].to_unmap == 32


@pytest.mark.parametrize(
    ("retry_ns", "first_try_ns", "until", "following"),
    [
        ((100, 200), (50, 10), 300, 1),  # what is due first, whoever came first
        ((200, 100), (10, 50), 300, 2),
        ((100, 100), (50, 10), 300, 2),
        ((100, 100), (10, 50), 300, 1),
        ((100, 100), (10, 10), 300, 1),
        ((100, 200), (50, 10), 100, 1),
        ((100, 200), (50, 10), 99, NOBODY),
        ((300, 200), (10, 50), 250, 2),
        ((NEVER, NEVER), (10, 50), 250, NOBODY),
    ],
)
def test_starts_are_tried_again_as_they_are_due_and_those_due_together_as_they_came(
    retry_ns, first_try_ns, until, following
):
    _, m = _host()
    m.partitions.retry_ns[1:], m.partitions.first_try_ns[1:] = retry_ns, first_try_ns
    m.state[0].next_retry_ns = min(retry_ns)
    assert waiting.next_waiting(m, until) == following


@pytest.mark.parametrize(("saved", "frames"), [(0, 32), (1, 1), (20, 20), (40, 40)])
def test_a_guest_needs_its_startup_memory_or_what_was_saved_of_it(saved, frames):
    _, m = _host()
    m.partitions[1].saved_pages = saved
    assert waiting.needed(m, 1) == frames


@pytest.mark.parametrize(
    ("per_guest", "committed", "may"),
    [(10, 89, True), (10, 90, True), (10, 91, False), (0, 101, True), (1, 100, False)],
)
def test_the_root_may_commit_for_one_more_guest_up_to_its_limit(monkeypatch, per_guest, committed, may):
    _, m = _host()
    monkeypatch.setattr(waiting, "commit_limit", lambda *_: 100)
    m.parameters[0].commit_per_guest, m.partitions[0].committed = per_guest, committed
    assert waiting.root_may_commit(m, 0) == may


@pytest.mark.parametrize(
    ("refusals", "after_ns"),
    [(1, S // 2), (2, S // 2), (3, S // 2), (4, 3600 * S), (5, S // 2), (7, S // 2), (8, 3600 * S)],
)
def test_a_cluster_tries_three_times_more_half_a_second_apart_then_in_an_hour(refusals, after_ns):
    _, m = _host()
    m.parameters[0].cluster, m.parameters[0].retry_ns, m.partitions[1].refusals = 1, 30, refusals
    assert waiting._retry_time(m, 1, 7 * S) == 7 * S + after_ns
    m.parameters[0].cluster = 0
    assert waiting._retry_time(m, 1, 7 * S) == 7 * S + 30
    m.parameters[0].retry_ns = NEVER
    assert waiting._retry_time(m, 1, 7 * S) == NEVER


@pytest.mark.parametrize(
    ("room", "rows", "has"),
    [(40, 24, True), (40, 25, False), (40, 0, True), (15, 0, False), (16, 0, True), (0, 99, True)],
)
def test_the_trace_has_room_for_four_rows_of_each_partition_and_four_more(room, rows, has):
    """Here 4 x 3 + 4: root and two guests."""
    _, m = _host()
    m.progress[0].room, m.progress[0].operations = room, rows
    assert operations.has_room(m) == has


@pytest.mark.parametrize(
    ("wanted", "room", "held", "result"),
    [
        (40, 99, 40, DONE),
        (40, 5, 37, IN_PART),
        (33, 99, 33, DONE),
        (20, 99, 20, DONE),
        (1, 99, 5, IN_PART),
    ],
)
def test_a_guest_that_is_resized_is_backed_by_as_many_frames_as_it_then_sees(
    monkeypatch, wanted, room, held, result
):
    """It holds 32 frames, and has committed 5."""
    w, m = _host()
    starting.back_pages(w, m, 1, 32)
    p, w.lifetimes[1].running = m.partitions[1], 1
    p.committed = 5 * int(m.parameters[0].page_bytes)
    m.nodes[0].free = room
    noting(monkeypatch, resizing, "settle_guest", "note_remote")
    assert resizing.resize(w, m, 1, wanted, 9) == result
    assert (p.held, p.visible, p.startup) == (held, held, held)
    assert m.nodes[0].free == room - (held - 32)
    assert np.flatnonzero(m.pages[p.first_page : p.first_page + 50]).tolist() == list(range(held))


# Row 0 of the demands is a row as others.


def _settled(monkeypatch, module, act):
    """Whose memory is settled when `act` is done with each of two guests, then with one that has no demand."""
    w, m = _host()
    settled = noting(monkeypatch, module, "settle_guest")
    for partition in (1, 2):
        act(w, m, partition)
    m.demand_of[1] = NOBODY
    act(w, m, 1)
    return [call[1] for call in settled]


def test_a_guest_whose_demand_is_known_is_settled_when_it_is_resized(monkeypatch):
    def act(w, m, partition):
        w.lifetimes[partition].running = 1
        resizing.resize(w, m, partition, int(m.partitions[partition].held), 9)

    assert _settled(monkeypatch, resizing, act) == [1, 2]


def test_a_guest_whose_demand_is_known_is_settled_when_it_comes_back(monkeypatch):
    wants = noting(monkeypatch, restarting, "want")
    assert _settled(monkeypatch, restarting, lambda w, m, row: restarting._come_back(w, m, row, 9)) == [1, 2]
    assert wants == [("want", 0, 9), ("want", 1, 9)]


def test_a_guest_whose_demand_is_known_is_settled_when_it_is_restored(monkeypatch):
    timers = noting(monkeypatch, saving, "set_timer")
    changes = []

    def act(w, m, partition):
        w = w._replace(changes=Change.table(1))
        m.partitions[partition].restore, w.lifetimes[partition].saved = 0, RESTORING
        saving._end_restore(w, m, partition, 9)
        assert (w.lifetimes[partition].saved, m.partitions[partition].restore) == (NOT_SAVED, NOBODY)
        changes.append(int(w.changes[0].result))

    assert _settled(monkeypatch, saving, act) == [1, 2]
    assert changes == [DONE] * 3
    assert len(timers) == 3


@pytest.mark.parametrize(
    ("before", "rows"),
    [
        (40, [("record", 9, 1, REMOVE, AT_RESTART, 8, 8)]),
        (33, [("record", 9, 1, REMOVE, AT_RESTART, 1, 1)]),
        (32, []),
        (31, [("record", 9, 1, ADD, AT_RESTART, 1, 1)]),
        (20, [("record", 9, 1, ADD, AT_RESTART, 12, 12)]),
    ],
)
def test_a_guest_that_is_restarted_begins_with_its_startup_memory(monkeypatch, before, rows):
    w, m = _host()
    p = m.partitions[1]
    p.startup = before
    starting.back_pages(w, m, 1, before)
    p.startup, p.committed, p.working_set = 32, 4, 3
    recorded = noting(monkeypatch, restarting, "record")
    back = noting(monkeypatch, restarting, "_come_back")
    restarting.restart_memory(w, m, 1, 9)
    assert recorded == rows
    assert back == [("_come_back", 1, 9)]
    assert (p.held, p.visible, p.committed, p.working_set, p.first_try_ns) == (32, 32, 0, 0, 9)
    assert (p.mapped, p.unmapped) == (max(0, 32 - before), max(0, before - 32))
