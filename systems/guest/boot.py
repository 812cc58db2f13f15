"""Booting: a guest that has just been started, or restarted, does nothing of its own until its system is up.

The boot is a row of bursts, each on one VP and each followed by a wait for the disk; without contention it takes as long as stated, and on
a busy host longer. What it touches and traps is that of any code of the guest; its pages come with its waits.
How long a guest boots, and how busily, is not published; so both are parameters.

A guest that is restarted loses what it was about, as one that is turned off does; what arrives meanwhile waits until it is up again.
"""

from components.declare import NOBODY
from systems.kernels.jit import part, rare, small
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer


@small
def is_booting(w: Tables, guest: int) -> bool:
    """Tell whether `guest` boots."""
    return w.guests[guest].booting > 0


@small
def has_task(w: Tables, guest: int) -> bool:
    """Tell whether `guest` has something for an idle VP."""
    b = w.boots[guest]
    return b.ready > 0 if w.guests[guest].booting else w.guests[guest].ready > 0


@part
def begin_boot(w: Tables, guest: int, now: int) -> None:
    """Boot `guest`; where it has no memory yet, it waits for that first (see `systems.memory.restarting`)."""
    b = w.boots[guest]
    w.guests[guest].booting = 1
    b.left = b.bursts if b.burst_ns > 0 else 0
    b.ready = 0
    if not w.lifetimes[guest].awaits_memory:
        set_off(w, guest, now)


@part
def set_off(w: Tables, guest: int, now: int) -> None:
    """Set the timer of the first burst of the boot of `guest`, or of its end if there is nothing but waits."""
    b = w.boots[guest]
    set_timer(w, w.schedule.boot, guest, now if b.left > 0 else now + b.bursts * b.wait_ns)


@rare
def take_boot_work(w: Tables, vp: int, guest: int) -> bool:
    """Give `vp` the burst of its guest's boot that is ready, or let it go on with the one that it has; tell whether there is one."""
    b = w.boots[guest]
    if b.vp == vp:
        return True
    if b.vp >= 0 or not b.ready:
        return False
    b.ready = 0
    b.vp = vp
    state = w.vps[vp]
    state.remaining_ns = b.burst_ns
    state.level = 0
    state.quantum_left_ns = w.guests[guest].quantum_ns
    state.quantum_from_ns = state.quantum_left_ns
    return True


@rare
def end_boot_burst(w: Tables, guest: int, now: int) -> None:
    """Make the boot of `guest`, of which a burst is done, wait for the disk."""
    b = w.boots[guest]
    b.vp = NOBODY
    b.left -= 1
    set_timer(w, w.schedule.boot, guest, now + b.wait_ns)


@part
def abandon_boot(w: Tables, guest: int) -> None:
    """End the boot of `guest`, which is turned off or restarted."""
    b = w.boots[guest]
    w.guests[guest].booting = 0
    b.ready = 0
    b.vp = NOBODY
    cancel_timer(w, w.schedule.boot, guest)
