"""Ready or held back: what a VP that wants an LP is until it gets one."""

from components.declare import NOBODY
from components.virtual_processor import CAPPED, NO_CAP, READY
from systems.kernels.heap import contains, push, remove, stands_in, top, top_key
from systems.kernels.jit import rare, small
from systems.state.accounting import cap_left, enter
from systems.state.caps import next_renewal
from systems.state.cpu_groups import is_group_full, stop_waiting, wait_for_place
from systems.state.scarcity import note_line
from systems.state.tables import Tables
from systems.state.timers import set_timer


@small
def become_ready(w: Tables, vp: int, now: int) -> None:
    """Note that `vp` wants an LP from now on."""
    enter(w, vp, READY, now)
    w.vps[vp].ready_ns = now
    w.vps[vp].lp = NOBODY


@small
def is_held_back(w: Tables, vp: int, now: int) -> bool:
    """Tell whether its own cap, or that of its CPU group, keeps `vp` from running now."""
    return is_capped(w, vp, now) or is_group_full(w, vp, now)


@small
def is_capped(w: Tables, vp: int, now: int) -> bool:
    """Tell whether `vp` has used up its own cap."""
    return w.vp_controls[vp].cap_ns != NO_CAP and cap_left(w, vp, now) <= 0


@rare
def hold_back(w: Tables, vp: int, now: int) -> None:
    """Hold `vp` back (CAPPED) until its cap is renewed, or until its group has a place for it."""
    enter(w, vp, CAPPED, now)
    w.vps[vp].lp = NOBODY
    w.vps[vp].lacks_place = not is_capped(w, vp, now)
    if w.vps[vp].lacks_place:
        note_line(w, vp, 1)
        wait_for_place(w, vp, now)
        return
    w.scheduler[0].ready_sequence += 1
    push(w.held, 0, vp, next_renewal(w, vp, now), w.scheduler[0].ready_sequence)
    set_cap_timer(w)


@small
def set_cap_timer(w: Tables) -> None:
    """Set the timer of the next renewal of a cap, if that of any VP is waited for."""
    vp = top(w.held, 0)
    if vp >= 0:
        set_timer(w, w.schedule.cap_period, 0, top_key(w.held, 0))


@small
def release(w: Tables, vp: int) -> None:
    """Take `vp` out of those that are held back, if it is one of them."""
    if not contains(w.held, vp):
        return
    if stands_in(w.held, 0, vp):
        remove(w.held, 0, vp)
    else:
        note_line(w, vp, -1)
        stop_waiting(w, vp)
