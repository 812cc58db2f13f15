"""Boots, as they go on: the next burst, and the guest that is up (see `systems.guest.boot`)."""

from components.declare import NOBODY
from systems.guest.barriers import begin_part
from systems.guest.boot import begin_boot
from systems.guest.threads import begin_burst, queue_burst
from systems.kernels.jit import part, rare
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
    w.schedule.hold_work(w, guest, now)
    begin_boot(w, guest, now)
    return True


@rare
def boot_event(w: Tables, guest: int, now: int) -> None:
    """Make the next burst of the boot of `guest` ready for a VP; after the last, the guest is up."""
    b = w.boots[guest]
    if w.lifetimes[guest].awaits_memory:
        return
    if b.left > 0:
        b.ready = 1
        kick(w, guest, now)
        return
    w.guests[guest].booting = 0
    begin_work(w, guest, now)
    for _ in range(min(w.guests[guest].ready, w.guests[guest].idle_vps)):
        kick(w, guest, now)
    note_health(w, guest, now)


@part
def begin_work(w: Tables, guest: int, now: int) -> None:
    """Begin the work of `guest`, which is up: its threads, and what its kind of workload has beside."""
    layout = w.layouts[guest]
    if layout.job >= 0:
        if w.closed[layout.job].started_ns < 0:
            w.closed[layout.job].started_ns = now
            begin_part(w, layout.job, NOBODY)
        for thread in range(layout.first_thread, layout.first_thread + layout.threads):
            if begin_burst(w, thread):
                queue_burst(w, thread, 0, now)
                kick(w, guest, now)
    w.schedule.release_work(w, guest, now)
