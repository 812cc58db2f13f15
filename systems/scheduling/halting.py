"""A spinner halts: it is off its LP until whoever lets go of the lock wakes it.

So a Linux guest waits for a lock: after so much spinning the VP reads HV_X64_MSR_GUEST_IDLE, which makes it idle until an interrupt comes; the
thread that lets go of the lock sends one to the VP of the thread whose turn it is, if that has halted [LNX-SPIN]. Woken for anything else, or
too late because another thread has taken the lock meanwhile, it spins as long again.

For its guest such a VP is not idle: it comes for no task. Its clock stands still. Leaves out: that a waiter stops spinning early where the one
before it has halted.
"""

from components.trace import WENT_IDLE
from components.virtual_processor import IDLE
from systems.guest.boot import has_task
from systems.guest.locks import may_take
from systems.interrupts.delivery import send_ipi
from systems.kernels.jit import part, rare
from systems.scheduling.handover import make_ready, next_vp
from systems.scheduling.leaving import step_off
from systems.state.accounting import enter
from systems.state.tables import Tables


@part
def halt_at_lock(w: Tables, lp: int, now: int) -> bool:
    """Take the VP on `lp`, which has spun for long, to idle, and turn the LP to the next; tell whether it has left.

    It goes on if the lock is its by now, an interrupt waits for it, or its guest has a ready task, which it takes at the end of its quantum.
    """
    vp = w.lps[lp].vp
    if w.trap_state[vp].pending or may_take(w, vp) or has_task(w, w.vp_identity[vp].owner):
        return False
    step_off(w, lp, WENT_IDLE, now)
    enter(w, vp, IDLE, now)
    next_vp(w, lp, now)
    return True


@rare
def wake_halted(w: Tables, vp: int, sender: int, now: int) -> None:
    """Wake `vp`, which has halted at the lock that the thread on `sender` has let go of, by an interrupt."""
    send_ipi(w, sender, vp, now)
    make_ready(w, vp, now)
