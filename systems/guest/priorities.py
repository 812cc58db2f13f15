"""The ready tasks of a guest by priority: a list a level, the highest served first, the tasks of one level in turn.

A level is how many priorities a task stands above its base. A thread that returns from I/O is raised by the device's increment
[WDM], and loses one level at the end of each quantum that it uses up [PERF, W32-PB]. It takes a VP from a task of a lower level at
once; where the guest's system protects what runs (Linux: until its slice is over), then [EEV].
"""

from components.declare import NOBODY
from systems.guest.boot import is_booting
from systems.kernels.jit import part, small
from systems.state.tables import Tables

LEVELS = 16
"""Levels of a guest: boosts act on priorities up to 15 only [W32-PB]."""

DEFERRED_WORK = 1
"""The level of what the root does for guests: deferred work of an interrupt, which runs before threads."""

FIRST, LAST = range(2)
"""Columns of the table of ready lists."""


@part
def highest_level(w: Tables, guest: int) -> int:
    """Return the highest level at which a task of `guest` is ready; NOBODY if none is."""
    rest = w.guests[guest].levels
    level = NOBODY
    while rest > 0:
        rest >>= 1
        level += 1
    return level


@part
def join_ready(w: Tables, guest: int, task: int, at_head: bool) -> None:
    """Put `task` into the list of its level, behind the others or before them."""
    level = w.tasks[task].level
    row = LEVELS * guest + level
    first, last = w.ready_lists[row, FIRST], w.ready_lists[row, LAST]
    following = first if at_head else NOBODY
    w.tasks[task].next_task = following
    if last >= 0 and not at_head:
        w.tasks[last].next_task = task
    if at_head or first < 0:
        w.ready_lists[row, FIRST] = task
    if not at_head or last < 0:
        w.ready_lists[row, LAST] = task
    g = w.guests[guest]
    g.levels |= 1 << level
    g.ready += 1


@part
def leave_ready(w: Tables, guest: int, level: int) -> int:
    """Take the first task of `level`, which has one, out of its list, and return it."""
    row = LEVELS * guest + level
    task = w.ready_lists[row, FIRST]
    following = w.tasks[task].next_task
    w.ready_lists[row, FIRST] = following
    g = w.guests[guest]
    g.ready -= 1
    if following < 0:
        w.ready_lists[row, LAST] = NOBODY
        g.levels &= ~(1 << level)
    return int(task)


@part
def forget_ready(w: Tables, guest: int) -> None:
    """Empty all lists of `guest`, which stops."""
    for row in range(LEVELS * guest, LEVELS * (guest + 1)):
        w.ready_lists[row, FIRST] = NOBODY
        w.ready_lists[row, LAST] = NOBODY
    g = w.guests[guest]
    g.levels = 0
    g.ready = 0
    g.last_queued = NOBODY


@small
def outranks(w: Tables, vp: int) -> bool:
    """Tell whether a task is ready that stands above the one on `vp`; while a guest boots, none does."""
    guest = w.vp_identity[vp].owner
    return not is_booting(w, guest) and bool(w.guests[guest].levels >> (w.vps[vp].level + 1) > 0)


@small
def protected_ns(w: Tables, vp: int) -> int:
    """Return how much longer (ns of guest time) the task on `vp`, charged up to now, is safe from tasks above it."""
    state = w.vps[vp]
    ran = state.quantum_from_ns - state.quantum_left_ns
    return int(max(0, w.guests[w.vp_identity[vp].owner].protect_ns - ran))
