"""The periodic tick of a guest's clock: arithmetic on time, no events of its own while the VP is busy.

Ticks are due at whole periods of simulated time. A VP that has its LP gets each when it is due. Those due while it waits are
caught up afterwards, by a period half as long, as far as the backlog goes; the others are skipped [TLFS-md timers.md: first catch
up by shortening the period, then skip]. So due = delivered + backlog + skipped. Those due while the hypervisor works for the VP, also
before it goes idle, are taken after that. An idle VP's clock stands still, unless the guest keeps its ticks; timers of the system's own
wake it at a rate (`partition.guest.idle_wakes`).
"""

from components.traps import EXTERNAL_INTERRUPTS, MSR_ACCESSES, TIMER
from systems.interrupts.delivery import arm_timers, deliver, interrupt
from systems.kernels.jit import part, rare, small
from systems.state.charges import owe
from systems.state.tables import Tables


@small
def is_tick_due(w: Tables, vp: int, by: int) -> bool:
    """Tell whether a tick of `vp`, whose clock runs, is due by then."""
    return bool(w.guest_traps[w.vp_identity[vp].owner].tick_ns > 0 and w.trap_state[vp].next_tick_ns <= by)


@small
def start_clock(w: Tables, vp: int, now: int) -> None:
    """Start the clock of `vp`, which stood still, at `now`: its next tick is the first that is due later."""
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


@small
def take_ticks(w: Tables, vp: int, now: int) -> None:
    """Deliver the ticks that fell due while `vp` ran, and with each one of the backlog."""
    if is_tick_due(w, vp, now):
        _take_due(w, vp, now)


@part
def _take_due(w: Tables, vp: int, now: int) -> None:
    guest = w.guest_traps[w.vp_identity[vp].owner]
    state = w.trap_state[vp]
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
    if guest.one_shot_ticks:
        arm_timers(w, vp, ticks, now)


@small
def skip_backlog(w: Tables, vp: int) -> None:
    """Skip the ticks that `vp`, whose machine is off or begins anew, has still to catch up."""
    w.vp_traps[vp].ticks_skipped += w.trap_state[vp].tick_backlog
    w.trap_state[vp].tick_backlog = 0


@part
def take_idle_tick(w: Tables, vp: int, now: int) -> None:
    """Raise the interrupt of the tick that is due now for `vp`, which is idle."""
    w.vp_traps[vp].ticks_due += 1
    w.vp_traps[vp].ticks_delivered += 1
    w.trap_state[vp].next_tick_ns += w.guest_traps[w.vp_identity[vp].owner].tick_ns
    interrupt(w, vp, TIMER, now)
    if w.guest_traps[w.vp_identity[vp].owner].one_shot_ticks:
        arm_timers(w, vp, 1, now)


@small
def next_idle_wake(w: Tables, vp: int, now: int) -> int:
    """Return when the system's own timers wake the idle `vp` next; its guest has such timers."""
    period = w.guest_traps[w.vp_identity[vp].owner].idle_wake_ns
    phase = w.trap_state[vp].wake_phase_ns
    return int(((now - phase) // period + 1) * period + phase)


@rare
def take_idle_wake(w: Tables, vp: int, now: int) -> None:
    """Raise the interrupt of a timer of the system's own for `vp`, which is idle, and count what it does then, the next timer included."""
    interrupt(w, vp, TIMER, now)
    arm_timers(w, vp, 1, now)
    accesses = w.guest_traps[w.vp_identity[vp].owner].wake_accesses
    if accesses > 0:
        owe(w, vp, MSR_ACCESSES, accesses, now)
