"""Paying: the VP that has an LP spends in the hypervisor what it owes, before it goes on and before it goes idle."""

from components.processor import HYPERVISOR, REFILL
from components.trace import WENT_IDLE
from components.traps import HLT_INSTRUCTIONS
from components.virtual_processor import IDLE
from systems.kernels.jit import part
from systems.scheduling.accounting import enter
from systems.scheduling.bursts import suspend_burst
from systems.scheduling.dispatch import stay_in_hypervisor, step_off
from systems.scheduling.handover import next_vp, set_tick_timer
from systems.scheduling.idle_vps import push_idle
from systems.scheduling.parent import suspend_for_parent
from systems.scheduling.rebalance_timers import arm_guest_rebalance
from systems.tables import Tables
from systems.traps.charges import owe
from systems.traps.first_touches import touch_pages
from systems.traps.hypercalls import go_on_calling
from systems.traps.interrupts import deliver_pending
from systems.traps.settlement import settle_traps


@part
def pays(w: Tables, lp: int, now: int) -> bool:
    """Let the VP on `lp` pay what it owes, and then wait for its parent, before it goes on; tell whether it must."""
    p = w.lps[lp]
    if p.phase != HYPERVISOR:
        settle_traps(w, p.vp, now)
        go_on_calling(w, p.vp)
        if w.guests[w.vp_identity[p.vp].owner].first_zeroings > 0:
            touch_pages(w, p.vp, now)
    if w.trap_state[p.vp].unpaid_ns == 0:
        if w.trap_state[p.vp].messages == 0:
            return False
        if p.phase == HYPERVISOR:
            suspend_for_parent(w, lp, now)
            return True
    refill = p.refill_ns if p.phase == HYPERVISOR else 0
    if p.phase == REFILL:
        refill = p.phase_end_ns - now
    suspend_burst(w, lp, now)
    stay_in_hypervisor(w, lp, refill, now)
    return True


@part
def halt(w: Tables, lp: int, now: int) -> None:
    """Let the VP on `lp`, which has nothing to run, pay for its transition to idle, and then go."""
    p = w.lps[lp]
    w.vps[p.vp].guest_idle = 1
    if w.guest_traps[w.vp_identity[p.vp].owner].modelled:
        owe(w, p.vp, HLT_INSTRUCTIONS, 1, now)
    go_on_calling(w, p.vp)
    if w.trap_state[p.vp].unpaid_ns > 0:
        w.trap_state[p.vp].halting = 1
        stay_in_hypervisor(w, lp, p.refill_ns, now)
    else:
        go_idle(w, lp, now)


@part
def has_halted(w: Tables, lp: int, now: int) -> bool:
    """Let the VP on `lp` go idle once its transition is paid for; return False if it has still to pay, or something to run by then."""
    p = w.lps[lp]
    if w.guests[w.vp_identity[p.vp].owner].ready > 0:
        w.trap_state[p.vp].halting = 0
        return False
    if w.trap_state[p.vp].unpaid_ns == 0:
        go_on_calling(w, p.vp)
    if w.trap_state[p.vp].unpaid_ns > 0:
        return False
    go_idle(w, lp, now)
    return True


@part
def go_idle(w: Tables, lp: int, now: int) -> None:
    """Let the VP on `lp`, which has nothing to run, go idle, and the next VP on."""
    p = w.lps[lp]
    vp = p.vp
    w.trap_state[vp].halting = 0
    deliver_pending(w, vp, now)
    step_off(w, lp, WENT_IDLE, now)
    enter(w, vp, IDLE, now)
    w.vps[vp].guest_idle = 1
    push_idle(w, vp)
    arm_guest_rebalance(w, w.vp_identity[vp].owner, now)
    set_tick_timer(w, vp, now)
    next_vp(w, lp, now)
