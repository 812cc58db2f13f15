"""Migrations begin, and end; hosts fail, and are balanced: what takes memory, once the event that asks for it is over."""

from components.change import DONE, REFUSED
from components.declare import NOBODY
from components.migration import (
    ARRIVED,
    LANDED,
    SAME_HOST,
)
from components.migration import NOT_RUNNING as GUEST_NOT_RUNNING
from components.partition import NOT_SAVED
from systems.cluster.arriving import arrive
from systems.cluster.balancing import balance_hosts
from systems.cluster.copying import begin_pass
from systems.cluster.failing import fail_host
from systems.cluster.failover import restart_guests
from systems.cluster.leaving import leave_host
from systems.cluster.targets import FITS, best_target, has_turn, why_not
from systems.kernels.jit import part, rare
from systems.memory.moving import keep_frames
from systems.memory.waiting import count_guest_on
from systems.state.link_shares import share_bandwidth
from systems.state.memory import Memory
from systems.state.migrations import (
    join_under_way,
    leave_drained,
    leave_queue,
    leave_under_way,
    note_migration,
)
from systems.state.reserved import change_reserved_on
from systems.state.tables import Tables


@rare
def settle_moves(w: Tables, m: Memory, now: int) -> None:
    """Carry out what events have asked for: fail hosts, restart their guests, move guests that are off from drained ones, balance hosts, resume guests that have landed, and begin migrations whose turn it is."""
    w.cluster[0].asked = 0
    if w.cluster[0].failing >= 0:
        fail_host(w, m, w.cluster[0].failing, now)
        w.cluster[0].failing = NOBODY
    for host in range(len(w.migration_states)):
        if w.migration_states[host].restarts:
            restart_guests(w, m, host, now)
        if w.migration_states[host].leaves:
            leave_host(w, m, host, now)
    if w.cluster[0].balances:
        balance_hosts(w, m, now)
    guest = w.cluster[0].first_under_way
    while guest >= 0:
        following = w.migrations[guest].following
        if w.migrations[guest].stage == LANDED:
            _end(w, m, guest, now)
        guest = following
    guest = w.cluster[0].first_queued
    while guest >= 0:
        following = w.migrations[guest].following
        _try(w, m, guest, now)
        guest = following
    w.cluster[0].asked = 0


@part
def _end(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Land `guest` on its target, which it leaves again if that has been drained meanwhile."""
    change = w.migrations[guest].change
    note_migration(w, guest, ARRIVED, now)
    leave_under_way(w, guest, now)
    arrive(w, m, guest, now)
    if change >= 0:
        w.changes[change].result = DONE
    leave_drained(w, guest, now)


@part
def _try(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Begin the migration of `guest` if both hosts may have one more and the target can take it; refuse it if that cannot."""
    mig, lifetime = w.migrations[guest], w.lifetimes[guest]
    target, reason = mig.target, FITS
    if not lifetime.running or lifetime.saved != NOT_SAVED or lifetime.awaits_memory:
        reason = GUEST_NOT_RUNNING
    elif target == mig.source:
        reason = SAME_HOST
    elif not has_turn(w, mig.source):
        return
    elif target < 0:
        target, reason = best_target(w, m, guest)
    elif has_turn(w, target):
        reason = why_not(w, m, guest, target, m.partitions[guest].held)
    else:
        return
    if reason != FITS:
        note_migration(w, guest, reason, now)
        leave_queue(w, guest)
        if mig.change >= 0:
            w.changes[mig.change].result = REFUSED
    elif target >= 0:
        _begin(w, m, guest, target, now)


@part
def _begin(w: Tables, m: Memory, guest: int, target: int, now: int) -> None:
    mig = w.migrations[guest]
    leave_queue(w, guest)
    keep_frames(w, m, guest, target, now)
    count_guest_on(m, target, 1)
    change_reserved_on(w, target, guest, 1)
    mig.target, mig.started_ns = target, now
    mig.memory = m.partitions[guest].held * m.parameters[target].page_bytes
    mig.passes = 1
    join_under_way(w, guest, now)
    begin_pass(w, guest, mig.memory, now)
    share_bandwidth(w, now)
