"""Timers of idle VPs: a tick of a system that keeps its ticks, or the next of the system's own timers."""

from systems.interrupts.ticks import next_idle_wake, take_idle_tick, take_idle_wake
from systems.kernels.jit import part
from systems.scheduling.handover import make_ready
from systems.state.idle_vps import leave_idle
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def set_tick_timer(w: Tables, vp: int, now: int) -> None:
    """Set the timer of the next tick of `vp`, which is idle, if its guest keeps its ticks, or of the system's next own timer."""
    guest = w.guest_traps[w.vp_identity[vp].owner]
    if guest.idle_ticks:
        set_timer(w, w.schedule.tick, vp, max(now, w.trap_state[vp].next_tick_ns))
    elif guest.idle_wake_ns > 0:
        set_timer(w, w.schedule.tick, vp, next_idle_wake(w, vp, now))


@part
def tick_event(w: Tables, vp: int, now: int) -> None:
    """Deliver a tick, or an interrupt of another timer, to the idle `vp`, which wakes."""
    if w.guest_traps[w.vp_identity[vp].owner].idle_ticks:
        take_idle_tick(w, vp, now)
    else:
        take_idle_wake(w, vp, now)
    leave_idle(w, vp)
    make_ready(w, vp, now)
