"""Calls as they are made: a VP interrupts all others of its guest, and spins until they have answered (see `systems.interrupts.answers`).

So is a flush of other VPs' address translations where the guest does not flush by hypercall, and whatever code runs on all VPs at once.
It comes after so much guest code as the rate says, and costs the sender an exit for each interrupt, or one hypercall for all. Idle VPs are
woken for it. The guest's system changes no task of a VP that waits for answers: it spins at the highest interrupt level.
"""

from components.processor import GUEST
from components.traps import CLUSTER_IPIS, IPI
from components.virtual_processor import IDLE
from systems.guest.bursts import suspend_burst
from systems.interrupts.answers import begin_call
from systems.interrupts.delivery import interrupt
from systems.kernels.jit import rare, small
from systems.scheduling.dispatch import stay_in_hypervisor
from systems.scheduling.handover import make_ready
from systems.state.charges import owe
from systems.state.idle_vps import is_idle_vp, leave_idle
from systems.state.tables import Tables


@small
def is_call_due(w: Tables, lp: int) -> bool:
    """Tell whether the VP on `lp`, charged up to now, is to call the others of its guest."""
    vp = w.lps[lp].vp
    return bool(
        w.lps[lp].phase == GUEST
        and w.guest_traps[w.vp_identity[vp].owner].call_every_ns > 0
        and w.trap_state[vp].call_left_ns <= 0
    )


@rare
def call_others(w: Tables, lp: int, now: int) -> None:
    """Interrupt all other VPs of the guest from the VP on `lp`: it pays for that, and then waits for their answers."""
    vp = w.lps[lp].vp
    guest = w.vp_identity[vp].owner
    traps, layout = w.guest_traps[guest], w.layouts[guest]
    targets = layout.vps - 1
    w.trap_state[vp].call_left_ns += traps.call_every_ns
    suspend_burst(w, lp, now)
    owe(w, vp, traps.ipi_charge, 1 if traps.ipi_charge == CLUSTER_IPIS else targets, now)
    w.vp_traps[vp].ipis_sent += targets
    w.lp_traps[lp].ipis_sent += targets
    begin_call(w, vp, now)
    stay_in_hypervisor(w, lp, 0, now)
    for target in range(layout.first_vp, layout.first_vp + layout.vps):
        if target == vp:
            continue
        interrupt(w, target, IPI, now)
        if w.vps[target].state == IDLE:
            if is_idle_vp(w, target):  # not halted at a lock
                leave_idle(w, target)
            make_ready(w, target, now)
