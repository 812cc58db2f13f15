"""What a guest gives up and gets back: the balloon, and memory added to the running guest.

A guest gives up whole 2 MiB blocks from the top of its memory as long as it has that much unused; then page by page, one from
each block in turn, as its page replacement finds them all over its memory [LNX-BAL: 2 MB blocks first, then 4 KB]. It gets them back in
the opposite order. So what is given up is described by two numbers. Only a guest that has given up nothing is given more than
it ever saw: a region aligned to the chunk, of which what is not needed counts as given up [LNX-BAL, NE-MEM].

The balloon of Linux leaves the guest some free memory, the floor, in proportion to all it sees [LNX-BAL], so that it never pages for its
balloon. In Windows page replacement may give up any page [Friedman].
"""

from components.declare import NOBODY
from components.memory import GUEST, MAPPED_2M, MAPPED_4K
from systems.kernels.jit import part
from systems.memory.frames import (
    balloon_page,
    frame_of,
    map_block,
    map_page,
    mappings_of,
    touch_page,
    unmap_page,
)
from systems.state.memory import Memory

_MIB = 1 << 20
_FLOOR = ((128, 8, 2), (512, 40, 4), (2048, 104, 8), (8192, 232, 16), (0, 488, 32))
"""Below so many MiB in all, the floor is so many and the total over the third number; the last row: beyond."""


@part
def balloon_floor(m: Memory, partition: int) -> int:
    """Return the least (frames) that the guest's balloon leaves, by the memory T that it sees [LNX-BAL].

    T < 128 MiB: 8 + T/2; < 512: 40 + T/4; < 2048: 104 + T/8; < 8192: 232 + T/16; else 488 + T/32.
    """
    page_bytes = m.parameters[m.layouts[partition].host].page_bytes
    total = m.partitions[partition].visible * page_bytes // _MIB
    floor = _FLOOR[4][1] + total // _FLOOR[4][2]
    for i in range(4):
        if total < _FLOOR[3 - i][0]:
            floor = _FLOOR[3 - i][1] + total // _FLOOR[3 - i][2]
    return (floor * _MIB + page_bytes - 1) // page_bytes


@part
def given_up(m: Memory, partition: int) -> int:
    """Return how many of its visible pages (frames) the guest has given up."""
    p = m.partitions[partition]
    return p.out_blocks * m.parameters[m.layouts[partition].host].block + p.out_pieces


@part
def _page_given_up(m: Memory, partition: int, number: int) -> int:
    """Return the page that was given up as the `number`-th, from 0."""
    p = m.partitions[partition]
    pages = m.parameters[m.layouts[partition].host].block
    in_blocks = p.out_blocks * pages
    if number < in_blocks:
        return p.visible - 1 - number
    blocks = p.visible // pages - p.out_blocks
    piece = number - in_blocks
    return (piece % blocks) * pages + pages - 1 - piece // blocks


@part
def inflate(m: Memory, partition: int, wanted: int) -> int:
    """Have the guest give up at most `wanted` frames, not below what it must keep; return how many it does.

    The floor and its minimum are the caller's business.
    """
    p = m.partitions[partition]
    parameters = m.parameters[m.layouts[partition].host]
    pages, committed = parameters.block, p.committed // parameters.page_bytes
    given = 0
    if p.out_pieces == 0:
        blocks = wanted // pages
        if pages > 1:
            blocks = min(blocks, max(0, p.held - committed) // pages)
        for _ in range(blocks):
            p.out_blocks += 1
            for i in range(pages):
                balloon_page(m, partition, p.visible - (p.out_blocks - 1) * pages - 1 - i)
        given = blocks * pages
    if pages > 1:
        for _ in range(wanted - given):
            number = given_up(m, partition)
            p.out_pieces += 1
            page = _page_given_up(m, partition, number)
            balloon_page(m, partition, page)
            if p.out_pieces <= p.visible // pages - p.out_blocks:
                map_block(m, partition, page // pages, MAPPED_4K)
        given = wanted
    p.touch_mark = min(p.touch_mark, p.visible - p.out_blocks * pages)
    return given


@part
def take_ballooned(m: Memory, partition: int) -> int:
    """Give the host what the guest has given up; return how many frames that is."""
    p = m.partitions[partition]
    last = given_up(m, partition)
    taken = p.ballooned
    for number in range(last - taken, last):
        unmap_page(m, partition, _page_given_up(m, partition, number))
    pieces = min(taken, p.out_pieces)
    p.unmapped += pieces + mappings_of(m, partition, taken - pieces)
    return taken


@part
def deflate(m: Memory, partition: int, wanted: int) -> int:
    """Give back at most `wanted` frames of those that the guest gave up and the host took; return how many.

    There must be as many free ones where the guest may have them.
    """
    p = m.partitions[partition]
    pages = m.parameters[m.layouts[partition].host].block
    given = min(wanted, p.out_pieces)
    for _ in range(given):
        page = _page_given_up(m, partition, given_up(m, partition) - 1)
        map_page(m, partition, page, GUEST)
        p.out_pieces -= 1
        if p.out_pieces < p.visible // pages - p.out_blocks:
            map_block(m, partition, page // pages, MAPPED_2M)
        else:
            m.frames[frame_of(m, partition, page)].size_class = MAPPED_4K
        if page < p.touch_mark:
            touch_page(m, partition, page)
    blocks = 0
    if p.out_pieces == 0:
        blocks = min((wanted - given) // pages, p.out_blocks)
        for _ in range(blocks):
            first = p.visible - p.out_blocks * pages
            for page in range(first, first + pages):
                map_page(m, partition, page, GUEST)
            p.out_blocks -= 1
        p.lent = max(0, p.lent - blocks * pages)
    p.mapped += given + blocks
    return given + blocks * pages


@part
def hot_add(m: Memory, partition: int, wanted: int) -> int:
    """Show the guest, which has given up nothing, more memory, and give it at most `wanted` frames of that; return how many."""
    p = m.partitions[partition]
    parameters = m.parameters[m.layouts[partition].host]
    pages, chunk = parameters.block, parameters.chunk
    wanted = min(wanted, p.most_pages - p.visible) // pages * pages
    if wanted <= 0:
        return 0
    shown = min(p.most_pages, p.visible + (wanted + chunk - 1) // chunk * chunk)
    p.out_blocks = (shown - p.visible) // pages
    p.visible += p.out_blocks * pages
    return deflate(m, partition, wanted)


@part
def release_all(m: Memory, partition: int) -> int:
    """Take all memory of a partition that is turned off; return how many frames that is."""
    p = m.partitions[partition]
    freed = p.held + p.ballooned
    for page in range(p.visible):
        if m.pages[p.first_page + page] > 0:
            unmap_page(m, partition, page)
    p.visible = 0
    p.out_blocks = 0
    p.out_pieces = 0
    p.lent = 0
    p.touch_mark = 0
    p.preferred_node = NOBODY
    return freed
