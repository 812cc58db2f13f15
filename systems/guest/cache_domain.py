"""The virtual clocks of a cache domain: how fast code runs beside what the other LPs run.

A share of the native time of code is waiting for memory (`workload.memory_bound`). Only that share is longer under second-level address
translation (`host.costs.nested_paging`), and only that share while the other busy LPs of the domain ask for memory too. They ask for so
much of the bandwidth of the domain, each as its own code waits; up to the bandwidth the wait grows in proportion, and not beyond
(`host.costs.interference`, `host.memory_bus`). So a ns of native work takes

    (1 - bound) + bound x (1 + nested paging) x (1 + interference x min(1, what others ask for / bandwidth))

and all code of one `bound` runs at one speed in a domain. One clock of work serves each such code: a burst of `n` ns that starts when the
clock shows `c` ends when it shows `c + n`, and a change of speed moves one event for each code that has a burst there, however many LPs
the domain has. A clock without a burst stands still.

Rounding: a clock shows whole ns of work, rounded down; the exact remainder is carried. A burst ends at the first
whole ns of time at which its work is done.
"""

from components.declare import NEVER
from systems.kernels.heap import top, top_key
from systems.kernels.jit import part, rare, small
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer

SPEED_BITS = 20
FULL_SPEED = 2**SPEED_BITS
_BEYOND_ANY_RUN = 2**41  # times 2^20 ns: 73 years
_SHORT = 2**42  # ns of work: an hour, which in 2^-20 ns is kept in 63 bits


@small
def advance(w: Tables, clock: int, now: int) -> None:
    """Bring `clock` up to `now`."""
    c = w.code_clocks[clock]
    elapsed = now - c.updated_ns
    if elapsed == 0:
        return
    c.updated_ns = now
    part = (elapsed & (FULL_SPEED - 1)) * c.speed + c.rest
    c.work_ns += (elapsed >> SPEED_BITS) * c.speed + (part >> SPEED_BITS)
    c.rest = part & (FULL_SPEED - 1)


@part
def start_clock(w: Tables, clock: int, now: int) -> None:
    """Bring `clock` up to `now`, at which a burst joins it; one that stood still goes on at the speed that holds now."""
    if w.bursts.length[clock] == 0:
        w.code_clocks[clock].updated_ns = now
        w.code_clocks[clock].speed = speed_of(w, clock)
    else:
        advance(w, clock, now)


@small
def speed_of(w: Tables, clock: int) -> int:
    """Return the speed (2^-20) of the code of `clock` while the LPs of its domain ask for as much memory as they do now."""
    c = w.code_clocks[clock]
    d = w.domains[c.domain]
    others = max(0, d.demand - c.bound)
    crowding = min(FULL_SPEED, others * d.bus_share >> SPEED_BITS)
    wait = FULL_SPEED + (
        w.costs[w.domains[w.code_clocks[clock].domain].host].interference * crowding >> SPEED_BITS
    )
    slowness = FULL_SPEED - c.bound + (c.waiting * wait >> SPEED_BITS)
    return max(1, ((1 << 2 * SPEED_BITS) + slowness // 2) // slowness)


@part
def schedule_burst_end(w: Tables, clock: int) -> None:
    """Set the timer of `clock`, which is up to date, to the first end of a burst."""
    c = w.code_clocks[clock]
    lp = top(w.bursts, clock)
    if lp < 0:
        cancel_timer(w, w.schedule.burst_end, clock)
        return
    work = top_key(w.bursts, clock) - c.work_ns
    # what is done by now may be so with some to spare
    wait = max(0, time_for(work, c.speed, c.rest))
    set_timer(w, w.schedule.burst_end, clock, min(NEVER, c.updated_ns + wait))


@small
def time_for(work: int, speed: int, rest: int) -> int:
    """Return how long (ns, rounded up) code takes at `speed` for `work` ns, of which `rest` (2^-20 ns) is done already; at most NEVER."""
    if 0 <= work < _SHORT:  # one division in place of two
        return ((work << SPEED_BITS) - rest + speed - 1) // speed
    return _long_time_for(work, speed, rest)


@rare
def _long_time_for(work: int, speed: int, rest: int) -> int:
    whole = work // speed
    if whole >= _BEYOND_ANY_RUN:
        return NEVER
    return (whole << SPEED_BITS) + (((work - whole * speed) << SPEED_BITS) - rest + speed - 1) // speed


@part
def change_demand(w: Tables, domain: int, change: int, now: int) -> None:
    """Change what memory the LPs of `domain` ask for from `now` on: all code there runs at its new speed."""
    d = w.domains[domain]
    d.demand += change
    for clock in range(d.first_clock, d.first_clock + d.clocks):
        if w.bursts.length[clock] == 0:
            continue
        speed = speed_of(w, clock)
        if speed != w.code_clocks[clock].speed:
            advance(w, clock, now)
            w.code_clocks[clock].speed = speed
            schedule_burst_end(w, clock)
