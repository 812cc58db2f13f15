"""Restarts: a guest that is restarted begins with its startup memory again, part of which may be lent from disk.

It is back at the size of its boot: what it held beyond that it gives up, and all its pages are new to it. Where its balloon has left it less,
the host adds what is free. What is still missing comes from guests with more than their least, for which it waits as a start does; only
where neither is to be had, or not in time, Smart Paging lends the rest from disk [WSD dynamic-memory overview]: for a restart, with no
memory free, and none to be reclaimed. What is lent is paged for (`systems.memory.paging`), gets frames as soon as some are free,
and is ballooned away once the guest reports that it needs less.
"""

from components.declare import NOBODY
from components.memory import ADD, AT_RESTART, FOR_DEMAND, LEND, OF_SURPLUS, REMOVE, RETURN
from systems.guest.boot import set_off
from systems.kernels.jit import part, rare
from systems.memory.balloon import deflate, release_all
from systems.memory.demand import want
from systems.memory.frames import free_frames, mappings_of
from systems.memory.goals import begin_reports, end_reports, lowest
from systems.memory.operations import record
from systems.memory.paging import settle_guest
from systems.memory.starting import back_pages
from systems.memory.waiting import (
    begin_start,
    can_be_had,
    end_waiting,
    reserved_frames,
    room_to_start,
    source_of,
    wait,
)
from systems.state.memory import Memory
from systems.state.tables import Tables


@rare
def restart_memory(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Give the running `partition` what it starts with anew, or let it wait for that."""
    p = m.partitions[partition]
    block = m.parameters[m.layouts[partition].host].block
    before = p.held
    if m.dynamic_of[partition] >= 0:
        end_reports(m, m.dynamic_of[partition])
    release_all(m, partition)
    given = min(p.startup, max(before, room_to_start(m, partition)) // block * block)
    back_pages(w, m, partition, given)
    p.lacks = p.startup - given
    p.out_blocks = p.lacks // block
    p.mapped += mappings_of(m, partition, max(0, given - before))
    p.unmapped += mappings_of(m, partition, max(0, before - given))
    p.committed = 0
    p.working_set = 0
    if given < before:
        record(m, now, partition, REMOVE, AT_RESTART, before - given, before - given)
    elif p.startup > before:
        record(m, now, partition, ADD, AT_RESTART, p.startup - before, given - before)
    begin_start(m, partition, now)
    if p.lacks > 0 and can_be_had(m, partition, now):
        w.lifetimes[partition].awaits_memory = 1
        wait(m, partition, now)
    else:
        _come_back(w, m, partition, now)


@part
def end_restart(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Boot the restarted `partition`, for which others have given up memory, or not in time, with what there is."""
    p = m.partitions[partition]
    block = m.parameters[m.layouts[partition].host].block
    room = max(0, room_to_start(m, partition)) // block * block
    given = deflate(m, partition, min(p.lacks, room))
    record(m, now, partition, ADD, AT_RESTART, p.lacks, given)
    p.lacks -= given
    end_waiting(m, partition)
    w.lifetimes[partition].awaits_memory = 0
    set_off(w, partition, now)
    _come_back(w, m, partition, now)


@part
def _come_back(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Lend `partition` what it lacks, and let it report, and commit, as a guest that has just been started."""
    p = m.partitions[partition]
    if p.lacks > 0:
        p.lent = p.lacks
        record(m, now, partition, LEND, AT_RESTART, p.lacks, p.lacks)
        p.lacks = 0
    if m.dynamic_of[partition] >= 0:
        begin_reports(m, m.dynamic_of[partition], now)
    if m.demand_of[partition] >= 0:
        want(m, m.demand_of[partition], now)
        settle_guest(w, m, partition, now)


@part
def balloon_lent(m: Memory, row: int, now: int) -> None:
    """Take from the guest of `row` what is lent to it beyond its goal."""
    d = m.dynamic[row]
    p = m.partitions[d.owner]
    parameters = m.parameters[m.layouts[d.owner].host]
    block = parameters.block
    excess = p.held + p.lent - max(d.goal, lowest(m, row))
    back = max(0, min(excess, p.lent, parameters.most_removed)) // block * block
    if back > 0:
        p.lent -= back
        record(m, now, d.owner, RETURN, OF_SURPLUS, back, back)


@part
def back_lent(m: Memory, row: int, now: int) -> None:
    """Put free frames in the place of what is lent to the guest of `row`."""
    d = m.dynamic[row]
    p = m.partitions[d.owner]
    if p.lent == 0 or d.moves:
        return
    host, node = m.layouts[d.owner].host, source_of(m, d.owner)
    block = m.parameters[host].block
    room = max(0, free_frames(m, host, node) - reserved_frames(m, host, node, NOBODY)) // block * block
    wanted = min(p.lent, room, m.parameters[host].most_added)
    if wanted > 0:
        record(m, now, d.owner, RETURN, FOR_DEMAND, wanted, deflate(m, d.owner, wanted))
