"""Failover: guests of a host that has failed are started on others, those of high priority first, once the cluster has noticed.

Each goes to the host that is up, has what it starts with free, and of those has most memory free; the guests before it have theirs by then. One that
finds none is tried again: three times more after a delay, then after a longer time, over and over [CLUS], and as soon as a host is up again. A guest
that was off goes to another host too, and starts there when its time comes; if that has come meanwhile, or it waited to be started or restored, at once.
"""

from components.declare import NEVER
from components.migration import FAILED
from components.partition import FOR_HOST, SAVED
from systems.cluster.arriving import change_owner
from systems.cluster.targets import best_start, note_lack
from systems.kernels.jit import part, rare
from systems.memory.admission import try_start
from systems.memory.saving import go_on
from systems.memory.waiting import begin_start
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
    """Start the guests of `host` that are off as it failed, and move those that were off."""
    state, s = w.migration_states[host], w.host_states[host]
    state.restarts = 0
    state.waiting = 0
    state.tries += 1
    for rank in range(RANKS + 1):
        at = 0
        while at < s.residents:
            guest = w.residents[s.first_resident + at]
            if guest != w.hosts[host].root and w.migrations[guest].rank == rank:
                _leave(w, m, guest, now)
                state.waiting += _is_to_be_on(w, guest, now)
            if w.layouts[guest].host == host:
                at += 1
    if state.waiting > 0:
        pause = w.cluster[0].pause_ns if state.tries % _TRIES == 0 else w.cluster[0].delay_ns
        state.failover_ns = now + pause


@part
def _is_to_be_on(w: Tables, guest: int, now: int) -> bool:
    """Tell whether `guest` is off, or all on disk, only because its host failed: it was on, or is to be started or restored since."""
    lifetime = w.lifetimes[guest]
    if lifetime.failed:
        return bool(w.migrations[guest].rank < RANKS)
    if not lifetime.waits_elsewhere:
        return False
    return bool(lifetime.start_ns <= now < lifetime.stop_ns if lifetime.denied else lifetime.saved == SAVED)


@part
def _leave(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Let `guest` leave its host if that has failed: start or restore it where it fits best if it is to be on, or have it belong elsewhere."""
    lifetime, source = w.lifetimes[guest], w.layouts[guest].host
    at_once = _is_to_be_on(w, guest, now)
    if not at_once:
        lost = lifetime.failed or (lifetime.running and lifetime.saved != SAVED)
        if lost or w.migration_states[source].state != FAILED:
            return
    elif lifetime.denied and lifetime.start_ns == now:
        return  # it is refused at this instant, and tried again like others
    target = best_start(w, m, guest, at_once)
    if target < 0:
        if at_once:
            note_lack(w, m, guest, now)
        return
    if target != source:
        change_owner(w, m, guest, target, now)
    if lifetime.failed:
        _restart(w, m, guest, source, now)
        return
    if target != source:
        note_registration(w, guest, source, target, now)
    if at_once:
        lifetime.waits_elsewhere = 0
        _go_on(w, m, guest, now)


@part
def _restart(w: Tables, m: Memory, guest: int, source: int, now: int) -> None:
    """Start `guest`, which was on when `source` failed, on the host that it is on now."""
    lifetime = w.lifetimes[guest]
    lifetime.failed = 0
    begin_start(m, guest, now)
    lifetime.denied = try_start(w, m, guest, now)
    lifetime.start_ns = now
    w.schedule.expect_work(w, guest, now)
    note_restart(w, guest, source, w.layouts[guest].host, now)
    set_timer(w, w.schedule.lifetime, guest, now)


@part
def _go_on(w: Tables, m: Memory, guest: int, now: int) -> None:
    """Start `guest`, whose work was given up when it was refused, or restore it, on the host that it is on now."""
    lifetime = w.lifetimes[guest]
    if not lifetime.denied:
        go_on(w, m, guest, now)
        return
    lifetime.denied = try_start(w, m, guest, now)
    if not lifetime.denied:
        lifetime.late = FOR_HOST
        lifetime.start_ns = now
        set_timer(w, w.schedule.lifetime, guest, now)
