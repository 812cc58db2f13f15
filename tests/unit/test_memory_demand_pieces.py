"""What guests and the root commit, by itself, as plain Python on the tables of a small host."""

import pytest

from components.declare import NEVER
from components.memory import DemandPoint
from hvecs.engine.build import build
from systems.memory import demand
from systems.state.tables import OK
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import S, constant, dynamic, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
SMALL = {"memory": "4 GiB"}
FRAME = 2 * 2**20
"""Bytes of a frame of these hosts."""


def _host(guests=1):
    """A host with guests that want 50 frames, none of which has been started."""
    blocks = [dynamic(name, 64, constant(100)) for name in "abc"[:guests]]
    world = build(parsed(scenario(S, 1, blocks, host=SMALL)))
    return plain_tables_of(world), world.memory


def _with_points(m, *points, cycle=NEVER):
    """Demand row 0 by these points, which are rows 2 and on; another's follow them."""
    table = DemandPoint.table(3 + len(points))
    table.at_ns, table.committed = zip((0, -7), (50, -7), *points, (60, -7), strict=True)
    m.demand[0].first_point, m.demand[0].points, m.demand[0].cycle_ns = 2, len(points), cycle
    return m._replace(points=table)


@pytest.mark.parametrize("cycle", [NEVER, 40])
def test_demand_is_linear_between_its_points_and_even_before_the_first_and_after_the_last(cycle):
    m = _with_points(_host()[1], (4, 100), (10, 220), (30, 20), cycle=cycle)
    expected = [(0, 100), (4, 100), (5, 120), (7, 160), (10, 220), (15, 170), (29, 30), (30, 20), (39, 20)]
    assert [(at, demand.committed_at(m, 0, at)) for at, _ in expected] == expected
    again = [(40, 100), (47, 160), (50, 220), (69, 30), (79, 20)]
    if cycle == NEVER:
        again = [(at, 20) for at, _ in again]
    assert [(at, demand.committed_at(m, 0, at)) for at, _ in again] == again


def test_a_single_point_is_a_constant():
    m = _with_points(_host()[1], (0, 100))
    assert [demand.committed_at(m, 0, at) for at in (0, 1, 10**12)] == [100] * 3


@pytest.mark.parametrize(
    ("page_file", "held", "limit"),
    [
        (0, 3, 3 * FRAME),
        (1000, 3, 3 * FRAME + 1000),
        (1000, 0, 1000),
        (FRAME, 1, 2 * FRAME),
        (NEVER, 3, NEVER),
    ],
)
def test_a_partition_may_commit_what_it_holds_and_its_page_file(page_file, held, limit):
    _, m = _host()
    m.partitions[1].page_file, m.partitions[1].held = page_file, held
    assert demand.commit_limit(m, 1) == limit


def test_a_guest_commits_what_it_wants_as_far_as_it_may_and_touches_a_share_of_that():
    _, m = _host()
    p, d = m.partitions[1], m.demand[0]
    d.working_set, d.file_cache, p.held = 0.75, 12345, 20
    for page_file, committed in ((30 * FRAME, 50 * FRAME), (30 * FRAME - 1, 50 * FRAME - 1), (0, 20 * FRAME)):
        p.page_file = page_file
        demand.want(m, 0, 0)
        assert (p.wanted, p.committed) == (50 * FRAME, committed)
        assert (p.working_set, p.file_cache) == (committed * 3 // 4, 12345)


def test_the_root_commits_something_for_every_guest_beside_its_own():
    _, m = _host()
    m.demand[0].owner, m.state[0].guests, m.parameters[0].commit_per_guest = 0, 3, 7
    demand.want(m, 0, 0)
    assert m.partitions[0].committed == 50 * FRAME + 21


def test_what_a_guest_may_not_commit_is_counted_at_each_balancing_while_it_runs():
    w, m = _host(3)
    m.partitions.held, m.partitions.page_file = 20, 0
    m.partitions[2].page_file = NEVER
    w.lifetimes.running[1:3] = 1
    period = int(m.parameters[0].period_ns)
    failures = w.guest_times.allocation_failures
    for until, counted in ((period - 1, 0), (period, 1), (2 * period, 2), (2 * period + 1, 2)):
        assert demand.demand_memory(w, m, until) == OK
        assert failures.tolist() == [0, counted, 0, 0]
    assert m.partitions.committed.tolist() == [0, 20 * FRAME, 50 * FRAME, 0]
    w.lifetimes[1].paused = 1
    demand.demand_memory(w, m, 3 * period)
    assert failures.tolist() == [0, 2, 0, 0]
