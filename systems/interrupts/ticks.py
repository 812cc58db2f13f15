"""The periodic tick of a guest's clock: arithmetic on time, no events of its own while the VP is busy.

Ticks are due at whole periods of simulated time. A VP that has its LP gets each when it is due. Those due while it waits are
caught up afterwards, by a period half as long, as far as the backlog goes; the others are skipped [TLFS-md timers.md: first catch
up by shortening the period, then skip]. So due = delivered + backlog + skipped. An idle VP's clock stands still, unless the guest
keeps its ticks.
"""

from components.traps import EXTERNAL_INTERRUPTS, TIMER
from systems.interrupts.delivery import deliver, interrupt
from systems.kernels.jit import part, small
from systems.state.charges import owe
from systems.state.tables import Tables


@small
def start_clock(w: Tables, vp: int, now: int) -> None:
    """Start the clock of `vp`, which was idle, at `now`."""
    period = w.guest_traps[w.vp_identity[vp].owner].tick_ns
    if period > 0 and w.trap_state[vp].next_tick_ns <= now:
        w.trap_state[vp].next_tick_ns = (now // period + 1) * period


@small
def _fall_due(w: Tables, vp: int, period: int, now: int) -> int:
    """Count the ticks of `vp` that are due up to `now`; the caller delivers them or lets them wait."""
    state = w.trap_state[vp]
    due = (now - state.next_tick_ns) // period + 1
    state.next_tick_ns += due * period
    w.vp_traps[vp].ticks_due += due
    return due


@part
def miss_ticks(w: Tables, vp: int, now: int) -> None:
    """Add the ticks that fell due while `vp` waited for its LP to the backlog, or skip them."""
    guest = w.guest_traps[w.vp_identity[vp].owner]
    state = w.trap_state[vp]
    if guest.tick_ns == 0 or now < state.next_tick_ns:
        return
    backlog = state.tick_backlog + _fall_due(w, vp, guest.tick_ns, now)
    state.tick_backlog = min(backlog, guest.most_backlog)
    w.vp_traps[vp].ticks_skipped += backlog - state.tick_backlog


@part
def take_ticks(w: Tables, vp: int, now: int) -> None:
    """Deliver the ticks that fell due while `vp` ran, and with each one of the backlog."""
    guest = w.guest_traps[w.vp_identity[vp].owner]
    state = w.trap_state[vp]
    if guest.tick_ns == 0 or now < state.next_tick_ns:
        return
    due = _fall_due(w, vp, guest.tick_ns, now)
    late = min(due, state.tick_backlog)
    state.tick_backlog -= late
    ticks = due + late
    counts = w.vp_traps[vp]
    counts.ticks_delivered += ticks
    counts.interrupts_raised += ticks
    w.lp_traps[w.vps[vp].lp].timer_interrupts += ticks
    owe(w, vp, EXTERNAL_INTERRUPTS, ticks, now)
    deliver(w, vp, TIMER, ticks, ticks, now)


@part
def take_idle_tick(w: Tables, vp: int, now: int) -> None:
    """Raise the interrupt of the tick that is due now for `vp`, which is idle."""
    w.vp_traps[vp].ticks_due += 1
    w.vp_traps[vp].ticks_delivered += 1
    w.trap_state[vp].next_tick_ns += w.guest_traps[w.vp_identity[vp].owner].tick_ns
    interrupt(w, vp, TIMER, now)
