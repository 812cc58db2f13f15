"""The memory of a guest that goes to another host: frames are kept for it there from the beginning, and are its memory from its arrival on.

Until then a frame that is kept backs the same page in a second table of pages. So memory is counted once on each host: what the guest holds on
the one that it leaves, what is kept for it on the other. Dynamic Memory leaves it alone meanwhile; whether the product does is not published.
"""

from components.change import CANCELLED as CHANGE_CANCELLED
from components.declare import NOBODY
from components.memory import ADD, AT_MIGRATION, GUEST, REMOVE
from components.migration import CANCELLED, NOT_MOVING, QUEUED
from systems.kernels.jit import part
from systems.memory.balloon import take_ballooned
from systems.memory.frames import free_frames, pop_frame, push_frame
from systems.memory.operations import record
from systems.memory.waiting import count_guest_on, reserved_frames
from systems.state.memory import Memory
from systems.state.migrations import leave_queue, leave_under_way, note_migration
from systems.state.places import NODE, place_of
from systems.state.reserved import change_reserved_on
from systems.state.tables import Tables


@part
def room_on(w: Tables, m: Memory, guest: int, host: int) -> int:
    """Return how many frames are free for `guest` on `host`: on the node of its VPs where guests may not span nodes."""
    node = NOBODY if m.parameters[host].spanning else first_node(w, guest, host)
    return free_frames(m, host, node) - reserved_frames(m, host, node, NOBODY)


@part
def first_node(w: Tables, guest: int, host: int) -> int:
    """Return the node of `host` on which the first VP of `guest` would belong."""
    return place_of(w, w.layouts[guest].first_vp, host, NODE)


@part
def keep_frames(w: Tables, m: Memory, guest: int, host: int, now: int) -> None:
    """Keep as many frames on `host`, which has them, as `guest` holds, from the nodes on which its VPs will belong."""
    take_ballooned(m, guest)
    p, layout = m.partitions[guest], w.layouts[guest]
    row = m.dynamic_of[guest]
    if row >= 0:
        m.dynamic[row].moves = 1
    vp = layout.first_vp
    for page in range(p.visible):
        if m.pages[p.first_page + page] == 0:
            continue
        if p.virtual_nodes > 1:
            vp = layout.first_vp + page * layout.vps // p.visible
        frame = pop_frame(m, place_of(w, vp, host, NODE))
        f = m.frames[frame]
        f.owner, f.page, f.state = guest, page, GUEST
        m.there[p.first_page + page] = frame + 1
    m.state[host].kept += p.held
    record(m, now, guest, ADD, AT_MIGRATION, p.held, p.held)


@part
def _give_back_frames(m: Memory, guest: int, host: int, now: int) -> None:
    """Free what is kept on `host` for `guest`, which goes nowhere."""
    p = m.partitions[guest]
    row = m.dynamic_of[guest]
    if row >= 0:
        m.dynamic[row].moves = 0
    freed = 0
    for page in range(p.most_pages):
        kept = m.there[p.first_page + page]
        if kept > 0:
            push_frame(m, kept - 1)
            m.there[p.first_page + page] = 0
            freed += 1
    m.state[host].kept -= freed
    record(m, now, guest, REMOVE, AT_MIGRATION, freed, freed)


@part
def change_frames(w: Tables, m: Memory, guest: int, host: int, now: int) -> None:
    """Make what is kept for `guest` on `host` its memory, as its own was, which is free from now on."""
    p = m.partitions[guest]
    row = m.dynamic_of[guest]
    if row >= 0:
        m.dynamic[row].moves = 0
    node = first_node(w, guest, host)
    p.preferred_node = node
    p.remote = 0
    for page in range(p.visible):
        at = p.first_page + page
        if m.pages[at] == 0:
            continue
        old, new = m.frames[m.pages[at] - 1], m.frames[m.there[at] - 1]
        new.size_class, new.touched = old.size_class, old.touched
        if new.node != node and p.virtual_nodes == 1:
            p.remote += 1
        push_frame(m, m.pages[at] - 1)
        m.pages[at] = m.there[at]
        m.there[at] = 0
    m.state[host].kept -= p.held
    record(m, now, guest, REMOVE, AT_MIGRATION, p.held, p.held)


@part
def cancel_move(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Migrate `guest` no further, if it is: it is turned off, or restarted."""
    if len(w.migrations) == 0 or w.migrations[guest].stage == NOT_MOVING:
        return
    mig = w.migrations[guest]
    note_migration(w, guest, CANCELLED, now)
    if mig.change >= 0:
        w.changes[mig.change].result = CHANGE_CANCELLED
    if mig.stage == QUEUED:
        leave_queue(w, guest)
        return
    _give_back_frames(m, guest, mig.target, now)
    change_reserved_on(w, mig.target, guest, -1)
    count_guest_on(m, mig.target, -1)
    leave_under_way(w, guest, now)
