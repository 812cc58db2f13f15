"""A life of a guest ends: it is turned off, or restarted, and what it was about is lost (see `systems.guest.ends`)."""

from components.declare import NOBODY
from components.task import REQUEST
from components.trace import STOPPED
from components.virtual_processor import NOT_DRAWN, READY, RUNNING, SUSPENDED
from systems.guest.boot import abandon_boot
from systems.guest.ends import forget_paging
from systems.guest.working_sets import forget_working_set
from systems.interrupts.answers import forget_calls
from systems.interrupts.delivery import forget_interrupts
from systems.interrupts.messages import free_buffer
from systems.interrupts.ticks import skip_backlog
from systems.kernels.jit import part
from systems.scheduling.handover import next_vp
from systems.scheduling.leaving import step_off
from systems.scheduling.line import leave_line
from systems.scheduling.ready import release
from systems.state.accounting import charge_lp, charge_queue, enter
from systems.state.idle_vps import forget_idle
from systems.state.lives import free_task
from systems.state.tables import Tables
from systems.state.timers import cancel_timer
from systems.tiers.health import lose_attempts


@part
def end_life(w: Tables, partition: int, now: int) -> None:
    """End all that `partition` does: its requests, its threads, its boot; its VPs are suspended."""
    w.lifetimes[partition].life += 1
    w.lifetimes[partition].paused = 0
    lose_attempts(w, partition, now)
    charge_queue(w, partition, now)
    abandon_boot(w, partition)
    forget_paging(w, partition)
    cancel_timer(w, w.schedule.page_in, partition)
    g = w.guests[partition]
    g.first_faults = 0
    g.first_zeroings = 0
    suspend_vps(w, partition, now)
    w.schedule.end_work(w, partition, now)


@part
def suspend_vps(w: Tables, partition: int, now: int) -> None:
    """Suspend all VPs of `partition`, whose tasks are lost; no LP runs one of them any more."""
    layout = w.layouts[partition]
    vps = range(layout.first_vp, layout.first_vp + layout.vps)
    forget_idle(w, partition)
    forget_calls(w, partition)
    for vp in vps:  # those that wait first, so that no LP turns to one of them when another leaves it
        if w.vps[vp].state != RUNNING:
            cancel_timer(w, w.schedule.tick, vp)
            withdraw(w, vp)
            _suspend(w, vp, now)
    for vp in vps:
        if w.vps[vp].state == RUNNING:
            lp = w.vps[vp].lp
            charge_lp(w, lp, now)
            step_off(w, lp, STOPPED, now)
            _suspend(w, vp, now)
            next_vp(w, lp, now)
        forget_working_set(w, vp)


@part
def withdraw(w: Tables, vp: int) -> None:
    """Take `vp`, which does not run, out of whatever it waits in: for its cap, for a place in its group, in line, for an LP that wakes."""
    state = w.vps[vp]
    release(w, vp)
    if state.state == READY and state.lp >= 0:
        w.lps[state.lp].vp = NOBODY
        state.lp = NOBODY
    elif state.state == READY:
        leave_line(w, vp)


@part
def _suspend(w: Tables, vp: int, now: int) -> None:
    """Suspend `vp`, which has left its LP and waits for nothing.

    Its machine is off, or begins anew: its task is lost, and so are interrupts and messages for it, and what it had to tell its parent. What the
    hypervisor has done for it and not charged yet is charged when it runs again.
    """
    state, trap = w.vps[vp], w.trap_state[vp]
    if state.task >= 0:
        w.schedule.lose(w, w.tasks[state.task].kind, state.task)
    state.task = NOBODY
    state.beyond_fault_ns = NOT_DRAWN
    state.waits = 0
    enter(w, vp, SUSPENDED, now)
    state.slice_left_ns = 0
    forget_interrupts(w, vp)
    skip_backlog(w, vp)
    trap.messages = 0
    trap.intercepted = 0
    trap.at_end = 0
    trap.halting = 0
    trap.slot_used = 0
    trap.promised = NOBODY
    while trap.first_message >= 0:
        message = trap.first_message
        trap.first_message = w.tasks[message].next_task
        if w.tasks[message].kind == REQUEST:
            free_buffer(w, w.requests[message].workload, now)
            free_task(w, message)
        else:
            w.schedule.lose(w, w.tasks[message].kind, message)
    trap.last_message = NOBODY
