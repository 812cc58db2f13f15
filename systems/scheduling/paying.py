"""Paying: the VP that has an LP spends in the hypervisor what it owes, before it goes on and before it goes idle."""

from components.processor import HYPERVISOR
from components.trace import WENT_IDLE
from components.traps import HLT_INSTRUCTIONS
from components.virtual_processor import IDLE
from systems.guest.boot import has_task
from systems.guest.bursts import suspend_burst
from systems.hypercalls.continuations import go_on_calling
from systems.intercepts.settlement import settle_traps
from systems.interrupts.delivery import deliver_pending
from systems.interrupts.ticks import is_tick_due, take_ticks
from systems.kernels.jit import part
from systems.scheduling.dispatch import refill_left, stay_in_hypervisor
from systems.scheduling.handover import next_vp
from systems.scheduling.idle_timers import set_tick_timer
from systems.scheduling.leaving import step_off
from systems.scheduling.parent import suspend_for_parent
from systems.scheduling.rebalance_timers import arm_guest_rebalance
from systems.state.accounting import enter
from systems.state.charges import owe
from systems.state.idle_vps import push_idle
from systems.state.tables import Tables

PAID = 0
PAYING = 1
STAYS = 0
HALTED = 1


@part
def pay(w: Tables, lp: int, now: int) -> int:
    """Charge the VP on `lp` its unpaid hypervisor time, and then suspend it for its parent: PAYING; PAID if it owes neither."""
    p = w.lps[lp]
    if p.phase != HYPERVISOR:
        w.schedule.account(w, p.vp, now)
    elif w.trap_state[p.vp].unpaid_ns == 0:
        take_ticks(w, p.vp, now)  # those that fell due while it paid
    if w.trap_state[p.vp].unpaid_ns == 0:
        if w.trap_state[p.vp].messages == 0:
            return PAID
        if p.phase == HYPERVISOR:
            suspend_for_parent(w, lp, now)
            return PAYING
    refill = refill_left(w, lp, now)
    suspend_burst(w, lp, now)
    stay_in_hypervisor(w, lp, refill, now)
    return PAYING


@part
def halt(w: Tables, lp: int, now: int) -> None:
    """Charge the VP on `lp`, which has nothing to run, for its transition to idle, after which it goes idle.

    Its clock stops then. Where a tick falls due while it still pays for others, it takes that one first.
    """
    p = w.lps[lp]
    settle_traps(w, p.vp, now)
    take_ticks(w, p.vp, now)
    owed = w.trap_state[p.vp].unpaid_ns
    if owed > 0 and is_tick_due(w, p.vp, now + owed):
        stay_in_hypervisor(w, lp, refill_left(w, lp, now), now)
        return
    w.vps[p.vp].guest_idle = 1
    if w.guest_traps[w.vp_identity[p.vp].owner].modelled:
        owe(w, p.vp, HLT_INSTRUCTIONS, 1, now)
    go_on_calling(w, p.vp, now)
    if w.trap_state[p.vp].unpaid_ns > 0:
        w.trap_state[p.vp].halting = 1
        stay_in_hypervisor(w, lp, refill_left(w, lp, now), now)
    else:
        go_idle(w, lp, now)


@part
def end_halt(w: Tables, lp: int, now: int) -> int:
    """Take the VP off `lp` to idle if its transition is paid for: HALTED; STAYS if it has still to pay, or something to run by now."""
    p = w.lps[lp]
    if has_task(w, w.vp_identity[p.vp].owner):
        w.trap_state[p.vp].halting = 0
        return STAYS
    if w.trap_state[p.vp].unpaid_ns == 0:
        go_on_calling(w, p.vp, now)
    if w.trap_state[p.vp].unpaid_ns > 0:
        return STAYS
    go_idle(w, lp, now)
    return HALTED


@part
def go_idle(w: Tables, lp: int, now: int) -> None:
    """Take the VP that has nothing to run off `lp` to idle, and turn the LP to the next."""
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
