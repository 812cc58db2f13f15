"""Where a guest may go: a host that is up, has what the guest needs, and has a migration less than it may have at once.

Of several it goes to the one with most memory free, which is how a cluster's tools choose a best node; of those alike to the first of the file.
"""

from components.declare import NOBODY
from components.migration import NO_HOST, NO_MEMORY, NO_RESERVE, TARGET_NOT_UP, UNSUITED, UP
from systems.kernels.jit import part, small
from systems.memory.frames import free_frames
from systems.memory.moving import room_on
from systems.memory.waiting import needed, root_may_commit
from systems.state.memory import Memory
from systems.state.places import SUITS, place_of
from systems.state.reserved import has_room_for, reserve_of
from systems.state.tables import Tables

FITS = -1
"""What `why_not` returns for a host that may take the guest."""


@part
def why_not(w: Tables, m: Memory, guest: int, host: int, frames: int) -> int:
    """Return why `host` cannot take `guest`, with so many frames (an outcome of its migration), or FITS."""
    if w.migration_states[host].state != UP:
        return TARGET_NOT_UP
    if not place_of(w, w.layouts[guest].first_vp, host, SUITS):
        return UNSUITED
    if room_on(w, m, guest, host) < frames or not root_may_commit(m, host):
        return NO_MEMORY
    reserve = reserve_of(w, guest)
    if reserve > 0 and not has_room_for(w, host, reserve):
        return NO_RESERVE
    return FITS


@small
def has_turn(w: Tables, host: int) -> bool:
    """Tell whether `host` may have one more migration now."""
    return bool(w.migration_states[host].under_way < w.migration_parameters[host].most_at_once)


@part
def best_target(w: Tables, m: Memory, guest: int) -> tuple[int, int]:
    """Return the host that suits `guest` best, and FITS; or NOBODY and why: FITS if one would do once it has fewer migrations."""
    best, most, reason = NOBODY, -1, NO_HOST
    for host in range(len(w.hosts)):
        if host == w.layouts[guest].host or why_not(w, m, guest, host, m.partitions[guest].held) != FITS:
            continue
        reason = FITS
        free = free_frames(m, host, NOBODY)
        if has_turn(w, host) and free > most:
            best, most = host, free
    return best, reason


@part
def best_start(w: Tables, m: Memory, guest: int, at_once: bool) -> int:
    """Return the host that suits `guest`, which is off, best, with what it starts with, or what was saved of it, if that is to be `at_once`; NOBODY if none does."""
    best, most = NOBODY, -1
    for host in range(len(w.hosts)):
        if at_once and why_not(w, m, guest, host, needed(m, guest)) != FITS:
            continue
        if w.migration_states[host].state != UP or not place_of(w, w.layouts[guest].first_vp, host, SUITS):
            continue
        free = free_frames(m, host, NOBODY)
        if free > most:
            best, most = host, free
    return best


@part
def note_lack(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Note why no host can take `guest`, which is to be started: what it lacks on a host that meets most of its conditions."""
    mig = w.migrations[guest]
    mig.lack, mig.tried_ns, mig.to_be_had = TARGET_NOT_UP, now, 0
    for host in range(len(w.hosts)):
        lack = why_not(w, m, guest, host, needed(m, guest))
        if lack == NO_MEMORY:
            mig.to_be_had = max(mig.to_be_had, room_on(w, m, guest, host))
        if _conditions_met(lack) > _conditions_met(mig.lack):
            mig.lack = lack


@small
def _conditions_met(lack: int) -> int:
    """Return how many of the conditions of `why_not`, in their order, a host meets that cannot take a guest because of `lack`."""
    if lack == TARGET_NOT_UP:
        return 0
    if lack == UNSUITED:
        return 1
    return 2 if lack == NO_MEMORY else 3
