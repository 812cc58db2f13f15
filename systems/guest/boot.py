"""Booting: a guest that has just been started, or restarted, does nothing of its own until its system is up.

The boot is a row of bursts, each on one VP and each followed by a wait for the disk; without contention it takes as long as stated, and on
a busy host longer. What it touches and traps is that of any code of the guest; its pages come with its waits.
How long a guest boots, and how busily, is not published; so both are parameters.

A guest that is restarted ends the bursts that are on its VPs; all else waits in its queue, and what arrives joins it, until it is up again.
"""

from components.declare import NEVER, NOBODY
from systems.kernels.jit import part, small
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_arrival_timer, set_timer


@small
def is_booting(w: Tables, guest: int) -> bool:
    """Tell whether `guest` boots."""
    return w.boots[guest].on > 0


@small
def has_task(w: Tables, guest: int) -> bool:
    """Tell whether `guest` has something for an idle VP."""
    b = w.boots[guest]
    return b.ready > 0 if b.on else w.guests[guest].ready > 0


@part
def begin_boot(w: Tables, guest: int, now: int) -> None:
    """Let `guest` boot; where it has no memory yet, it waits for that first (see `systems.memory.restarting`)."""
    b = w.boots[guest]
    b.on = 1
    under_way = 1 if b.vp >= 0 else 0  # a burst of the boot before, which ends first
    b.left = b.bursts + under_way if b.burst_ns > 0 else 0
    b.ready = 0
    if b.vp < 0 and not w.lifetimes[guest].awaits_memory:
        set_off(w, guest, now)


@part
def set_off(w: Tables, guest: int, now: int) -> None:
    """Set the timer of the first burst of the boot of `guest`, or of its end if there is nothing but waits."""
    b = w.boots[guest]
    set_timer(w, w.schedule.boot, guest, now if b.left > 0 else now + b.bursts * b.wait_ns)


@part
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


@part
def end_boot_burst(w: Tables, guest: int, now: int) -> None:
    """Let the boot of `guest`, of which a burst is done, wait for the disk."""
    b = w.boots[guest]
    b.vp = NOBODY
    b.left -= 1
    set_timer(w, w.schedule.boot, guest, now + b.wait_ns)


@part
def abandon_boot(w: Tables, guest: int, row: int) -> None:
    """End the boot of `guest`, which is turned off; `row` is its open workload, NOBODY if it has none."""
    b = w.boots[guest]
    b.on = 0
    b.ready = 0
    b.vp = NOBODY
    cancel_timer(w, w.schedule.boot, guest)
    if row >= 0 and w.open[row].relative:
        w.open[row].relative = 0
        w.open[row].next_arrival_ns = NEVER
        _drop_from(w, row, NOBODY, w.open[row].first_future)


@part
def hold_arrivals(w: Tables, row: int, now: int) -> None:
    """Count the arrivals of open workload `row`, of which none is drawn yet, from the end of its guest's boot, which is not known yet."""
    o = w.open[row]
    o.relative = 1
    o.next_arrival_ns -= now


@part
def release_arrivals(w: Tables, row: int, now: int) -> None:
    """Let the requests of open workload `row` arrive from `now` on, at which its guest is up; those after its stop never do."""
    o = w.open[row]
    o.relative = 0
    o.next_arrival_ns += now
    stop = w.lifetimes[o.owner].stop_ns
    before = NOBODY
    request = o.first_future
    while request >= 0:
        w.requests[request].arrival_ns += now
        if w.requests[request].arrival_ns >= stop:
            _drop_from(w, row, before, request)
            break
        before = request
        request = w.requests[request].next_task
    if o.first_future >= 0:
        set_arrival_timer(w, row, w.requests[o.first_future].arrival_ns)


@part
def _drop_from(w: Tables, row: int, before: int, request: int) -> None:
    """Return `request` and all drawn after it to the pool; `before` is the one before it, NOBODY if it is the first."""
    o = w.open[row]
    o.last_future = before
    if before >= 0:
        w.requests[before].next_task = NOBODY
    else:
        o.first_future = NOBODY
    while request >= 0:
        following = w.requests[request].next_task
        w.requests[request].next_task = w.scheduler[0].first_free_request
        w.scheduler[0].first_free_request = request
        request = following
