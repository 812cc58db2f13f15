"""A task that becomes ready above the one on a VP takes the VP from it, and one that is not below it when its quantum ends.

The interrupt and its deferred work run before threads, and a thread that returns from I/O stands above its equals for a while: so it
preempts them on the VP that is interrupted [WDM, W32-PB]. The VP exits for the interrupt, pays for it, and goes on with the task of
the highest priority. One that has no LP, or is in the hypervisor, does so when it next enters guest code.
"""

from components.processor import GUEST, SPINNING
from components.virtual_processor import IDLE
from systems.guest.boot import is_booting
from systems.guest.bursts import resume_burst, suspend_burst
from systems.guest.priorities import highest_level, outranks, protected_ns
from systems.guest.sections import holds_spin_lock
from systems.guest.tasks import put_back, take_task
from systems.interrupts.answers import awaits_answers
from systems.interrupts.delivery import interrupt, interrupt_guest, runs_guest_code
from systems.kernels.jit import part, rare
from systems.scheduling.handover import kick, make_ready
from systems.state.accounting import charge_lp
from systems.state.idle_vps import leave_idle
from systems.state.tables import Tables
from systems.state.timers import bring_forward


@part
def call_idle_vp(w: Tables, guest: int, vp: int, kind: int, now: int) -> None:
    """Interrupt `guest` for the task that it has just queued: its `vp`, which is idle, comes for it."""
    interrupt_guest(w, guest, vp, kind, now)
    leave_idle(w, vp)
    make_ready(w, vp, now)


@part
def call_guest(w: Tables, guest: int, busy_vp: int, kind: int, now: int) -> None:
    """Interrupt `guest` for the task that it has just queued: an idle VP comes for it, or `busy_vp` looks whether it outranks its own."""
    interrupt_guest(w, guest, busy_vp, kind, now)
    if w.guests[guest].idle_vps > 0:
        kick(w, guest, now)
    elif w.vps[busy_vp].state == IDLE:
        make_ready(w, busy_vp, now)  # it has halted at a lock; an interrupt ends that
    else:
        look_up(w, busy_vp, now)


@part
def call_vp(w: Tables, vp: int, kind: int, now: int) -> None:
    """Interrupt `vp` for the task that its guest has just queued: no other VP is woken for it."""
    interrupt(w, vp, kind, now)
    if w.vps[vp].state == IDLE:
        leave_idle(w, vp)
        make_ready(w, vp, now)
    else:
        look_up(w, vp, now)


@part
def look_up(w: Tables, vp: int, now: int) -> None:
    """Have `vp`, if it runs guest code, look for a task above its own: now, or once its own is protected no more."""
    if not runs_guest_code(w, vp) or not outranks(w, vp):
        return
    lp = w.vps[vp].lp
    charge_lp(w, lp, now)
    bring_forward(w, w.schedule.processor, lp, now + protected_ns(w, vp))


@part
def is_to_change(w: Tables, vp: int, now: int) -> bool:
    """Tell whether the task on `vp` must give it to one above it now. One inside a spin lock keeps it, and one that waits for answers."""
    if not outranks(w, vp) or protected_ns(w, vp) > 0 or awaits_answers(w, vp, now):
        return False
    return not holds_spin_lock(w, vp)


@part
def change_task(w: Tables, lp: int, outranked: bool, now: int) -> None:
    """Give the VP on `lp` the guest's next ready task in place of the present one, which is outranked, or has used up its quantum."""
    p = w.lps[lp]
    running = p.phase in (GUEST, SPINNING)
    suspend_burst(w, lp, now)
    put_back(w, p.vp, outranked, now)
    take_task(w, p.vp, now)
    if running:
        resume_burst(w, lp, now)


@rare
def end_quantum(w: Tables, lp: int, now: int) -> None:
    """End the quantum of the task on `lp`: one level less, and the VP goes to a ready task that is not below it, if there is one.

    Without one the present task goes on with a fresh quantum [MYPC, UIT]. So does one that holds a spin lock: a guest does not take
    the VP from it.
    """
    vp = w.lps[lp].vp
    guest = w.vp_identity[vp].owner
    state = w.vps[vp]
    state.level = max(0, state.level - 1)
    if is_booting(w, guest) or highest_level(w, guest) < state.level or holds_spin_lock(w, vp):
        state.quantum_left_ns = w.guests[guest].quantum_ns
        state.quantum_from_ns = state.quantum_left_ns
        return
    change_task(w, lp, False, now)
