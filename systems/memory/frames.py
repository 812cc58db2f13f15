"""Page frames: which are free, and which page of which partition each of the others backs.

Free frames lie on a stack for each node; the frame of a page stands in the table of pages. So to give or to take k frames costs
k steps, however many the host has, and a frame cannot have two owners.
"""

from components.declare import NOBODY
from components.memory import BALLOONED, FREE, GUEST, MAPPED_2M, MAPPED_4K, UNMAPPED
from systems.kernels.jit import njit, part
from systems.state.memory import Memory, Table


@part
def free_frames(m: Memory, host: int, node: int) -> int:
    """Return how many frames are free on `node`, or on all nodes of `host` if it is NOBODY."""
    if node >= 0:
        return m.nodes[node].free
    total = 0
    h = m.hosts[host]
    for n in range(h.first_node, h.first_node + h.nodes):
        total += m.nodes[n].free
    return total


@part
def pop_frame(m: Memory, node: int) -> int:
    """Take a free frame from `node`, or else from the next of its host that has one; there must be one."""
    h = m.hosts[m.nodes[node].host]
    for i in range(h.nodes):
        at = h.first_node + (node - h.first_node + i) % h.nodes
        if m.nodes[at].free > 0:
            m.nodes[at].free -= 1
            return m.free[m.nodes[at].first_frame + m.nodes[at].free]
    return NOBODY


@part
def push_frame(m: Memory, frame: int) -> None:
    """Free `frame`."""
    f = m.frames[frame]
    f.owner = NOBODY
    f.page = NOBODY
    f.state = FREE
    f.size_class = UNMAPPED
    f.touched = 0
    node = m.nodes[f.node]
    m.free[node.first_frame + node.free] = frame
    node.free += 1


@part
def frame_of(m: Memory, partition: int, page: int) -> int:
    """Return the frame that backs `page`, NOBODY if none does."""
    return m.pages[m.partitions[partition].first_page + page] - 1


@part
def is_held(m: Memory, partition: int, page: int) -> bool:
    """Tell whether `page` is backed, and not given up."""
    frame = frame_of(m, partition, page)
    return frame >= 0 and m.frames[frame].state != BALLOONED


@part
def map_page(m: Memory, partition: int, page: int, state: int) -> None:
    """Back `page` with a free frame, of the preferred node if possible; there must be one."""
    p = m.partitions[partition]
    frame = pop_frame(m, p.preferred_node)
    f = m.frames[frame]
    f.owner = partition
    f.page = page
    f.state = state
    f.size_class = MAPPED_2M
    m.pages[p.first_page + page] = frame + 1
    p.held += 1
    if f.node != p.preferred_node and p.virtual_nodes == 1:
        p.remote += 1


@part
def balloon_page(m: Memory, partition: int, page: int) -> None:
    """Have the guest give up `page`, which it holds; the frame stays its own until the host takes it."""
    p = m.partitions[partition]
    f = m.frames[frame_of(m, partition, page)]
    _let_go(m, partition, f.node, f.touched)
    f.state = BALLOONED
    f.touched = 0
    p.ballooned += 1


@part
def unmap_page(m: Memory, partition: int, page: int) -> None:
    """Take the frame of `page`, which may have been given up, and let it be free."""
    p = m.partitions[partition]
    frame = frame_of(m, partition, page)
    f = m.frames[frame]
    if f.state == BALLOONED:
        p.ballooned -= 1
    else:
        _let_go(m, partition, f.node, f.touched)
    m.pages[p.first_page + page] = 0
    push_frame(m, frame)


@part
def _let_go(m: Memory, partition: int, node: int, touched: int) -> None:
    p = m.partitions[partition]
    p.held -= 1
    p.touched -= touched
    if node != p.preferred_node and p.virtual_nodes == 1:
        p.remote -= 1


@part
def mappings_of(m: Memory, partition: int, frames: int) -> int:
    """Return how many mappings of `partition` make up so many frames that lie together: of 2 MiB, and of 4 KiB for the rest."""
    block = m.parameters[m.layouts[partition].host].block
    return frames // block + frames % block


@part
def map_block(m: Memory, partition: int, block: int, size_class: int) -> None:
    """Note how the pages of a 2 MiB block that are backed are mapped: MAPPED_4K once one of them is missing."""
    pages = m.parameters[m.layouts[partition].host].block
    for page in range(block * pages, min((block + 1) * pages, m.partitions[partition].visible)):
        frame = frame_of(m, partition, page)
        if frame >= 0 and m.frames[frame].state == GUEST:
            m.frames[frame].size_class = size_class


@part
def touch_page(m: Memory, partition: int, page: int) -> None:
    """Touch `page`, which the guest holds, for the first time: the mapping is made and the frame zeroed.

    A 2 MiB mapping is made at the touch of its first page.
    """
    p = m.partitions[partition]
    f = m.frames[frame_of(m, partition, page)]
    f.touched = 1
    p.touched += 1
    parameters = m.parameters[m.layouts[partition].host]
    if f.size_class == MAPPED_4K or page % parameters.block == 0:
        p.first_faults += 1
    p.first_zeroings += parameters.page_bytes // 4096


@part
def touch_again(m: Memory, partition: int, page: int) -> None:
    """Note that the guest has touched `page`, which it holds anew, before."""
    m.frames[frame_of(m, partition, page)].touched = 1
    m.partitions[partition].touched += 1


@part
def touch_up_to(m: Memory, partition: int, wanted: int) -> None:
    """Touch pages of the guest until it has touched `wanted`, or all that it holds: the lowest first."""
    p = m.partitions[partition]
    top = p.visible - p.out_blocks * m.parameters[m.layouts[partition].host].block
    while p.touched < wanted and p.touch_mark < top:
        if is_held(m, partition, p.touch_mark):
            touch_page(m, partition, p.touch_mark)
        p.touch_mark += 1


@part
def small_pages(m: Memory, partition: int) -> int:
    """Return how many of its frames are mapped 4 KiB by 4 KiB, because their 2 MiB block lacks a page.

    Those of the root that the hypervisor has are in no mapping.
    """
    p = m.partitions[partition]
    pages = m.parameters[m.layouts[partition].host].block
    if pages == 1:
        return 0
    whole = p.visible // pages - p.out_blocks
    broken = min(whole, p.out_pieces)
    return max(0, p.held - (whole - broken) * pages)


@njit
def count_small_pages(m: Memory, counts: Table) -> None:
    """Fill `counts`, int64 by partition, with the frames that are mapped 4 KiB by 4 KiB."""
    for partition in range(len(m.partitions)):
        counts[partition] = small_pages(m, partition)
