"""Woken: an idle LP that was given a VP has woken, and runs it, or what is to come before."""

from components.declare import NOBODY
from components.virtual_processor import READY
from systems.kernels.jit import part, rare
from systems.scheduling.dispatch import step_on
from systems.scheduling.handover import BUSY, clear_companion, next_vp, place, turn_companion
from systems.scheduling.ready import hold_back, is_held_back
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def awake(w: Tables, lp: int, now: int) -> None:
    """Turn `lp`, which has woken, to the VP that it woke for, unless its root has become ready, or that VP is held back, or taken from it."""
    vp = w.lps[lp].vp
    root = w.lp_topology[lp].root_vp
    if vp < 0:
        next_vp(w, lp, now)
    elif root >= 0 and root != vp and w.vps[root].state == READY:
        _awake_for_root(w, lp, root, now)
    elif is_held_back(w, vp, now):
        w.lps[lp].vp = NOBODY
        hold_back(w, vp, now)
        next_vp(w, lp, now)
    else:
        step_on(w, lp, vp, now)


@rare
def _awake_for_root(w: Tables, lp: int, root: int, now: int) -> None:
    """Dispatch `root`, which became ready meanwhile, on the LP that woke for another VP, as soon as the companion is free."""
    if clear_companion(w, lp, root, now) == BUSY:
        w.lps[lp].phase_end_ns = w.lps[w.policy.companion(w, lp)].phase_end_ns
        set_timer(w, w.schedule.processor, lp, w.lps[lp].phase_end_ns)
        return
    vp = w.lps[lp].vp
    step_on(w, lp, root, now)
    if vp >= 0:
        place(w, vp, now)
    turn_companion(w, lp, now)
