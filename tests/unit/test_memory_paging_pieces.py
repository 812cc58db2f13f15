"""Paging by itself, as plain Python on the tables of a small host."""

import pytest

from components.declare import NEVER, NOBODY
from components.partition import SAVED
from hvecs.engine.build import build
from systems.memory import paging
from systems.state.tables import OK
from tests.noting import noting
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import IDLE, S, constant, dynamic, guest, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
SMALL = {"memory": "4 GiB"}
FRAME = 2 * 2**20
"""Bytes of a frame of these hosts."""


def _host(guests=1, lps=1):
    """A host with guests that have a demand for memory, none of which has been started."""
    blocks = [dynamic(name, 64, constant(100), minimum="32 MiB") for name in "abc"[:guests]]
    world = build(parsed(scenario(S, lps, blocks, host=SMALL)))
    return plain_tables_of(world), world.memory


@pytest.mark.parametrize(
    ("touches", "reads", "found"),
    [
        ((1000, 0.5), (500, 0.25), (1000, 0.5)),  # 1 in 2,000 ns, and 1 in 2,000
        ((1000, 0.5), (500, 0.75), (500, 0.75)),
        ((1000, 0.5), (500, 0.0), (2000, 0.0)),
        ((1000, 0.0), (500, 0.25), (2000, 1.0)),
        ((1000, 0.5), (NEVER, 0.25), (2000, 0.0)),
        ((NEVER, 0.5), (500, 0.25), (2000, 1.0)),
        ((10**9, 1e-9), (NEVER, 0.0), (10**15, 0.0)),  # no further apart than that
        ((1, 1.0), (1, 1.0), (1, 0.5)),  # nor closer than 1 ns
        ((1000, 0.0), (500, 0.0), (NEVER, -1.0)),
        ((NEVER, 0.5), (NEVER, 0.5), (NEVER, -1.0)),
    ],
)
def test_faults_of_the_working_set_and_of_the_file_cache_come_at_the_sum_of_their_rates(
    monkeypatch, touches, reads, found
):
    """Each by its time apart, and the share of them that miss; found is the time between two faults, and the share of the cache."""
    w, m = _host()
    (m.demand[0].access_every_ns, missing), (m.demand[0].read_every_ns, not_cached) = touches, reads
    monkeypatch.setattr(paging, "missing_share", lambda *_: missing)
    monkeypatch.setattr(paging, "missing_cache", lambda *_: not_cached)
    w.guests[1].cache_share = -1.0  # which says nothing where there are no faults
    changed = noting(monkeypatch, paging, "change_faults")
    paging._set_faults(w, m, 0, 9)
    assert changed == [("change_faults", 1, found[0], 9)]
    assert w.guests[1].cache_share == found[1]


@pytest.mark.parametrize(
    ("committed", "cache", "frames"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (5 * FRAME, 0, 5),
        (5 * FRAME, 1, 6),
        (5 * FRAME - 1, 1, 5),
        (4 * FRAME, 2 * FRAME, 6),
        (0, FRAME + 1, 2),
    ],
)
def test_a_guest_touches_as_many_pages_as_hold_what_it_commits_and_its_file_cache(
    monkeypatch, committed, cache, frames
):
    w, m = _host()
    m.partitions[1].committed, m.partitions[1].file_cache = committed, cache
    touched = noting(monkeypatch, paging, "touch_up_to")
    paging.settle_guest(w, m, 1, 9)
    assert touched == [("touch_up_to", 1, frames)]


def test_the_guest_is_told_of_the_pages_that_it_has_touched_first_once():
    w, m = _host()
    p, g = m.partitions[1], w.guests[1]
    p.first_faults, p.first_zeroings = 3, 1536
    for _ in range(2):
        paging.settle_guest(w, m, 1, 9)
        assert (g.first_faults, g.first_zeroings) == (3, 1536)
    m.parameters[0].has_hypervisor, p.first_faults, p.first_zeroings = 0, 3, 1536
    paging.settle_guest(w, m, 1, 9)
    assert (g.first_faults, g.first_zeroings, p.first_faults, p.first_zeroings) == (3, 1536, 0, 0)


@pytest.mark.parametrize(
    ("remote", "home_cost", "away_cost"), [(0, 0.0, 2.0), (8, 0.5, 1.75), (16, 1.0, 1.5), (32, 2.0, 1.0)]
)
def test_remote_memory_is_spread_evenly_over_the_other_nodes(monkeypatch, remote, home_cost, away_cost):
    """Three nodes, 32 frames; code is slower by twice the share that lies elsewhere: away that is 1 - r / 2."""
    w, m = _host(lps={"sockets": 3, "cores_per_socket": 1, "numa_nodes": 3})
    p = m.partitions[1]
    p.held, p.remote, p.preferred_node, m.parameters[0].remote_memory = 32, remote, 1, 2.0
    changed = noting(monkeypatch, paging, "change_paces")
    paging.note_remote(w, m, 1, 9)
    paces = (round(2**20 / (1 + home_cost)), round(2**20 / (1 + away_cost)))
    assert changed == [("change_paces", 1, *paces, 9)]
    assert p.remote_share == remote / 32
    assert w.guests[1].memory_node == 1
    p.virtual_nodes = 2
    paging.note_remote(w, m, 1, 9)
    assert w.guests[1].memory_node == NOBODY


def test_guests_that_run_and_have_their_memory_are_settled_when_memory_is_balanced(monkeypatch):
    w, m = _host(3)
    settled = noting(monkeypatch, paging, "settle_guest")
    w.lifetimes.running[1:] = 1
    w.lifetimes[2].saved = SAVED
    period = int(m.parameters[0].period_ns)
    for until, owners in ((period - 1, []), (period, [1, 3]), (period + 1, [])):
        assert paging.page_guests(w, m, until) == OK
        assert settled == [("settle_guest", owner, until) for owner in owners]
        settled.clear()
    w.lifetimes[1].running = 0
    paging.page_guests(w, m, 2 * period)
    assert settled == [("settle_guest", 3, 2 * period)]


@pytest.mark.parametrize(
    ("held", "wanted", "share"),
    [(3, 4, 0.25), (1, 4, 0.75), (4, 4, 0.0), (5, 4, 0.0), (0, 4, 1.0), (-1, 4, 1.0), (0, 0, 0.0)],
)
def test_of_uniform_touches_those_miss_whose_page_is_not_held(held, wanted, share):
    _, m = _host()
    assert paging._missing_of(m, 0, held, wanted) == share


def test_a_host_of_one_node_has_no_remote_memory(monkeypatch):
    world = build(parsed(scenario(S, 1, [guest("g", 1, IDLE)], host=SMALL)))
    changed = noting(monkeypatch, paging, "change_paces")
    paging.note_remote(plain_tables_of(world), world.memory, 1, 9)
    assert changed == []
