"""Migrations are asked for by an event, and for all guests of a host that is drained."""

from components.change import DONE
from components.declare import NOBODY
from components.migration import CANCELLED, DRAINED, NOT_MOVING, UP
from components.partition import SAVED
from systems.kernels.jit import part
from systems.state.migrations import RANKS, ask_to_migrate, call_waiting, leave_queue, note_migration
from systems.state.tables import Tables


@part
def drain(w: Tables, host: int, now: int) -> int:
    """Queue migrations of all guests of `host` that are on, those of high priority first, let those that are off leave it, and none come; return DONE."""
    w.migration_states[host].state = DRAINED
    w.migration_states[host].leaves = 1
    w.cluster[0].asked = 1
    s = w.host_states[host]
    for rank in range(RANKS + 1):
        for guest in w.residents[s.first_resident : s.first_resident + s.residents]:
            mig = w.migrations[guest]
            on = w.lifetimes[guest].running and w.lifetimes[guest].saved != SAVED
            goes = guest != w.hosts[host].root and on and mig.stage == NOT_MOVING
            if goes and mig.rank == rank:
                ask_to_migrate(w, guest, NOBODY, NOBODY, now)
    return DONE


@part
def undrain(w: Tables, host: int, now: int) -> int:
    """Open `host` to guests again; those that it had stay where they are, but for those still queued. Return DONE."""
    w.migration_states[host].state = UP
    guest = w.cluster[0].first_queued
    while guest >= 0:
        m = w.migrations[guest]
        following = m.following
        if m.source == host and m.change < 0:
            note_migration(w, guest, CANCELLED, now)
            leave_queue(w, guest)
        guest = following
    call_waiting(w, now)
    w.cluster[0].asked = 1
    return DONE
