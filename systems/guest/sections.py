"""Critical sections: a thread comes to the lock, and leaves it."""

from components.declare import NOBODY
from components.processor import SPINNING
from components.task import LOCAL, PARKED
from components.virtual_processor import IDLE, RUNNING
from components.workload import PARK_LOCK, TICKET_LOCK
from systems.guest.bursts import resume_burst
from systems.guest.locks import draw_ticket, hold, let_go, stop_spin
from systems.guest.peers import SPINNERS, first_peer
from systems.guest.tasks import enqueue
from systems.guest.threads import is_on_vp
from systems.kernels.jit import part, rare
from systems.state.accounting import charge_lp
from systems.state.tables import Tables
from systems.state.timers import bring_forward

DONE, DONE_AND_WOKE, GOES_ON, PARKS = range(4)


@part
def has_lock(w: Tables, vp: int) -> bool:
    """Tell whether the guest of `vp` has a lock."""
    return w.guests[w.vp_identity[vp].owner].lock >= 0


@part
def holds_spin_lock(w: Tables, vp: int) -> bool:
    """Tell whether the task on `vp`, if there is one, holds a lock that others spin for."""
    if w.vps[vp].task < 0 or not has_lock(w, vp):
        return False
    lock = w.locks[w.guests[w.vp_identity[vp].owner].lock]
    return lock.kind != PARK_LOCK and lock.holder == w.vps[vp].task


@rare
def at_lock(w: Tables, vp: int, now: int) -> int:
    """Bring the task on `vp`, at the end of its work so far, to its guest's lock, or out of it, or end it.

    Returns GOES_ON if it has the lock, or spins, once its VP resumes it; PARKS if it has left its VP; otherwise its burst
    is done: DONE, or DONE_AND_WOKE if a parked thread is ready for it.
    """
    if w.threads[w.vps[vp].task].section_ns > 0:
        return _approach(w, vp, now)
    if w.locks[w.guests[w.vp_identity[vp].owner].lock].holder == w.vps[vp].task:
        return _leave(w, vp, now)
    return DONE


@part
def _approach(w: Tables, vp: int, now: int) -> int:
    guest = w.vp_identity[vp].owner
    lock = w.locks[w.guests[guest].lock]
    state = w.vps[vp]
    w.threads[state.task].wanted_ns = now
    if lock.holder >= 0:
        lock.contended += 1
        if lock.kind == PARK_LOCK:
            _park(w, vp)
            return PARKS
    elif w.guests[guest].spin_halts:
        state.remaining_ns = hold(w, w.guests[guest].lock, state.task, now)
        return GOES_ON
    if lock.kind == TICKET_LOCK:
        draw_ticket(w, w.guests[guest].lock, state.task)
    state.waits = 1
    state.remaining_ns = 0
    state.spin_left_ns = w.guests[guest].spin_retry_ns
    return GOES_ON


@part
def _park(w: Tables, vp: int) -> None:
    lock = w.locks[w.guests[w.vp_identity[vp].owner].lock]
    thread = w.vps[vp].task
    w.vps[vp].task = NOBODY
    w.tasks[thread].stage = PARKED
    w.tasks[thread].next_task = NOBODY
    if lock.last_parked >= 0:
        w.tasks[lock.last_parked].next_task = thread
    else:
        lock.first_parked = thread
    lock.last_parked = thread


@part
def _leave(w: Tables, vp: int, now: int) -> int:
    guest = w.vp_identity[vp].owner
    row = w.guests[guest].lock
    let_go(w, row)
    if w.locks[row].kind == PARK_LOCK:
        return DONE_AND_WOKE if _wake_parked(w, guest, now) else DONE
    spinner = _next_ticket(w, row) if w.locks[row].kind == TICKET_LOCK else first_peer(w, SPINNERS, guest)
    if spinner >= 0:
        _go_in(w, w.vps[spinner].lp, now)
    return DONE


@rare
def halted_next(w: Tables, guest: int) -> int:
    """Return the VP of `guest` that has halted with the thread whose turn it is at the lock; NOBODY if that lock is held, or it has not halted."""
    lock = w.locks[w.guests[guest].lock]
    thread = lock.first_parked
    if lock.holder >= 0 or thread < 0 or not is_on_vp(w, thread):
        return NOBODY
    vp = w.tasks[thread].vp
    return int(vp if w.vps[vp].state == IDLE else NOBODY)


@part
def _next_ticket(w: Tables, row: int) -> int:
    """Return the VP on which the thread spins whose turn it is at ticket lock `row`; NOBODY if it does not spin now."""
    thread = w.locks[row].first_parked
    if thread < 0 or not is_on_vp(w, thread):
        return NOBODY
    vp = w.tasks[thread].vp
    if w.vps[vp].state != RUNNING or w.lps[w.vps[vp].lp].phase != SPINNING:
        return NOBODY
    return int(vp)


@part
def _go_in(w: Tables, lp: int, now: int) -> None:
    """Resume the VP that spins on `lp`, now that the lock is free.

    The LP's timer stays: where it was to notify of a long spin, it will find nothing to do. A call to other VPs may be due before.
    """
    charge_lp(w, lp, now)
    stop_spin(w, lp)
    resume_burst(w, lp, now)
    vp = w.lps[lp].vp
    if w.guest_traps[w.vp_identity[vp].owner].call_every_ns > 0:
        bring_forward(w, w.schedule.processor, lp, now + max(0, w.trap_state[vp].call_left_ns))


@part
def _wake_parked(w: Tables, guest: int, now: int) -> bool:
    row = w.guests[guest].lock
    lock = w.locks[row]
    thread = lock.first_parked
    if thread < 0:
        return False
    lock.first_parked = w.tasks[thread].next_task
    if lock.first_parked < 0:
        lock.last_parked = NOBODY
    w.tasks[thread].remaining_ns = hold(w, row, thread, now)
    w.tasks[thread].level = w.guests[guest].event_boost
    w.tasks[thread].stage = LOCAL
    enqueue(w, guest, thread, now)
    return True
