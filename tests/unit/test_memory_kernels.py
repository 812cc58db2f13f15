"""Pieces of memory by themselves, as plain Python on the tables of a small host."""

import pytest

from hvecs.engine.build import build
from systems.memory import balloon, goals, moving, paging
from tests.host_clusters import cluster, migrate
from tests.plain_tables import plain_python
from tests.simulation import IDLE, S, constant, dynamic, guest, mib, parsed, scenario

__all__ = ["plain_python"]
pytestmark = pytest.mark.usefixtures("plain_python")


def _world(*guests, **more):
    return build(parsed(scenario(S, 1, guests, **more)))


FLOORS = [
    (0, 8),
    (126, 8 + 63),
    (128, 40 + 32),
    (510, 40 + 127),
    (512, 104 + 64),
    (2046, 104 + 255),
    (2048, 232 + 128),
    (8190, 232 + 511),
    (8192, 488 + 256),
    (65536, 488 + 2048),
]
"""Memory that a guest sees (MiB), and what its balloon leaves [LNX-BAL]."""


def test_the_floor_of_a_balloon_goes_by_the_memory_that_the_guest_sees():
    m = _world(guest("g", 1, IDLE), host={"page": "2 MiB", "memory": "1 GiB"}).memory
    for total_mib, floor_mib in FLOORS:
        m.partitions[1].visible = total_mib // 2
        assert balloon.balloon_floor(m, 1) == -(-floor_mib // 2), total_mib


def test_a_guest_with_a_floor_is_left_what_it_commits_and_that_in_whole_blocks():
    """2 MiB pages, blocks of one: 101 MiB are 51 pages, and the floor of a guest that sees 1 GiB is 104 + 128 MiB: 116."""
    linux = {"guest": {"profile": "linux"}}
    world = _world(dynamic("g", 1024, constant(100), minimum="64 MiB") | linux, host={"memory": "16 GiB"})
    m, row = world.memory, 0
    d, p = m.dynamic[row], m.partitions[1]
    block, pages = m.parameters[0].block, 2**20 * 2 // m.parameters[0].page_bytes
    p.visible = p.held = 512 * pages
    p.committed = 101 * 2**20
    frames = (51 + 116) * pages if pages == 1 else -(-101 * 2**20 // m.parameters[0].page_bytes) + 116 * pages
    assert goals.lowest(m, row) == -(-frames // block) * block
    p.held = frames - 1
    assert goals.lowest(m, row) == (frames - 1) // block * block
    d.minimum = 400 * pages
    assert goals.lowest(m, row) == 400 * pages
    d.minimum, d.keeps_floor = 0, 0
    assert goals.lowest(m, row) == 0


def test_a_host_keeps_a_frame_for_each_page_that_an_arriving_guest_holds_on_the_node_of_its_vps():
    """The first half of its pages belong to its first VP, the second to the other, which will be on the other node; page 5 it has given up."""
    two_nodes = {"sockets": 2, "cores_per_socket": 1, "numa_nodes": 2}
    guests = [
        guest("g", 2, IDLE, memory=mib(64), host="a"),
        guest("other", 1, IDLE, memory=mib(64), host="b"),
    ]
    world = build(parsed(cluster(S, guests, [migrate(S // 2, "g", "b")], lps=two_nodes)))
    world.advance(1)
    w, m, row = world.tables, world.memory, 2
    p, b = m.partitions[row], w.hosts[1]
    assert (p.visible, p.held) == (32, 32)
    p.virtual_nodes = 2
    pages = slice(p.first_page, p.first_page + 32)
    m.pages[p.first_page + 5] = 0
    moving.keep_frames(w, m, row, 1, 0)
    there = m.there[pages]
    assert there[5] == 0
    assert len(set(there)) == 32
    held = [page for page in range(32) if page != 5]
    assert [m.frames[there[page] - 1].page for page in held] == held
    nodes = [m.frames[there[page] - 1].node - b.first_node for page in held]
    assert nodes == [0] * 15 + [1] * 16
    assert {int(m.frames[there[page] - 1].owner) for page in held} == {row}


def test_the_harmonic_number_of_many_pages_is_near_the_sum():
    """Of 1,000 pages, 64 of which are summed: within 1e-4 for exponents around 1, and 1 itself."""
    for s in (0.5, 1.0, 1.5):
        assert paging.harmonic(1000.0, s) == pytest.approx(sum(k**-s for k in range(1, 1001)), abs=1e-4)
    assert paging.harmonic(64.0, 1.0) == pytest.approx(sum(1 / k for k in range(1, 65)), rel=1e-12)
    assert paging.harmonic(65.0, 1.0) == pytest.approx(sum(1 / k for k in range(1, 66)), abs=1e-4)
