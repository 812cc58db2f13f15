"""Static memory is resized while its guest runs: since Windows Server 2016, for guests that take part [SAV 123].

The host adds at most what it has free, and takes at most what the guest has unused: nothing is paged out for it. The guest then sees what it
has got. What is unused of a guest whose demand for memory is not given is not known, and all of it may be taken.
"""

from components.change import DONE, IN_PART, MIGRATING, NOT_RUNNING
from components.memory import ADD, AT_RESIZE, GUEST, REMOVE
from components.partition import NOT_SAVED
from systems.kernels.jit import part
from systems.memory.deposits import deposit
from systems.memory.frames import map_page, mappings_of, unmap_page
from systems.memory.operations import record
from systems.memory.paging import note_remote, settle_guest
from systems.memory.waiting import room_to_start
from systems.state.memory import Memory
from systems.state.migrations import is_moving
from systems.state.tables import Tables


@part
def resize(w: Tables, m: Memory, partition: int, wanted: int, now: int) -> int:
    """Give `partition` as near to `wanted` frames as can be: those that it starts with from then on. Return DONE, IN_PART, NOT_RUNNING for one that is saved, or MIGRATING.

    One that is off gets them at its next start.
    """
    p = m.partitions[partition]
    if w.lifetimes[partition].saved != NOT_SAVED:
        return NOT_RUNNING
    if is_moving(w, partition):
        return MIGRATING
    if w.lifetimes[partition].running:
        if wanted > p.held:
            _add(w, m, partition, wanted - p.held, now)
        else:
            _remove(w, m, partition, p.held - wanted, now)
        w.host_states[w.layouts[partition].host].next_caller = 0
        p.startup = p.held
        if m.demand_of[partition] >= 0:
            settle_guest(w, m, partition, now)
        note_remote(w, m, partition, now)
    else:
        p.startup = wanted
    row = m.dynamic_of[partition]
    if row >= 0:
        m.dynamic[row].minimum = p.startup
        m.dynamic[row].maximum = p.startup
    return DONE if p.startup == wanted else IN_PART


@part
def _add(w: Tables, m: Memory, partition: int, wanted: int, now: int) -> None:
    """Show the guest so much more, as far as that is free and no start waits for it."""
    p = m.partitions[partition]
    free = max(0, room_to_start(m, partition))
    given = min(wanted, free, p.most_pages - p.visible)
    for page in range(p.visible, p.visible + given):
        map_page(m, partition, page, GUEST)
    p.visible += given
    deposited = deposit(m, partition)
    if m.parameters[m.layouts[partition].host].has_hypervisor:
        w.memory_calls[partition].to_deposit += deposited
        w.memory_calls[partition].to_map += mappings_of(m, partition, given)
    record(m, now, partition, ADD, AT_RESIZE, wanted, given)


@part
def _remove(w: Tables, m: Memory, partition: int, wanted: int, now: int) -> None:
    """Take what the guest has unused from the top of what it sees."""
    p = m.partitions[partition]
    page_bytes = m.parameters[m.layouts[partition].host].page_bytes
    used = (p.committed + page_bytes - 1) // page_bytes
    taken = min(wanted, max(0, p.held - used))
    for page in range(p.visible - taken, p.visible):
        unmap_page(m, partition, page)
    p.visible -= taken
    p.touch_mark = min(p.touch_mark, p.visible)
    if m.parameters[m.layouts[partition].host].has_hypervisor:
        w.memory_calls[partition].to_unmap += mappings_of(m, partition, taken)
    record(m, now, partition, REMOVE, AT_RESIZE, wanted, taken)
