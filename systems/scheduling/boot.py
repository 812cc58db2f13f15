"""Boots, as they go on: the next burst, and the guest that is up (see `systems.guest.boot`)."""

from components.declare import NOBODY
from components.partition import OPEN
from systems.guest.arrivals import hold_arrivals, release_arrivals
from systems.guest.barriers import begin_part
from systems.guest.boot import begin_boot
from systems.guest.tasks import begin_burst, queue_burst
from systems.kernels.jit import part
from systems.scheduling.handover import kick
from systems.state.tables import Tables
from systems.tiers.health import note_health


@part
def boot_first(w: Tables, guest: int, now: int) -> bool:
    """Begin the boot of `guest`, which has just been started, before all its work; tell whether it boots at all.

    A guest that runs from the start of the run has booted before.
    """
    if now == 0 or w.boots[guest].bursts == 0:
        return False
    layout = w.layouts[guest]
    if layout.workload == OPEN:
        hold_arrivals(w, layout.workload_row)
    begin_boot(w, guest, now)
    return True


@part
def boot_event(w: Tables, guest: int, now: int) -> None:
    """Let the next burst of the boot of `guest` be ready for a VP; after the last, the guest is up."""
    b = w.boots[guest]
    if w.lifetimes[guest].awaits_memory:
        return
    if b.left > 0:
        b.ready = 1
        kick(w, guest, now)
        return
    b.on = 0
    layout = w.layouts[guest]
    begin_work(w, guest, now)
    if layout.workload == OPEN and w.open[layout.workload_row].relative:
        release_arrivals(w, layout.workload_row, now)
    for _ in range(min(w.guests[guest].ready, w.guests[guest].idle_vps)):
        kick(w, guest, now)
    note_health(w, guest, now)


@part
def begin_work(w: Tables, guest: int, now: int) -> None:
    """Let the threads of `guest`, if it has a closed workload, begin."""
    layout = w.layouts[guest]
    if layout.job < 0:
        return
    c = w.closed[layout.job]
    if c.started_ns < 0:
        c.started_ns = now
        begin_part(w, layout.job, NOBODY)
    for thread in range(layout.first_thread, layout.first_thread + layout.threads):
        if begin_burst(w, thread):
            queue_burst(w, thread, 0, now)
            kick(w, guest, now)
