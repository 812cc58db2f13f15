"""Running: what happens to the VP that has an LP.

It pays for the dispatch, refills the caches, and runs its guest's tasks, until the root wants the LP, its cap is used up,
its slice is over and another's turn has come, it gives way after a long spin, or it has nothing left to run.
"""

from components.declare import NOBODY
from components.processor import AWAITING, HYPERVISOR, REFILL, SPINNING, WAKING
from components.trace import HIT_CAP, SLICE
from systems.guest.attribution import book
from systems.guest.bursts import resume_burst
from systems.guest.cache_domain import advance, schedule_burst_end
from systems.guest.faults import forget_fault
from systems.guest.sections import (
    DONE,
    DONE_AND_WOKE,
    GOES_ON,
    at_lock,
    halted_next,
    has_lock,
    holds_spin_lock,
)
from systems.guest.tasks import complete_task, take_task
from systems.intercepts.settlement import settle_traps
from systems.interrupts.answers import awaits_answers
from systems.interrupts.delivery import deliver_pending, send_ipi
from systems.io.page_path import begin_page_in
from systems.kernels.heap import remove, top, top_key
from systems.kernels.jit import part, rare
from systems.scheduling.calls import call_others, is_call_due
from systems.scheduling.catching_up import forget_credit
from systems.scheduling.dispatch import go_on, stay_in_hypervisor, step_on
from systems.scheduling.dozing import count_slices
from systems.scheduling.halting import wake_halted
from systems.scheduling.handover import (
    BUSY,
    claim_own_lp,
    clear_companion,
    find_other_lp,
    kick,
    next_vp,
    place,
    root_that_wants,
    turn_companion,
)
from systems.scheduling.leaving import step_off
from systems.scheduling.line import leave_line, stands_in_line
from systems.scheduling.lock_extension import end_extension, extend_slice
from systems.scheduling.long_spin import give_way, notify
from systems.scheduling.lp_timer import set_lp_timer
from systems.scheduling.mates import call_mate, send_back
from systems.scheduling.outranking import change_task, end_quantum, is_to_change
from systems.scheduling.paying import HALTED, PAYING, end_halt, halt, pay
from systems.scheduling.ready import hold_back, is_held_back
from systems.scheduling.rebalance import go_home
from systems.scheduling.woken import awake
from systems.state.accounting import charge_lp
from systems.state.attempt_times import leave_vp
from systems.state.idle_vps import choose_idle
from systems.state.tables import Tables

STAYED = 0
LEFT = 1


@part
def processor_event(w: Tables, lp: int, now: int) -> None:
    """Handle the end of a phase, slice, guest quantum or cap on `lp`, or a call to other VPs that is due or answered."""
    charge_lp(w, lp, now)
    p = w.lps[lp]
    if p.phase == WAKING:
        awake(w, lp, now)
        return
    if w.trap_state[p.vp].halting and end_halt(w, lp, now) == HALTED:
        return
    if _leave_if_due(w, lp, now) == LEFT or pay(w, lp, now) == PAYING:
        return
    if p.phase == HYPERVISOR and p.yields and give_way(w, lp, now):
        return
    if p.phase == HYPERVISOR and not _enter_guest(w, lp, now):
        return
    if p.phase == REFILL and now >= p.phase_end_ns:
        resume_burst(w, lp, now)
    if _go_on_calling(w, lp, now):
        return
    if w.vps[p.vp].quantum_left_ns <= 0:
        end_quantum(w, lp, now)
    if is_to_change(w, p.vp, now):
        change_task(w, lp, True, now)
    if p.phase == SPINNING and w.vps[p.vp].spin_left_ns <= 0:
        notify(w, lp, now)
    else:
        set_lp_timer(w, lp, now)


@part
def _go_on_calling(w: Tables, lp: int, now: int) -> bool:
    """Keep the VP on `lp` waiting for answers, or call others if that is due; tell whether it does either."""
    p = w.lps[lp]
    if p.phase == AWAITING:
        if awaits_answers(w, p.vp, now):
            set_lp_timer(w, lp, now)
            return True
        resume_burst(w, lp, now)
    if not is_call_due(w, lp):
        return False
    call_others(w, lp, now)
    return True


@part
def burst_event(w: Tables, clock: int, now: int) -> None:
    """Handle the first end on `clock` of a burst, or of its part before the lock, if it is due: one that was may have been put off.

    The VP goes on with the task inside the lock or spinning for it, or with the guest's next task, or goes idle.
    """
    advance(w, clock, now)
    lp = top(w.bursts, clock)
    if lp < 0 or top_key(w.bursts, clock) > w.code_clocks[clock].work_ns:
        schedule_burst_end(w, clock)
        return
    charge_lp(w, lp, now)
    remove(w.bursts, clock, lp)
    book(w, lp, clock, 0, now)
    p = w.lps[lp]
    p.phase = REFILL
    p.phase_end_ns = now
    if w.vps[p.vp].beyond_fault_ns >= 0:
        _page_in(w, lp, now)
        schedule_burst_end(w, clock)
        return
    settle_traps(w, p.vp, now)
    if w.trap_state[p.vp].unpaid_ns > 0 or w.trap_state[p.vp].messages > 0:
        w.trap_state[p.vp].at_end = 1
        stay_in_hypervisor(w, lp, 0, now)
    else:
        _end_burst(w, lp, 0, now)
    schedule_burst_end(w, clock)


@rare
def _page_in(w: Tables, lp: int, now: int) -> None:
    """Suspend the task on `lp` until its page is read from disk; the VP goes on with the guest's next task, or goes idle."""
    vp = w.lps[lp].vp
    leave_vp(w, vp, w.vps[vp].task, now)
    if holds_spin_lock(w, vp):
        end_extension(w, lp, now)
    begin_page_in(w, vp, now)
    if take_task(w, vp, now):
        resume_burst(w, lp, now)
        set_lp_timer(w, lp, now)
    else:
        halt(w, lp, now)


@part
def _end_burst(w: Tables, lp: int, refill_ns: int, now: int) -> None:
    """Continue the VP on `lp` after its task's work so far: inside the lock, with the next task, or idle; it may wake other VPs.

    Of the guest time that cold caches cost it, `refill_ns` is left.
    """
    vp = w.lps[lp].vp
    guest = w.vp_identity[vp].owner
    forget_fault(w, vp)
    if holds_spin_lock(w, vp):
        end_extension(w, lp, now)
    step = at_lock(w, vp, now) if w.vps[vp].task >= 0 and has_lock(w, vp) else DONE
    halted = halted_next(w, guest) if step == DONE and w.guests[guest].spin_halts else NOBODY
    woken = 1 if step == DONE_AND_WOKE else 0
    if step in (DONE, DONE_AND_WOKE):
        woken += complete_task(w, vp, now)
    if halted >= 0:
        wake_halted(w, halted, vp, now)
    if step == GOES_ON or take_task(w, vp, now):
        go_on(w, lp, refill_ns, now)
        set_lp_timer(w, lp, now)
    else:
        halt(w, lp, now)
    for _ in range(min(woken, w.guests[guest].ready)):
        if w.guests[guest].idle_vps > 0:
            send_ipi(w, vp, choose_idle(w, guest), now)
        kick(w, guest, now)


@part
def _leave_if_due(w: Tables, lp: int, now: int) -> int:
    """Take the VP off `lp` if the root wants the LP, its cap is used up, or its slice is over and another's turn has come: LEFT, or STAYED."""
    p = w.lps[lp]
    vp = p.vp
    root = root_that_wants(w, lp)
    if root >= 0:
        claim_own_lp(w, root, now)
        if p.vp != vp:
            return LEFT
    if is_held_back(w, vp, now):
        step_off(w, lp, HIT_CAP, now)
        hold_back(w, vp, now)
        next_vp(w, lp, now)
        return LEFT
    if p.dozes and p.phase != HYPERVISOR:
        count_slices(w, lp, now)
    if now < p.slice_end_ns:
        return STAYED
    return _end_slice(w, lp, now)


@part
def _end_slice(w: Tables, lp: int, now: int) -> int:
    """End the slice on `lp`. LEFT if the successor follows, or the VP goes home; STAYED if it goes on, with a new slice or until a cost is paid."""
    p = w.lps[lp]
    vp = p.vp
    w.lp_traps[lp].timer_interrupts += 1
    if extend_slice(w, lp, now):
        return STAYED
    if p.kept_off:
        step_off(w, lp, SLICE, now)
        find_other_lp(w, vp, now)
        next_vp(w, lp, now)
        return LEFT
    forget_credit(w, lp)
    mate = call_mate(w, vp, now)
    other = w.policy.successor(w, lp)
    if other < 0:
        send_back(w, mate, now)
        if go_home(w, lp, now):
            return LEFT
        p.turns += 1
        w.vps[vp].extended = 0
        p.slice_end_ns = w.policy.begin_slice(w, lp, vp, now)
        return STAYED
    if clear_companion(w, lp, other, now) == BUSY:
        send_back(w, mate, now)
        return STAYED
    step_off(w, lp, SLICE, now)
    leave_line(w, other)
    step_on(w, lp, other, now)
    if mate >= 0 and stands_in_line(w, mate):
        leave_line(w, mate)
        place(w, mate, now)  # it has the place of `vp` in their group, which is good for any LP
    find_other_lp(w, vp, now)
    turn_companion(w, lp, now)
    return LEFT


@part
def _enter_guest(w: Tables, lp: int, now: int) -> bool:
    """Continue the VP on `lp`, its dispatch paid, with its task or the next; return False if the event ends with that."""
    p = w.lps[lp]
    state = w.vps[p.vp]
    if w.trap_state[p.vp].pending:
        deliver_pending(w, p.vp, now)
    if w.trap_state[p.vp].at_end:
        w.trap_state[p.vp].at_end = 0
        _end_burst(w, lp, p.refill_ns, now)
        return False
    if state.task < 0 and not take_task(w, p.vp, now):
        halt(w, lp, now)
        return False
    if is_to_change(w, p.vp, now):
        change_task(w, lp, True, now)
    state.guest_idle = 0
    go_on(w, lp, p.refill_ns, now)
    return True
