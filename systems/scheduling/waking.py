"""Waking: an idle LP that is given a VP takes its time before it runs it."""

from components.processor import WAKING
from systems.kernels.jit import part
from systems.scheduling.dispatch import step_on, wake_up_ns
from systems.state.accounting import charge_lp
from systems.state.root_activity import end_root_wake
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def wake_lp(w: Tables, lp: int, vp: int, now: int) -> None:
    """Wake the idle `lp` for `vp`, which stays ready until the LP has woken."""
    charge_lp(w, lp, now)
    w.policy.set_idle(w, lp, False)
    w.lp_traps[lp].scheduler_interrupts += 1
    p = w.lps[lp]
    p.vp = vp
    w.vps[vp].lp = lp
    end_root_wake(w, lp)
    wake_up = wake_up_ns(w, vp)
    if wake_up > 0:
        p.phase = WAKING
        p.phase_end_ns = now + wake_up
        set_timer(w, w.schedule.processor, lp, p.phase_end_ns)
    else:
        step_on(w, lp, vp, now)
