"""Migrations are asked for: by an event, for all guests of a host that is drained, or to balance hosts."""

from components.change import DONE, MIGRATING, REFUSED
from components.declare import NOBODY
from components.migration import DRAINED, NOT_MOVING, UP
from systems.kernels.jit import part
from systems.state.migrations import RANKS, join_queue, leave_queue
from systems.state.tables import Tables


@part
def ask_to_migrate(w: Tables, guest: int, target: int, change: int, now: int) -> int:
    """Queue a migration of `guest` to `target`, NOBODY for whichever suits best, by change number `change`, or NOBODY; return what is to be said of that now."""
    if w.migrations[guest].stage != NOT_MOVING:
        return REFUSED
    _forget(w, guest)
    m = w.migrations[guest]
    m.source, m.target, m.change, m.asked_ns = w.layouts[guest].host, target, change, now
    join_queue(w, guest)
    return MIGRATING


@part
def _forget(w: Tables, guest: int) -> None:
    """Let nothing be left of the last migration of `guest`."""
    m = w.migrations[guest]
    m.started_ns, m.paused_ns = -1, -1
    m.passes, m.memory, m.left, m.in_chunk = 0, 0, 0, 0
    m.sent, m.wire, m.dirty, m.rest = 0, 0, 0, 0


@part
def drain(w: Tables, host: int, now: int) -> int:
    """Queue migrations of all guests of `host` that are on, those of high priority first, and let none come to it; return DONE."""
    w.migration_states[host].state = DRAINED
    s = w.host_states[host]
    for rank in range(RANKS + 1):
        for guest in w.residents[s.first_resident : s.first_resident + s.residents]:
            mig = w.migrations[guest]
            goes = guest != w.hosts[host].root and w.lifetimes[guest].running and mig.stage == NOT_MOVING
            if goes and mig.rank == rank:
                ask_to_migrate(w, guest, NOBODY, NOBODY, now)
    return DONE


@part
def undrain(w: Tables, host: int) -> int:
    """Let guests come to `host` again; those that it had stay where they are, but for those still queued. Return DONE."""
    w.migration_states[host].state = UP
    guest = w.cluster[0].first_queued
    while guest >= 0:
        m = w.migrations[guest]
        following = m.following
        if m.source == host and m.change < 0:
            leave_queue(w, guest)
        guest = following
    w.cluster[0].asked = 1
    return DONE
