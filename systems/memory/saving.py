"""A guest is saved, and restored: its memory is written to disk and free from then on, until the guest is started again [PS Save-VM].

It stands still from the moment it is saved until all it held is back, so that it goes on where it was: its tasks, what it had given up to its
balloon, and the pages that it had touched. How fast a host writes and reads is not published (`host.save_bandwidth`). A start whose memory
is not to be had, whose reserve does not fit or which the root may not commit for is tried again as others are (`systems.memory.waiting`).

Leaves out the root's work for it, and the disk's other load.
"""

from components.change import DONE, MIGRATING, NOT_RUNNING, NOT_STARTED
from components.declare import NOBODY
from components.memory import (
    ADD,
    AT_RESTORE,
    AT_SAVE,
    BALLOONED,
    GUEST,
    NO_COMMIT,
    NO_MEMORY,
    NO_RESERVE,
    REMOVE,
)
from components.migration import FAILED
from components.partition import NOT_SAVED, RESTORING, SAVED, SAVING
from systems.kernels.jit import part
from systems.memory.balloon import take_ballooned
from systems.memory.deposits import deposit, withdraw
from systems.memory.frames import frame_of, map_page, mappings_of, small_pages, touch_again, unmap_page
from systems.memory.operations import record
from systems.memory.paging import note_remote, settle_guest
from systems.memory.waiting import (
    begin_start,
    count_guest,
    end_waiting,
    refuse,
    room_to_start,
    root_may_commit,
    wait_or_refuse,
    wait_until,
)
from systems.state.memory import Memory
from systems.state.migrations import is_moving, wait_elsewhere
from systems.state.reserved import change_reserved, fits
from systems.state.tables import Tables
from systems.state.timers import set_timer

_UNTOUCHED, _TOUCHED = -1, -2  # of a saved page, in the place of the number of its frame
_SECOND_NS = 1_000_000_000


@part
def begin_save(w: Tables, m: Memory, partition: int, now: int) -> int:
    """Begin to write the memory of `partition`, which is suspended now. Return DONE, or NOT_RUNNING, or MIGRATING."""
    p, lifetime = m.partitions[partition], w.lifetimes[partition]
    if not lifetime.running or lifetime.awaits_memory or lifetime.saved != NOT_SAVED:
        return NOT_RUNNING
    if is_moving(w, partition):
        return MIGRATING
    row = m.dynamic_of[partition]
    if row >= 0:
        m.dynamic[row].paused = 1
    lifetime.saved = SAVING
    p.restore = NOBODY
    wait_until(m, partition, now + _disk_time(m, partition, p.held))
    return DONE


@part
def restore_at(w: Tables, m: Memory, partition: int, change: int, now: int) -> None:
    """Start `partition` from what was saved, by `change`: now, or as soon as it is saved."""
    p = m.partitions[partition]
    w.changes[change].result = NOT_STARTED
    if w.lifetimes[partition].saved == SAVING:
        p.restore = change
    elif w.lifetimes[partition].saved == SAVED:
        p.restore = change
        begin_start(m, partition, now)
        _begin_restore(w, m, partition, now)


@part
def go_on(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Carry out what is due for `partition`, which is being saved or restored."""
    p, saved = m.partitions[partition], w.lifetimes[partition].saved
    if saved == SAVING:
        _put_away(w, m, partition, now)
        if p.restore >= 0:
            begin_start(m, partition, now)
            _begin_restore(w, m, partition, now)
    elif saved == SAVED:
        _begin_restore(w, m, partition, now)
    else:
        _end_restore(w, m, partition, now)


@part
def forget_saved(w: Tables, m: Memory, partition: int) -> bool:
    """Discard what was saved of `partition`, which is turned off; tell whether it was all on disk, and nothing of it in memory."""
    p = m.partitions[partition]
    on_disk = w.lifetimes[partition].saved == SAVED
    w.lifetimes[partition].saved = NOT_SAVED
    p.saved_pages = 0
    p.restore = NOBODY
    if on_disk:
        for page in range(p.visible):
            m.pages[p.first_page + page] = 0
    return bool(on_disk)


@part
def _disk_time(m: Memory, partition: int, frames: int) -> int:
    """Return how long (ns) it takes to write or read so much of `partition`."""
    parameters = m.parameters[m.layouts[partition].host]
    seconds = frames * parameters.page_bytes / parameters.disk_bytes_per_s
    return max(1, int(seconds * _SECOND_NS + 0.5))


@part
def _put_away(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Free the memory of `partition`, which is all on disk."""
    p = m.partitions[partition]
    take_ballooned(m, partition)
    calls = w.memory_calls[partition]
    small = small_pages(m, partition)
    calls.to_unmap += small + mappings_of(m, partition, p.held - small) + p.unmapped
    calls.to_withdraw += p.deposited
    p.unmapped = 0
    p.mapped = 0
    withdraw(m, partition)
    p.saved_pages = p.held
    for page in range(p.visible):
        frame = frame_of(m, partition, page)
        if frame >= 0 and m.frames[frame].state != BALLOONED:
            touched = m.frames[frame].touched
            unmap_page(m, partition, page)
            m.pages[p.first_page + page] = _TOUCHED if touched else _UNTOUCHED
    w.lifetimes[partition].saved = SAVED
    record(m, now, partition, REMOVE, AT_SAVE, p.saved_pages, p.saved_pages)
    count_guest(m, partition, -1)
    change_reserved(w, partition, -1)
    w.host_states[w.layouts[partition].host].next_caller = 0
    end_waiting(m, partition)


@part
def _begin_restore(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Give `partition` the memory that it had, if that is free for it, and begin to read it back."""
    p = m.partitions[partition]
    if w.migration_states[m.layouts[partition].host].state == FAILED:
        refuse(m, partition, now, NO_MEMORY)
        end_waiting(m, partition)
        wait_elsewhere(w, partition, now)
        return
    if not fits(w, partition):
        refuse(m, partition, now, NO_RESERVE)
        return
    if not root_may_commit(m, m.layouts[partition].host):
        refuse(m, partition, now, NO_COMMIT)
        return
    if room_to_start(m, partition) < p.saved_pages:
        wait_or_refuse(m, partition, now)
        return
    end_waiting(m, partition)
    w.lifetimes[partition].saved = RESTORING
    count_guest(m, partition, 1)
    change_reserved(w, partition, 1)
    for page in range(p.visible):
        state = m.pages[p.first_page + page]
        if state < 0:
            map_page(m, partition, page, GUEST)
            if state == _TOUCHED:
                touch_again(m, partition, page)
    calls = w.memory_calls[partition]
    calls.to_deposit += deposit(m, partition)
    calls.to_map += mappings_of(m, partition, p.saved_pages)
    w.host_states[w.layouts[partition].host].next_caller = 0
    record(m, now, partition, ADD, AT_RESTORE, p.saved_pages, p.saved_pages)
    wait_until(m, partition, now + _disk_time(m, partition, p.saved_pages))


@part
def _end_restore(w: Tables, m: Memory, partition: int, now: int) -> None:
    """Resume `partition`, whose memory is all back, where it was."""
    p = m.partitions[partition]
    change = w.changes[p.restore]
    end_waiting(m, partition)
    w.lifetimes[partition].saved = NOT_SAVED
    p.saved_pages = 0
    p.restore = NOBODY
    row = m.dynamic_of[partition]
    if row >= 0:
        m.dynamic[row].paused = 0
    if m.demand_of[partition] >= 0:
        settle_guest(w, m, partition, now)
    note_remote(w, m, partition, now)
    change.result = DONE
    set_timer(w, w.schedule.change, change.then, now)
