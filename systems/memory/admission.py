"""Starts, stops, restarts and resizes: a guest that is started gets its startup memory or does not start; one that is stopped gives all back.

Guests start in the order of time and file. One whose startup memory is not to be had is not started [Friedman]: it waits, or is refused and
tried again (`systems.memory.waiting`). Smart Paging would not help it, as that is for restarts only (`systems.memory.restarting`).
Nor is one started whose CPU reserve does not fit beside those of the guests that are on.
"""

from components.declare import NEVER, NOBODY
from components.memory import ADD, AT_START, AT_STOP, NO_COMMIT, NO_MEMORY, NO_RESERVE, REMOVE
from components.migration import FAILED
from components.partition import FOR_MEMORY, NO_ROOM, NOT_SAVED, UNCOMMITTED, UNRESERVED
from systems.kernels.jit import njit, part, rare
from systems.memory.balloon import release_all
from systems.memory.demand import want
from systems.memory.deposits import deposit, withdraw
from systems.memory.frames import map_page, mappings_of, small_pages
from systems.memory.goals import begin_reports, end_reports
from systems.memory.moving import cancel_move
from systems.memory.operations import has_room, record
from systems.memory.paging import note_remote, settle_guest
from systems.memory.resizing import resize
from systems.memory.restarting import end_restart, restart_memory
from systems.memory.retries import next_retry_ns
from systems.memory.saving import begin_save, forget_saved, go_on, restore_at
from systems.memory.starting import back_pages
from systems.memory.waiting import (
    begin_start,
    count_guest,
    end_waiting,
    next_waiting,
    refuse,
    room_to_start,
    root_may_commit,
    wait_or_refuse,
)
from systems.state.memory import Memory
from systems.state.migrations import wait_elsewhere
from systems.state.orders import STOPS, next_order_ns, take_order
from systems.state.reserved import change_reserved, fits
from systems.state.tables import OK, OPERATIONS_FULL, Tables
from systems.state.timers import set_timer
from systems.system import System, components

RESTARTS, RESIZES, SAVES, RESTORES, REOPENS = range(2, 7)
"""Kinds of events after stops and starts, in the order of those of one instant."""


@part
def admit(w: Tables, m: Memory, until: int) -> int:
    """Give and take the memory of guests that are started, stopped, restarted or resized up to and including `until`, in the order of time.

    Returns OK, or OPERATIONS_FULL when the trace must be drained first.
    """
    state = m.progress[0]
    while True:
        event = m.events[state.next_event, 0] if state.next_event < len(m.events) else NEVER
        ordered, retry = next_order_ns(w), next_retry_ns(m)
        if min(event, ordered, retry) > until:
            return OK
        if not has_room(m):
            return OPERATIONS_FULL
        if event <= min(ordered, retry):
            number = state.next_event
            _happen(w, m, m.events[number, 2], m.events[number, 1], m.events[number, 3], event)
            state.next_event += 1
        elif ordered <= retry:
            guest, kind = take_order(w)
            _happen(w, m, guest, kind, NOBODY, ordered)
        else:
            partition = next_waiting(m, until)
            _try_again(w, m, partition, m.partitions[partition].retry_ns)


@rare
def _happen(w: Tables, m: Memory, partition: int, kind: int, row: int, now: int) -> None:
    """Start, stop or restart `partition`, or change it by change number `row`."""
    lifetime = w.lifetimes[partition]
    if kind == REOPENS or (kind == STOPS and lifetime.failed):
        return  # a host that guests may come to again, in events; a guest that is off
    if kind in (RESIZES, SAVES, RESTORES):
        _change(w, m, kind, partition, row, now)
        return
    if kind == STOPS or (kind == RESTARTS and lifetime.running):
        cancel_move(w, m, partition, now)
    if kind == RESTARTS:
        if lifetime.running:
            restart_memory(w, m, partition, now)
    elif kind == STOPS and lifetime.denied:
        end_waiting(m, partition)
    elif kind == STOPS:
        on_disk = forget_saved(w, m, partition)
        if not on_disk:
            count_guest(m, partition, -1)
            change_reserved(w, partition, -1)
        take_memory(w, m, partition, now)
    elif not fits(w, partition):
        lifetime.denied = UNRESERVED
        record(m, now, partition, ADD, NO_RESERVE, m.partitions[partition].startup, 0)
    else:
        begin_start(m, partition, now)
        lifetime.waits_elsewhere = 0
        lifetime.denied = try_start(w, m, partition, now)


@rare
def _change(w: Tables, m: Memory, kind: int, partition: int, row: int, now: int) -> None:
    """Make change number `row` to the memory of `partition`."""
    change = w.changes[row]
    if kind == RESIZES:
        change.result = resize(w, m, partition, change.amount, now)
    elif kind == SAVES:
        change.result = begin_save(w, m, partition, now)
    else:
        restore_at(w, m, partition, row, now)


@rare
def _try_again(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Start `partition`, which has waited, at `now`, if its memory is there, and its reserve still fits; or let it boot again."""
    lifetime = w.lifetimes[partition]
    if lifetime.saved != NOT_SAVED:
        go_on(w, m, partition, now)
        return
    if lifetime.running:
        end_restart(w, m, partition, now)
        return
    if not fits(w, partition):
        lifetime.denied = UNRESERVED
        refuse(m, partition, now, NO_RESERVE)
        return
    lifetime.denied = try_start(w, m, partition, now)
    if not lifetime.denied:
        end_waiting(m, partition)
        lifetime.late = FOR_MEMORY
        lifetime.start_ns = now
        set_timer(w, w.schedule.lifetime, partition, now)


@rare
def try_start(w: Tables, m: Memory, partition: int, now: int) -> int:
    """Give `partition` its memory and its reserve; return 0, or why it does not start (see Lifetime)."""
    host = m.layouts[partition].host
    if w.migration_states[host].state == FAILED:
        refuse(m, partition, now, NO_MEMORY)
        end_waiting(m, partition)
        wait_elsewhere(w, partition, now)
        return NO_ROOM
    if not root_may_commit(m, host):
        refuse(m, partition, now, NO_COMMIT)
        return UNCOMMITTED
    if not _give(w, m, partition, now):
        return NO_ROOM
    change_reserved(w, partition, 1)
    return 0


@part
def _give(w: Tables, m: Memory, partition: int, now: int) -> bool:
    """Give `partition` what it starts with, if that is free for it; tell whether it was."""
    p = m.partitions[partition]
    if room_to_start(m, partition) < p.startup:
        wait_or_refuse(m, partition, now)
        return False
    record(m, now, partition, ADD, AT_START, p.startup, p.startup)
    count_guest(m, partition, 1)
    back_pages(w, m, partition, p.startup)
    note_remote(w, m, partition, now)
    deposited = deposit(m, partition)
    calls = w.memory_calls[partition]
    if (
        m.parameters[m.layouts[partition].host].has_hypervisor and now > 0
    ):  # what runs from the start was set up before
        calls.to_deposit += deposited
        calls.to_map += mappings_of(m, partition, p.startup)
    if m.dynamic_of[partition] >= 0:
        begin_reports(m, m.dynamic_of[partition], now)
    if m.demand_of[partition] >= 0:
        want(m, m.demand_of[partition], now)
        settle_guest(w, m, partition, now)
    return True


@rare
def take_memory(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Take all memory of `partition`, which is turned off."""
    row = m.dynamic_of[partition]
    if row >= 0:
        end_reports(m, row)
    end_waiting(m, partition)
    w.lifetimes[partition].awaits_memory = 0
    m.partitions[partition].wanted = 0
    m.partitions[partition].committed = 0
    m.partitions[partition].working_set = 0
    small = small_pages(m, partition)
    freed = release_all(m, partition)
    calls = w.memory_calls[partition]
    if m.parameters[m.layouts[partition].host].has_hypervisor:
        calls.to_unmap += small + mappings_of(m, partition, freed - small) + m.partitions[partition].unmapped
        calls.to_withdraw += m.partitions[partition].deposited
    m.partitions[partition].unmapped = 0
    m.partitions[partition].mapped = 0
    record(m, now, partition, REMOVE, AT_STOP, freed, freed)
    withdraw(m, partition)


@njit
def start_root(m: Memory, host: int, state: int) -> None:
    """Give the root of `host` its reserve, from all nodes alike, of which it commits what it does from the start."""
    h = m.hosts[host]
    root = m.partitions[h.root]
    root.visible = root.startup
    root.virtual_nodes = h.nodes
    for page in range(root.startup):
        root.preferred_node = h.first_node + page % h.nodes
        map_page(m, h.root, page, state)
    root.preferred_node = NOBODY
    if m.demand_of[h.root] >= 0:
        want(m, m.demand_of[h.root], 0)


class Admission(System):
    """Gives guests their memory when they start, restart or are resized, and takes it back when they stop.

    The root's hypercalls for that are made when the guest starts or stops (`systems.scheduling.memory_calls`); nobody waits for them.
    """

    kernel = staticmethod(admit)
    why_here = "before scheduling: a guest without memory does not start within the step"
    reads = components("""
        HostIdentity MemoryParameters MigrationLink MigrationParameters PartitionLayout SchedulingParameters VpControls VpIdentity
    """)
    writes = components("""
        ClusterState Migration MigrationEnd MigrationRecord MigrationState MigrationTimes Change Clock CpuGroup DynamicMemory HostState Lifetime MemoryCalls MemoryNode MemoryOperation MemoryProgress MemoryState NetworkLink PageFrame PartitionMemory
    """)
