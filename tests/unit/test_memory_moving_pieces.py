"""The memory of guests that migrate, by itself, as plain Python on the tables of small hosts."""

import pytest

from components.change import CANCELLED as CHANGE_CANCELLED
from components.declare import NOBODY
from components.migration import CANCELLED, COPYING, NOT_MOVING, QUEUED
from hvecs.engine.build import build
from systems.memory import moving
from tests.host_clusters import cluster, migrate
from tests.noting import noting
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import IDLE, S, constant, dynamic, guest, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
SMALL = {"memory": "4 GiB"}


@pytest.mark.parametrize(
    ("stage", "happens"),
    [
        (NOT_MOVING, []),
        (QUEUED, [("note_migration", 2, CANCELLED, 9), ("leave_queue", 2)]),
        (
            COPYING,
            [
                ("note_migration", 2, CANCELLED, 9),
                ("_give_back_frames", 2, 1, 9),
                ("change_reserved_on", 1, 2, -1),
                ("count_guest_on", 1, -1),
                ("leave_under_way", 2, 9),
            ],
        ),
    ],
)
def test_a_guest_that_is_turned_off_migrates_no_further(monkeypatch, stage, happens):
    world = build(
        parsed(cluster(S, [guest("g", 1, IDLE, host="a")], [migrate(S // 2, "g", "b")], host=SMALL))
    )
    w, m = plain_tables_of(world), world.memory
    acts = ["note_migration", "leave_queue", "_give_back_frames", "change_reserved_on", "count_guest_on"]
    calls = noting(monkeypatch, moving, *acts, "leave_under_way")
    mig = w.migrations[2]
    mig.stage, mig.target, mig.change = stage, 1, 0
    moving.cancel_move(w, m, 2, 9)
    assert calls == happens
    assert (w.changes[0].result == CHANGE_CANCELLED) == (stage != NOT_MOVING)


def test_where_there_is_one_host_nobody_migrates(monkeypatch):
    calls = noting(monkeypatch, moving, "note_migration")
    world = build(parsed(scenario(S, 1, [guest("g", 1, IDLE)], host=SMALL)))
    moving.cancel_move(plain_tables_of(world), world.memory, 1, 9)
    assert calls == []


@pytest.mark.parametrize(("row", "moves"), [(0, [1, 0]), (1, [0, 1]), (NOBODY, [0, 0])])
def test_dynamic_memory_leaves_the_guest_alone_that_migrates(row, moves):
    """The rows are those of two guests; a third has none."""
    blocks = [dynamic(name, 64, constant(10), minimum="32 MiB", host="a") for name in ("a", "b")]
    world = build(parsed(cluster(S, [*blocks, guest("c", 1, IDLE, host="a")], host=SMALL)))
    w, m = plain_tables_of(world), world.memory
    partition = 4 if row == NOBODY else 2 + row
    m.dynamic_of[4] = NOBODY
    moving.keep_frames(w, m, partition, 1, 9)
    assert m.dynamic.moves.tolist()[:2] == moves
    assert m.dynamic.moves.sum() == sum(moves)
