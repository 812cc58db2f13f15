"""Starts and stops: a guest that is started gets its startup memory or does not start; one that is stopped gives all back.

Guests start in the order of time and file. A start may take what guests with Dynamic Memory can give up at once; that is taken from
them as in a shortage, but without a bound on the rate. One whose startup memory is not to be had is not started [Friedman];
Smart Paging would not help it, as that is for restarts only [WSD dynamic-memory overview].
"""

from components.declare import NOBODY
from components.memory import ADD, AT_START, AT_STOP, GUEST, HYPERVISOR, NO_MEMORY, REMOVE, ROOT
from systems.kernels.jit import njit, part
from systems.memory.balancing import make_room
from systems.memory.balloon import release_all
from systems.memory.demand import want
from systems.memory.frames import frame_of, map_page, mappings_of, small_pages
from systems.memory.goals import begin_reports, end_reports
from systems.memory.operations import has_room, record
from systems.memory.paging import note_remote, settle_guest
from systems.state.memory import Memory
from systems.state.tables import OK, OPERATIONS_FULL, Tables
from systems.system import System, components

_FIRST_DEPOSIT = 208  # 4 KiB pages when a partition is made [LNX-HVC]
_NEXT_DEPOSIT = 256  # and whenever its tables need more
_ENTRIES = 512  # mappings to a 4 KiB page of them


@part
def admit(w: Tables, m: Memory, until: int) -> int:
    """Give and take the memory of guests that are started or stopped up to and including `until`, in the order of time.

    Returns OK, or OPERATIONS_FULL when the trace must be drained first.
    """
    state = m.state[0]
    while state.next_event < len(m.events) and m.events[state.next_event, 0] <= until:
        if not has_room(m):
            return OPERATIONS_FULL
        now = m.events[state.next_event, 0]
        partition = m.events[state.next_event, 2]
        if m.events[state.next_event, 1]:
            if not _give(w, m, partition, now):
                w.lifetimes[partition].denied = 1
        elif not w.lifetimes[partition].denied:
            _take(w, m, partition, now)
        state.next_event += 1
    return OK


@part
def _give(w: Tables, m: Memory, partition: int, now: int) -> bool:
    p = m.partitions[partition]
    node = max(p.planned_node, 0)
    within = NOBODY if m.parameters[0].spanning else node
    given = p.startup if make_room(m, within, now, p.startup) else 0
    if given < p.startup:
        record(m, now, partition, ADD, NO_MEMORY, p.startup, 0)
        return False
    record(m, now, partition, ADD, AT_START, p.startup, given)
    _start_memory(w, m, partition, node)
    note_remote(w, m, partition, now)
    before = m.partitions[partition].deposited
    deposit(m, partition)
    calls = w.memory_calls[partition]
    if m.parameters[0].has_hypervisor and now > 0:  # what runs from the start was set up before
        calls.to_deposit += m.partitions[partition].deposited - before
        calls.to_map += mappings_of(m, p.startup)
    if m.dynamic_of[partition] >= 0:
        begin_reports(m, m.dynamic_of[partition], now)
    if m.demand_of[partition] >= 0:
        want(m, m.demand_of[partition], now)
        settle_guest(w, m, partition, now)
    return True


@part
def _start_memory(w: Tables, m: Memory, partition: int, node: int) -> None:
    """Back all pages that `partition` starts with, from `node` first, or, where it sees several nodes, from those of its VPs in turn."""
    p = m.partitions[partition]
    layout = w.layouts[partition]
    p.visible = p.startup
    p.boots += 1
    vp = layout.first_vp
    for page in range(p.startup):
        if p.virtual_nodes > 1:
            vp = layout.first_vp + page * layout.vps // p.startup
        p.preferred_node = w.vp_identity[vp].ideal_node
        map_page(m, partition, page, GUEST)
    p.preferred_node = node


@part
def _take(w: Tables, m: Memory, partition: int, now: int) -> None:
    row = m.dynamic_of[partition]
    if row >= 0:
        end_reports(m, row)
    m.partitions[partition].committed = 0
    m.partitions[partition].working_set = 0
    small = small_pages(m, partition)
    freed = release_all(m, partition)
    calls = w.memory_calls[partition]
    if m.parameters[0].has_hypervisor:
        calls.to_unmap += small + mappings_of(m, freed - small) + m.partitions[partition].unmapped
        calls.to_withdraw += m.partitions[partition].deposited
    m.partitions[partition].unmapped = 0
    m.partitions[partition].mapped = 0
    record(m, now, partition, REMOVE, AT_STOP, freed, freed)
    if m.parameters[0].has_hypervisor:
        m.state[0].deposited -= m.partitions[partition].deposited
        m.partitions[partition].deposited = 0
        _share_with_hypervisor(m)


@part
def deposit(m: Memory, partition: int) -> None:
    """Let the root deposit the pages in which the hypervisor keeps the partition and maps its memory [LNX-HVC].

    They come from the root's reserve. How many the product needs is not published beyond the habits of one root.
    """
    if not m.parameters[0].has_hypervisor:
        return
    p = m.partitions[partition]
    mappings = p.held * (m.parameters[0].page_bytes // 4096)
    tables = mappings // _ENTRIES // _ENTRIES + 3
    pages = _FIRST_DEPOSIT + (tables + _NEXT_DEPOSIT - 1) // _NEXT_DEPOSIT * _NEXT_DEPOSIT
    m.state[0].deposited += pages - p.deposited
    p.deposited = pages
    _share_with_hypervisor(m)


@part
def _share_with_hypervisor(m: Memory) -> None:
    """Let as many of the root's frames be the hypervisor's as hold all deposits."""
    state = m.state[0]
    root = m.partitions[0]
    frame_pages = m.parameters[0].page_bytes // 4096
    wanted = min((state.deposited + frame_pages - 1) // frame_pages, root.visible)
    while state.hypervisor_frames < wanted:
        m.frames[frame_of(m, 0, state.hypervisor_frames)].state = HYPERVISOR
        state.hypervisor_frames += 1
        root.held -= 1
    while state.hypervisor_frames > wanted:
        state.hypervisor_frames -= 1
        m.frames[frame_of(m, 0, state.hypervisor_frames)].state = ROOT
        root.held += 1


@njit
def start_root(m: Memory, state: int) -> None:
    """Give the root its reserve, from all nodes alike."""
    root = m.partitions[0]
    root.visible = root.startup
    root.virtual_nodes = len(m.nodes)
    for page in range(root.startup):
        root.preferred_node = page % len(m.nodes)
        map_page(m, 0, page, state)
    root.preferred_node = NOBODY


class Admission(System):
    """Gives guests their memory when they start, and takes it back when they stop.

    The root's hypercalls for that are made when the guest starts or stops (`systems.scheduling.memory_calls`); nobody waits for them.
    """

    kernel = staticmethod(admit)
    why_here = "before scheduling: a guest without memory does not start within the step"
    reads = components("MemoryParameters PartitionLayout VpIdentity")
    writes = components("""
        DynamicMemory Lifetime MemoryCalls MemoryNode MemoryOperation MemoryState PageFrame PartitionMemory
    """)
