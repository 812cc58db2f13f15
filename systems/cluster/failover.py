"""Failover: guests of a host that has failed are started on others, those of high priority first, once the cluster has noticed.

Each goes to the host that is up, has what it starts with free, and of those has most memory free; the guests before it have theirs by then. One that
finds none is tried again: three times more after a delay, then after a longer time, over and over [CLUS], and as soon as a host is up again. A guest
that was off goes to another host too, and starts there when its time comes.
"""

from components.declare import NEVER
from components.migration import UP
from systems.cluster.arriving import change_owner
from systems.cluster.targets import best_start, note_lack
from systems.kernels.jit import part, rare
from systems.memory.admission import try_start
from systems.state.memory import Memory
from systems.state.migrations import RANKS, note_registration, note_restart
from systems.state.tables import OK, Tables
from systems.state.timers import set_timer

_TRIES = 4


@part
def next_failover(w: Tables, m: Memory, now: int) -> int:  # noqa: ARG001 - what all of its kind take
    """Return when the guests of a host are next restarted elsewhere, at which a step ends, so that their requests are drawn from then on."""
    first = NEVER
    if len(w.migrations) > 0:
        for host in range(len(w.migration_states)):
            if w.migration_states[host].failover_ns > now:
                first = min(first, w.migration_states[host].failover_ns)
    return first


@part
def set_failover(w: Tables, m: Memory, until: int) -> int:  # noqa: ARG001 - all kernels of a step take the same
    """Set the timers of the restarts that are due in the step that ends at `until`; returns OK."""
    if len(w.migrations) > 0:
        for host in range(len(w.migration_states)):
            if w.migration_states[host].failover_ns <= until:
                set_timer(w, w.schedule.failover, host, w.migration_states[host].failover_ns)
    return OK


@rare
def failover_event(w: Tables, host: int, now: int) -> None:  # noqa: ARG001 - what all events of hosts take
    """Have the guests of `host`, which has failed, restarted after this event."""
    w.migration_states[host].failover_ns = NEVER
    w.migration_states[host].restarts = 1
    w.cluster[0].asked = 1


@part
def restart_guests(w: Tables, m: Memory, host: int, now: int) -> None:
    """Restart the guests of `host` that its failure has turned off, and move those that were off."""
    state, s = w.migration_states[host], w.host_states[host]
    state.restarts = 0
    state.waiting = 0
    for rank in range(RANKS + 1):
        at = 0
        while at < s.residents:
            guest = w.residents[s.first_resident + at]
            if guest != w.hosts[host].root and w.migrations[guest].rank == rank:
                _restart(w, m, guest, now)
                state.waiting += w.lifetimes[guest].failed if rank < RANKS else 0
            if w.layouts[guest].host == host:
                at += 1
    if state.waiting > 0:
        state.tries += 1
        pause = w.cluster[0].pause_ns if state.tries % _TRIES == 0 else w.cluster[0].delay_ns
        state.failover_ns = now + pause


@part
def _restart(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Start `guest`, if the failure of its host has turned it off, where it fits best, or have it start there later."""
    lifetime, layout = w.lifetimes[guest], w.layouts[guest]
    source = layout.host
    if lifetime.failed and w.migrations[guest].rank >= RANKS:
        return
    if not lifetime.failed and w.migration_states[source].state == UP:
        return
    target = best_start(w, m, guest, bool(lifetime.failed))
    if target < 0:
        if lifetime.failed:
            note_lack(w, m, guest)
        return
    if target != source:
        change_owner(w, m, guest, target, now)
    if not lifetime.failed:
        note_registration(w, guest, source, target, now)
        return
    lifetime.failed = 0
    m.partitions[guest].first_try_ns = now
    lifetime.denied = try_start(w, m, guest, now)
    lifetime.start_ns = now
    if lifetime.waited:
        lifetime.late = 1
    else:
        w.schedule.expect_work(w, guest, now)
    lifetime.waited = 0
    note_restart(w, guest, source, target, now)
    set_timer(w, w.schedule.lifetime, guest, now)
