"""Dynamic Memory: once a period, memory moves between the guests and the host towards the goals.

A guest takes part from its first report on. What a guest gives up at one balancing, the host takes at the next, and can then
give to others. A guest that holds its goal, or nearly so (the deadband), is left alone, so that steady guests trade nothing.
How much moves at one balancing is bounded (facts: GAP 6).
"""

from components.declare import NOBODY
from components.memory import (
    BALLOON,
    FOR_ANOTHER,
    FOR_DEMAND,
    HOT_ADD,
    IN_SHORTAGE,
    OF_SURPLUS,
    UNBALLOON,
)
from systems.kernels.jit import part
from systems.memory.balloon import deflate, given_up, hot_add, inflate, take_ballooned
from systems.memory.demand import is_memory_due
from systems.memory.frames import free_frames
from systems.memory.goals import is_in, lowest, pressure_pct, set_goals, wish
from systems.memory.operations import has_room, record
from systems.state.memory import Memory
from systems.state.tables import OK, OPERATIONS_FULL, Tables
from systems.system import System, components


@part
def balance_memory(w: Tables, m: Memory, until: int) -> int:
    """Balance memory if it is due at `until`, and let the root call for it; returns OK, or OPERATIONS_FULL when the trace must be drained first."""
    if not is_memory_due(m, until) or m.state[0].balanced_ns == until:
        return OK
    if not has_room(m):
        return OPERATIONS_FULL
    m.state[0].balanced_ns = until
    for row in range(len(m.dynamic)):
        take_ballooned(m, m.dynamic[row].owner)
    if m.parameters[0].spanning:
        _balance(m, NOBODY, until)
    else:
        for node in range(len(m.nodes)):
            _balance(m, node, until)
    for row in range(len(m.dynamic)):
        _note_pressure(m, row)
        _ask_root(w, m, m.dynamic[row].owner)
    return OK


@part
def _ask_root(w: Tables, m: Memory, partition: int) -> None:
    """Let the root, when scheduling goes on, unmap what was taken from `partition` and map what it was given."""
    p = m.partitions[partition]
    if p.mapped + p.unmapped > 0 and w.lifetimes[partition].running:
        w.memory_calls[partition].to_unmap += p.unmapped
        w.memory_calls[partition].to_map += p.mapped
        w.scheduler[0].next_caller = 0
        p.mapped = 0
        p.unmapped = 0


@part
def _balance(m: Memory, node: int, now: int) -> None:
    """Balance the guests whose memory comes from `node` (NOBODY: from anywhere)."""
    available = free_frames(m, node)
    wanted = 0
    for row in range(len(m.dynamic)):
        if is_in(m, row, node, now):
            available += m.partitions[m.dynamic[row].owner].held
            wanted += wish(m, row)
    short = wanted > available
    set_goals(m, node, now, available, False)
    for row in range(len(m.dynamic)):
        if is_in(m, row, node, now):
            _decide(m, row)
            if m.dynamic[row].moving:
                _remove(m, row, now, IN_SHORTAGE if short else OF_SURPLUS)
    for row in range(len(m.dynamic)):
        if is_in(m, row, node, now) and m.dynamic[row].moving:
            _add(m, row, now, node)


@part
def _decide(m: Memory, row: int) -> None:
    """Let the guest move towards its goal once it is further from it than the deadband, until it is within a block of it."""
    d = m.dynamic[row]
    distance = abs(d.goal - m.partitions[d.owner].held)
    block = m.parameters[0].block
    if distance < block:
        d.moving = 0
    elif distance >= m.parameters[0].deadband * d.goal:
        d.moving = 1


@part
def _remove(m: Memory, row: int, now: int, reason: int) -> None:
    d = m.dynamic[row]
    block = m.parameters[0].block
    excess = m.partitions[d.owner].held - d.goal
    wanted = min(excess, m.parameters[0].most_removed) // block * block
    if wanted > 0:
        remove(m, row, now, wanted, reason)


@part
def remove(m: Memory, row: int, now: int, wanted: int, reason: int) -> None:
    """Ask the guest of `row` to give up `wanted` frames; it does as far as its floor and minimum let it."""
    d = m.dynamic[row]
    most = max(0, m.partitions[d.owner].held - lowest(m, row))
    given = inflate(m, d.owner, min(wanted, most))
    d.removed += given
    d.remove_operations += 1
    record(m, now, d.owner, BALLOON, reason, wanted, given)


@part
def _add(m: Memory, row: int, now: int, node: int) -> None:
    d = m.dynamic[row]
    block = m.parameters[0].block
    lack = min(d.goal - m.partitions[d.owner].held, m.parameters[0].most_added) // block * block
    if lack <= 0:
        return
    room = free_frames(m, node) // block * block
    given = 0
    back = min(lack, given_up(m, d.owner))
    if back > 0:
        given = deflate(m, d.owner, min(back, room))
        record(m, now, d.owner, UNBALLOON, FOR_DEMAND, back, given)
    if lack > back and given == back:
        more = hot_add(m, d.owner, min(lack - back, room - given))
        record(m, now, d.owner, HOT_ADD, FOR_DEMAND, lack - back, more)
        given += more
    if given > 0:
        d.added += given
        d.add_operations += 1


@part
def _note_pressure(m: Memory, row: int) -> None:
    d = m.dynamic[row]
    if m.partitions[d.owner].held == 0:
        return
    pressure = pressure_pct(m, row)
    if d.pressure_count == 0 or pressure < d.pressure_low:
        d.pressure_low = pressure
    if d.pressure_count == 0 or pressure > d.pressure_high:
        d.pressure_high = pressure
    d.pressure_sum += pressure
    d.pressure_count += 1


@part
def make_room(m: Memory, node: int, now: int, wanted: int) -> bool:
    """Let guests give up what a guest that starts lacks of `wanted` frames on `node` (NOBODY: anywhere); tell whether it is there.

    Nothing is given up if it would not be enough.
    """
    for row in range(len(m.dynamic)):
        if is_in(m, row, node, now):
            take_ballooned(m, m.dynamic[row].owner)
    available = free_frames(m, node) - wanted
    if available >= 0:
        return True
    for row in range(len(m.dynamic)):
        if is_in(m, row, node, now):
            available += m.partitions[m.dynamic[row].owner].held
    block = m.parameters[0].block
    if available < 0 or not set_goals(m, node, now, available, True):
        return False
    for row in range(len(m.dynamic)):
        d = m.dynamic[row]
        excess = m.partitions[d.owner].held - d.goal
        if is_in(m, row, node, now) and excess > 0:
            remove(m, row, now, (excess + block - 1) // block * block, FOR_ANOTHER)
            take_ballooned(m, d.owner)
    return free_frames(m, node) >= wanted


class Balancing(System):
    """Balances the memory of guests with Dynamic Memory once a period: goals, ballooning, un-ballooning, hot-add.

    Leaves out Smart Paging, which bridges a restart, since guests do not restart here.
    """

    kernel = staticmethod(balance_memory)
    why_here = "after the step, by what guests have reported at its end"
    reads = components("Lifetime MemoryParameters")
    writes = components("""
        DynamicMemory MemoryCalls MemoryNode MemoryOperation MemoryState PageFrame PartitionMemory
        SchedulerState
    """)
