"""The virtual clock of a cache domain.

Every busy LP of a domain runs guest code at one speed, which depends on how many are busy. So one clock of work serves
them all: a burst of `n` ns that starts when the clock shows `c` ends when it shows `c + n`, and a change of speed
moves one event, however many LPs the domain has.

Rounding: the clock shows whole ns of work, rounded down; the exact remainder is carried. A burst ends at the first
whole ns of time at which its work is done.
"""

from components.declare import NEVER
from systems.kernels.heap import top
from systems.kernels.jit import part, small
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer

SPEED_BITS = 20
FULL_SPEED = 2**SPEED_BITS
_BEYOND_ANY_RUN = 2**41  # times 2^20 ns: 73 years


@small
def advance(w: Tables, domain: int, now: int) -> None:
    """Bring the clock of `domain` up to `now`."""
    d = w.domains[domain]
    elapsed = now - d.updated_ns
    if elapsed == 0:
        return
    d.updated_ns = now
    speed = w.speeds[d.first_speed + d.busy]
    part = (elapsed & (FULL_SPEED - 1)) * speed + d.rest
    d.work_ns += (elapsed >> SPEED_BITS) * speed + (part >> SPEED_BITS)
    d.rest = part & (FULL_SPEED - 1)


@part
def schedule_burst_end(w: Tables, domain: int) -> None:
    """Set the timer of `domain`, whose clock is up to date, to the first end of a burst."""
    d = w.domains[domain]
    lp = top(w.bursts, domain)
    if lp < 0:
        cancel_timer(w, w.schedule.burst_end, domain)
        return
    work = w.bursts.key[lp] - d.work_ns
    speed = w.speeds[d.first_speed + d.busy]
    whole = work // speed
    if whole >= _BEYOND_ANY_RUN:
        set_timer(w, w.schedule.burst_end, domain, NEVER)
        return
    part = ((work - whole * speed) << SPEED_BITS) - d.rest
    wait = (whole << SPEED_BITS) + (part + speed - 1) // speed
    # what is done by now may be so with some to spare
    set_timer(w, w.schedule.burst_end, domain, d.updated_ns + max(0, wait))


@part
def change_busy(w: Tables, domain: int, change: int, now: int) -> None:
    """Count one LP more, or less, as busy, and let all of the domain run at the new speed from `now`."""
    advance(w, domain, now)
    d = w.domains[domain]
    before = w.speeds[d.first_speed + d.busy]
    d.busy += change
    if w.speeds[d.first_speed + d.busy] != before:
        schedule_burst_end(w, domain)
