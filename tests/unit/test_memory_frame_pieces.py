"""Frames, the balloon and deposits by themselves, as plain Python on the tables of a small host."""

import numpy as np
import pytest

from components.declare import NOBODY
from components.memory import BALLOONED, GUEST, HYPERVISOR, MAPPED_2M, MAPPED_4K, ROOT
from hvecs.engine.build import build
from systems.memory import balloon, deposits, frames, residents, starting
from tests.host_clusters import cluster
from tests.plain_builds import plain_builds
from tests.plain_tables import plain_python, plain_tables_of
from tests.simulation import IDLE, S, guest, parsed, scenario

__all__ = ["plain_builds", "plain_python"]
pytestmark = pytest.mark.usefixtures("plain_builds")
SMALL = {"memory": "4 GiB"}
NODES = {"sockets": 3, "cores_per_socket": 1, "numa_nodes": 3}


def _world(lps=1, vps=1):
    """A host with one guest of 32 frames, which has not been started, and its tables."""
    world = build(parsed(scenario(S, lps, [guest("g", vps, IDLE)], host=SMALL)))
    w = plain_tables_of(world)
    w.layouts[1].host = 0
    return w, world.memory


def _backed(block):
    """Such a host, the guest backed, with so many frames a block."""
    w, m = _world()
    starting.back_pages(w, m, 1, 32)
    m.parameters[0].block = block
    return m


@pytest.mark.parametrize(
    ("node", "nodes"), [(0, [0, 1, 2]), (1, [1, 2, 0]), (2, [2, 0, 1]), (3, [3, 4, 5]), (4, [4, 5, 3])]
)
def test_a_frame_comes_from_its_node_or_the_next_of_its_host_that_has_one(node, nodes):
    m = build(parsed(cluster(S, [guest("g", 1, IDLE, host="a")], lps=NODES, host=SMALL))).memory
    m.nodes.free = 1
    lowest = [int(m.free[n.first_frame]) for n in m.nodes]
    assert [frames.pop_frame(m, node) for _ in range(4)] == [*(lowest[each] for each in nodes), NOBODY]


def test_a_page_is_held_while_it_is_backed_and_not_given_up():
    m = _backed(1)
    assert frames.is_held(m, 1, 31)
    frames.balloon_page(m, 1, 31)
    assert not frames.is_held(m, 1, 31)
    frames.unmap_page(m, 1, 31)
    assert not frames.is_held(m, 1, 31)
    assert frames.is_held(m, 1, 0)


@pytest.mark.parametrize("virtual_nodes", [1, 2])
def test_frames_on_other_nodes_are_counted_as_remote_of_a_guest_that_sees_one(virtual_nodes):
    """Two frames are left on its node: of four pages two are remote."""
    _, m = _world(NODES)
    p = m.partitions[1]
    p.preferred_node, p.virtual_nodes, p.visible = 0, virtual_nodes, 4
    m.nodes[0].free = 2
    counted = []
    for page in range(4):
        frames.map_page(m, 1, page, GUEST)
        counted.append(int(p.remote))
    for change, page in (
        (frames.unmap_page, 0),
        (frames.balloon_page, 3),
        (frames.unmap_page, 3),
        (frames.unmap_page, 2),
    ):
        change(m, 1, page)
        counted.append(int(p.remote))
    assert counted == ([0, 0, 1, 2, 2, 1, 1, 0] if virtual_nodes == 1 else [0] * 8)
    assert (p.held, p.ballooned) == (1, 0)


@pytest.mark.parametrize(
    ("block", "out_blocks", "out_pieces", "held", "small"),
    [
        # Of 8 pages in blocks of 2: a block given up leaves three, each of which a piece breaks.
        (2, 1, 0, 6, 0),
        (2, 1, 1, 5, 1),
        (2, 1, 3, 3, 3),
        (2, 1, 5, 1, 1),
        (4, 0, 1, 7, 3),
        (4, 0, 2, 6, 6),
        # Where a frame is a block all mappings are of 2 MiB.
        (1, 3, 0, 5, 0),
        (1, 3, 0, 4, 0),
        (1, 0, 0, 8, 0),
    ],
)
def test_the_pages_of_a_block_that_lacks_one_are_mapped_4_kib_by_4_kib(
    block, out_blocks, out_pieces, held, small
):
    _, m = _world()
    m.parameters[0].block = block
    p = m.partitions[1]
    p.visible, p.out_blocks, p.out_pieces, p.held = 8, out_blocks, out_pieces, held
    assert frames.small_pages(m, 1) == small


def test_a_guest_gives_up_any_block_where_a_frame_is_one_though_it_has_committed_it():
    """Of 32 frames 30 are committed; 6 are given up from the top."""
    m = _backed(1)
    p = m.partitions[1]
    p.committed = 30 * m.parameters[0].page_bytes
    p.touch_mark = 30
    assert balloon.inflate(m, 1, 6) == 6
    assert (p.out_blocks, p.out_pieces, p.held, p.ballooned, p.touch_mark) == (6, 0, 26, 6, 26)
    assert _given_up(m) == set(range(26, 32))


def _given_up(m):
    return {page for page in range(32) if m.frames[frames.frame_of(m, 1, page)].state == BALLOONED}


def test_a_guest_gives_up_whole_blocks_that_it_has_unused_then_a_page_of_each_block_in_turn():
    """Blocks of four; 23 of 32 frames are committed, so two blocks are unused, and a ninth frame."""
    m = _backed(4)
    p = m.partitions[1]
    p.committed = 23 * m.parameters[0].page_bytes
    assert balloon.inflate(m, 1, 13) == 13
    assert (p.out_blocks, p.out_pieces, p.held, p.ballooned) == (2, 5, 19, 13)
    assert _given_up(m) == {*range(24, 32), 3, 7, 11, 15, 19}
    sizes = [int(m.frames[frames.frame_of(m, 1, page)].size_class) for page in (0, 16, 18, 20, 22)]
    assert sizes == [MAPPED_4K] * 3 + [MAPPED_2M] * 2
    # From then on page by page, though it needs none of its memory: the sixth block's, then one more of the first.
    p.committed = 0
    assert balloon.inflate(m, 1, 4) == 4
    assert (p.out_blocks, p.out_pieces) == (2, 9)
    assert _given_up(m) == {*range(24, 32), 3, 7, 11, 15, 19, 23, 2, 6, 10}


@pytest.mark.parametrize(("wanted", "blocks", "pieces"), [(3, 0, 3), (4, 1, 0), (7, 1, 3), (8, 2, 0)])
def test_what_is_wanted_beyond_whole_blocks_is_given_up_in_pieces(wanted, blocks, pieces):
    m = _backed(4)
    assert balloon.inflate(m, 1, wanted) == wanted
    assert (m.partitions[1].out_blocks, m.partitions[1].out_pieces) == (blocks, pieces)


def test_after_a_single_piece_no_whole_block_is_given_up():
    m = _backed(4)
    p = m.partitions[1]
    balloon.inflate(m, 1, 1)
    assert (p.out_blocks, p.out_pieces) == (0, 1)
    balloon.inflate(m, 1, 8)
    assert (p.out_blocks, p.out_pieces) == (0, 9)


@pytest.mark.parametrize(("virtual_nodes", "nodes"), [(1, [1] * 32), (2, [1] * 16 + [2] * 16)])
def test_a_guest_is_backed_from_the_node_of_its_first_vp_or_of_each_that_it_sees(virtual_nodes, nodes):
    w, m = _world(NODES, vps=2)
    first, p = w.layouts[1].first_vp, m.partitions[1]
    w.vp_identity[first].ideal_node, w.vp_identity[first + 1].ideal_node = 1, 2
    p.virtual_nodes = virtual_nodes
    starting.back_pages(w, m, 1, 32)
    assert [int(m.frames[frames.frame_of(m, 1, page)].node) for page in range(32)] == nodes
    assert (p.held, p.visible, p.boots) == (32, 32, 1)


@pytest.mark.parametrize(
    ("row", "after"), [(0, [0, 1, 3, 5]), (2, [1, 2, 3, 5]), (4, [1, 3, 4, 5]), (9, [1, 3, 5, 9])]
)
@pytest.mark.parametrize("first", [0, 2])
def test_a_guest_that_comes_to_a_host_takes_its_place_among_those_in_order(row, after, first):
    """What stands before the list of its host, rows of another that are higher, stays."""
    before = [7, 8][:first]
    rows = np.array([*before, 1, 3, 5, -1])
    residents._join(rows, first, 3, row)
    assert rows.tolist() == [*before, *after]
    residents._leave(rows, first, 4, row)
    assert rows.tolist()[: first + 3] == [*before, 1, 3, 5]


@pytest.mark.parametrize(
    ("held", "pages"),
    [
        (1, 208 + 256),
        (512, 208 + 256),
        # A 4 KiB page of tables for 512 of their pages, each with 512 mappings, and three more: 256, then 257 of them.
        (512 * 253, 208 + 256),
        (512 * 254 - 1, 208 + 256),
        (512 * 254, 208 + 512),
        (512 * 509, 208 + 512),
        (512 * 510, 208 + 768),
    ],
)
def test_the_root_deposits_208_pages_and_256_at_a_time_for_the_tables(held, pages):
    _, m = _world()
    p, root, host = m.partitions[1], m.partitions[0], m.state[0]
    whole = int(root.held)
    p.held = held
    assert deposits.deposit(m, 1) == pages
    assert deposits.deposit(m, 1) == 0
    kept = -(-pages // 512)  # 2 MiB frames
    assert (p.deposited, host.deposited, host.hypervisor_frames, root.held) == (
        pages,
        pages,
        kept,
        whole - kept,
    )
    states = [int(m.frames[frames.frame_of(m, 0, page)].state) for page in range(3)]
    assert states == [HYPERVISOR] * kept + [ROOT] * (3 - kept)
    deposits.withdraw(m, 1)
    assert (p.deposited, host.deposited, host.hypervisor_frames, root.held) == (0, 0, 0, whole)
    assert m.frames[frames.frame_of(m, 0, 0)].state == ROOT


def test_a_partition_of_the_bare_machine_needs_no_deposit():
    _, m = _world()
    m.parameters[0].has_hypervisor = 0
    m.partitions[1].held = 512
    assert deposits.deposit(m, 1) == 0
    assert m.state[0].deposited == 0
