"""Dynamic Memory: once a period, memory moves between the guests and the host towards the goals.

A guest takes part once it is up and has reported; balancing goes by the last report, and the reports of its own instant come too late for it.
Surplus stays where it is as long as nobody wants it (a parameter). What a guest gives up at one balancing, the host takes at the next, and can then
give to others. A guest that holds its goal, or nearly so (the deadband), is left alone, so that steady guests trade nothing.
How much moves at one balancing is bounded; by how much is not published.
"""

from components.declare import NOBODY
from components.memory import (
    BALLOON,
    FOR_ANOTHER,
    FOR_DEMAND,
    HOT_ADD,
    IN_SHORTAGE,
    NO_HOT_ADD,
    OF_SURPLUS,
    UNBALLOON,
)
from systems.guest.boot import is_booting
from systems.kernels.jit import part, rare
from systems.memory.balloon import deflate, given_up, hot_add, inflate, take_ballooned
from systems.memory.demand import is_memory_due
from systems.memory.frames import free_frames
from systems.memory.goals import is_in, lowest, pressure_pct, set_goals, take_report, wish
from systems.memory.operations import has_room, record
from systems.memory.restarting import back_lent, balloon_lent
from systems.memory.waiting import call_those_with_room, reserved_frames
from systems.state.memory import Memory
from systems.state.tables import OK, OPERATIONS_FULL, Tables
from systems.system import System, components


@part
def balance_memory(w: Tables, m: Memory, until: int) -> int:
    """Balance memory if it is due at `until`, and let the root call for it; returns OK, or OPERATIONS_FULL when the trace must be drained first."""
    for host in range(len(m.state)):
        if is_memory_due(m, host, until) and m.state[host].balanced_ns != until:
            if not has_room(m):
                return OPERATIONS_FULL
            m.state[host].balanced_ns = until
            _balance_host(w, m, host, until)
    return OK


@rare
def _balance_host(w: Tables, m: Memory, host: int, now: int) -> None:
    s = m.state[host]
    rows = m.dynamic_by_host[s.first_dynamic : s.first_dynamic + s.dynamics]
    for row in rows:
        take_ballooned(m, m.dynamic[row].owner)
    for row in rows:
        back_lent(m, row, now)
    if m.parameters[host].spanning:
        _balance(m, host, NOBODY, now)
    else:
        for node in range(m.hosts[host].first_node, m.hosts[host].first_node + m.hosts[host].nodes):
            _balance(m, host, node, now)
    for row in rows:
        _note_pressure(m, row)
        _ask_root(w, m, m.dynamic[row].owner)
        if not is_booting(w, m.dynamic[row].owner):
            take_report(m, row, now)
    call_those_with_room(m, host, now)


@part
def _ask_root(w: Tables, m: Memory, partition: int) -> None:
    """Have the root, when scheduling goes on, unmap what was taken from `partition` and map what it was given."""
    p = m.partitions[partition]
    if p.mapped + p.unmapped > 0 and w.lifetimes[partition].running:
        w.memory_calls[partition].to_unmap += p.unmapped
        w.memory_calls[partition].to_map += p.mapped
        w.host_states[w.layouts[partition].host].next_caller = 0
        p.mapped = 0
        p.unmapped = 0


@part
def _balance(m: Memory, host: int, node: int, now: int) -> None:
    """Balance the guests of `host` whose memory comes from `node` (NOBODY: from anywhere)."""
    s = m.state[host]
    rows = m.dynamic_by_host[s.first_dynamic : s.first_dynamic + s.dynamics]
    kept = reserved_frames(m, host, node, NOBODY)
    room = free_frames(m, host, node) - kept
    available = room
    wanted = 0
    growth = 0
    for row in rows:
        if is_in(m, row, node, now):
            held = m.partitions[m.dynamic[row].owner].held
            available += held
            wanted += wish(m, row)
            growth += max(0, wish(m, row) - held)
    reason = FOR_ANOTHER if kept > 0 else OF_SURPLUS
    if wanted > available + kept:
        reason = IN_SHORTAGE
    set_goals(m, host, node, now, max(0, available))
    if m.parameters[host].keeps_surplus and growth <= room:
        _leave_surplus(m, host, node, now)
    for row in rows:
        if is_in(m, row, node, now):
            balloon_lent(m, row, now)
            _decide(m, row)
            if m.dynamic[row].moving:
                _remove(m, row, now, reason)
    for row in rows:
        if is_in(m, row, node, now) and m.dynamic[row].moving:
            _add(m, row, now, node, kept)


@part
def _leave_surplus(m: Memory, host: int, node: int, now: int) -> None:
    """Leave all guests of `node` what they hold beyond their goals: nobody wants it."""
    s = m.state[host]
    for row in m.dynamic_by_host[s.first_dynamic : s.first_dynamic + s.dynamics]:
        if is_in(m, row, node, now):
            d = m.dynamic[row]
            d.goal = max(d.goal, m.partitions[d.owner].held)


@part
def _decide(m: Memory, row: int) -> None:
    """Move the guest towards its goal once it is further from it than the deadband, until it is within a block of it."""
    d = m.dynamic[row]
    distance = abs(d.goal - m.partitions[d.owner].held)
    parameters = m.parameters[m.layouts[d.owner].host]
    block = parameters.block
    if distance < block:
        d.moving = 0
    elif distance >= parameters.deadband * d.goal:
        d.moving = 1


@part
def _remove(m: Memory, row: int, now: int, reason: int) -> None:
    d = m.dynamic[row]
    parameters = m.parameters[m.layouts[d.owner].host]
    block = parameters.block
    excess = m.partitions[d.owner].held - d.goal
    wanted = min(excess, parameters.most_removed) // block * block
    if wanted > 0:
        _take_from(m, row, now, wanted, reason)


@part
def _take_from(m: Memory, row: int, now: int, wanted: int, reason: int) -> None:
    """Ask the guest of `row` to give up `wanted` frames; it does as far as its floor and minimum let it."""
    d = m.dynamic[row]
    most = max(0, m.partitions[d.owner].held - lowest(m, row))
    given = inflate(m, d.owner, min(wanted, most))
    d.removed += given
    d.remove_operations += 1
    record(m, now, d.owner, BALLOON, reason, wanted, given)


@part
def _add(m: Memory, row: int, now: int, node: int, kept: int) -> None:
    """Give the guest of `row` what it lacks, of what is free on `node` beyond the `kept` frames; with nothing free that is no operation."""
    d = m.dynamic[row]
    parameters, host = m.parameters[m.layouts[d.owner].host], m.layouts[d.owner].host
    block = parameters.block
    lack = min(d.goal - m.partitions[d.owner].held, parameters.most_added) // block * block
    room = (free_frames(m, host, node) - kept) // block * block
    if lack <= 0 or room <= 0:
        return
    given = 0
    back = min(lack, given_up(m, d.owner))
    if back > 0:
        given = deflate(m, d.owner, min(back, room))
        record(m, now, d.owner, UNBALLOON, FOR_DEMAND, back, given)
    if lack > back and given == back and d.cannot_add:
        _fail_to_add(m, row, lack - back, now)
    elif lack > back and given == back:
        online = _brought_online(m, row, lack - back, now)
        more = hot_add(m, d.owner, min(online, room - given))
        record(m, now, d.owner, HOT_ADD, FOR_DEMAND, lack - back, more)
        given += more
    if given > 0:
        d.added += given
        d.add_operations += 1


@part
def _fail_to_add(m: Memory, row: int, wanted: int, now: int) -> None:
    """Note that the guest of `row` cannot be shown more memory; the host does not ask again until its next start [LNX-BAL]."""
    d = m.dynamic[row]
    d.failed_adds += 1
    d.add_failures += 1
    record(m, now, d.owner, HOT_ADD, NO_HOT_ADD, wanted, 0)


@part
def _brought_online(m: Memory, row: int, wanted: int, now: int) -> int:
    """Return how much of `wanted` frames the guest can bring online by the next balancing: a chunk takes it a time."""
    d = m.dynamic[row]
    parameters = m.parameters[m.layouts[d.owner].host]
    if parameters.online_ns == 0:
        return wanted
    begin = max(d.online_ns, now)
    chunks = (now + parameters.period_ns - begin + parameters.online_ns - 1) // parameters.online_ns
    most = min(wanted, max(0, chunks) * parameters.chunk)
    d.online_ns = begin + (most + parameters.chunk - 1) // parameters.chunk * parameters.online_ns
    return most


@part
def _note_pressure(m: Memory, row: int) -> None:
    d = m.dynamic[row]
    if m.partitions[d.owner].held > 0 and not (d.is_static and d.reported_ns < 0):
        d.pressure_sum += pressure_pct(m, row)
        d.pressure_count += 1


class Balancing(System):
    """Balances the memory of guests with Dynamic Memory once a period: goals, ballooning, un-ballooning, hot-add.

    Takes back what Smart Paging has lent.
    """

    kernel = staticmethod(balance_memory)
    why_here = "after the step, by what guests have reported at its end"
    reads = components("HostIdentity Lifetime MemoryParameters PartitionLayout")
    writes = components("""
        DynamicMemory HostState MemoryCalls MemoryNode MemoryOperation MemoryProgress MemoryState PageFrame
        PartitionMemory
    """)
