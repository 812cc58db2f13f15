"""Partitions start and stop.

A guest that is started again begins anew: its VPs are idle, its requests of before are lost, and its threads do once more what they had
begun and not completed; work that was completed stays done.
"""

from components.declare import NEVER, NOBODY
from components.partition import CLOSED, OPEN
from components.trace import STOPPED
from components.virtual_processor import IDLE, NOT_DRAWN, READY, RUNNING, SUSPENDED
from systems.guest.ends import give_back_bursts, lose_queued, lose_request
from systems.guest.tasks import begin_burst, draw_first_arrival, enqueue, free_request
from systems.interrupts.messages import free_buffer
from systems.kernels.jit import part
from systems.scheduling.dispatch import release, step_off
from systems.scheduling.handover import kick, next_vp, set_tick_timer
from systems.scheduling.line import leave_line
from systems.scheduling.memory_calls import call_for_start, call_for_stop
from systems.scheduling.reserves import set_reserve_timer
from systems.state.accounting import charge_lp, charge_queue, enter
from systems.state.idle_vps import forget_idle, push_idle
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer


@part
def schedule_starts(w: Tables) -> None:
    """Set the timer of every partition's start, and of the first grant of reserves."""
    set_reserve_timer(w, -1)
    for partition in range(len(w.lifetimes)):
        if w.lifetimes[partition].start_ns < NEVER:
            set_timer(w, w.schedule.lifetime, partition, w.lifetimes[partition].start_ns)


@part
def lifetime_event(w: Tables, partition: int, now: int) -> None:
    """Start `partition`, or stop it if it runs; one that got no memory does not start."""
    lifetime = w.lifetimes[partition]
    if lifetime.denied and lifetime.stop_ns == now:
        _go_to_next_span(w, partition)
    elif lifetime.denied:
        _give_up(w, partition)
    elif lifetime.running:
        _stop(w, partition, now)
    else:
        _start(w, partition, now)


@part
def _give_up(w: Tables, partition: int) -> None:
    """Discard the requests of a partition that does not start, and its job from those the run waits for.

    Of its requests none has arrived, so that their stream begins anew when it starts later.
    """
    layout = w.layouts[partition]
    lifetime = w.lifetimes[partition]
    if lifetime.next_span >= 0:
        set_timer(w, w.schedule.lifetime, partition, lifetime.stop_ns)
    if layout.workload == CLOSED:
        _count_job(w, partition, -1)
    elif layout.workload == OPEN:
        o = w.open[layout.workload_row]
        o.next_arrival_ns = NEVER
        o.draws = 0
        cancel_timer(w, w.schedule.arrival, layout.workload_row)
        while o.first_future >= 0:
            request = o.first_future
            o.first_future = w.requests[request].next_task
            free_request(w, request)
        o.last_future = NOBODY


@part
def _count_job(w: Tables, partition: int, change: int) -> None:
    """Count the work of `partition`, which starts late or is off, among those the run waits for, or not any more.

    What is done is not waited for, and what the guest will be started for again always.
    """
    if w.closed[w.layouts[partition].workload_row].finished_ns < 0 and w.lifetimes[partition].next_span < 0:
        w.clock[0].has_jobs += change
        w.clock[0].unfinished_jobs += change


@part
def _start(w: Tables, partition: int, now: int) -> None:
    layout = w.layouts[partition]
    lifetime = w.lifetimes[partition]
    lifetime.running = 1
    lifetime.paused = 0
    if lifetime.stop_ns < NEVER:
        set_timer(w, w.schedule.lifetime, partition, lifetime.stop_ns)
    w.guests[partition].queued_since_ns = now
    if lifetime.late:
        _take_up(w, partition, now)
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        enter(w, vp, IDLE, now)
        push_idle(w, vp)
        set_tick_timer(w, vp, now)
    call_for_start(w, partition, now)
    if layout.workload == CLOSED:
        if w.closed[layout.workload_row].started_ns < 0:
            w.closed[layout.workload_row].started_ns = now
        for thread in range(layout.first_thread, layout.first_thread + layout.threads):
            if begin_burst(w, thread):
                enqueue(w, partition, thread, now)
                kick(w, partition, now)


@part
def _take_up(w: Tables, partition: int, now: int) -> None:
    """Let requests arrive at a partition that starts late, and its work count, which had been given up."""
    layout = w.layouts[partition]
    if layout.workload == CLOSED:
        _count_job(w, partition, 1)
    elif layout.workload == OPEN:
        draw_first_arrival(w, layout.workload_row, now)


@part
def _stop(w: Tables, partition: int, now: int) -> None:
    layout = w.layouts[partition]
    w.lifetimes[partition].running = 0
    w.lifetimes[partition].paused = 0
    charge_queue(w, partition, now)
    if layout.workload == OPEN:
        lose_queued(w, layout.workload_row)
    g = w.guests[partition]
    g.ready = 0
    g.first_ready = NOBODY
    g.last_ready = NOBODY
    g.first_faults = 0
    g.first_zeroings = 0
    g.first_paging = NOBODY
    g.last_paging = NOBODY
    cancel_timer(w, w.schedule.page_in, partition)
    vps = range(layout.first_vp, layout.first_vp + layout.vps)
    forget_idle(w, partition)
    for vp in vps:  # those that wait first, so that no LP turns to one of them when another leaves it
        if w.vps[vp].state != RUNNING:
            cancel_timer(w, w.schedule.tick, vp)
            withdraw(w, vp)
            _suspend(w, vp, now)
    for vp in vps:
        if w.vps[vp].state == RUNNING:
            _stop_running(w, vp, now)
    if layout.workload == CLOSED:
        for thread in range(layout.first_thread, layout.first_thread + layout.threads):
            cancel_timer(w, w.schedule.wake_up, thread)
        give_back_bursts(w, partition)
        _count_job(w, partition, -1)
    call_for_stop(w, partition, now)
    _go_to_next_span(w, partition)


@part
def _go_to_next_span(w: Tables, partition: int) -> None:
    """Set when `partition`, which is off, is started and stopped next, if it is, and when its first request will then arrive."""
    lifetime = w.lifetimes[partition]
    if lifetime.next_span < 0:
        return
    span = w.spans[lifetime.next_span]
    lifetime.next_span = lifetime.next_span + 1 if lifetime.next_span < lifetime.last_span else NOBODY
    lifetime.start_ns, lifetime.stop_ns = span.start_ns, span.stop_ns
    lifetime.late = 0
    set_timer(w, w.schedule.lifetime, partition, lifetime.start_ns)
    layout = w.layouts[partition]
    if layout.workload == OPEN:
        draw_first_arrival(w, layout.workload_row, lifetime.start_ns)


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
    """Suspend `vp`, which has left its LP and waits for nothing; its task, and the messages that wait for it, are lost."""
    state, trap = w.vps[vp], w.trap_state[vp]
    if state.task >= 0 and w.layouts[w.vp_identity[vp].owner].workload == OPEN:
        lose_request(w, state.task)
    state.task = NOBODY
    state.beyond_fault_ns = NOT_DRAWN
    state.waits = 0
    enter(w, vp, SUSPENDED, now)
    trap.intercepted = 0
    trap.at_end = 0
    trap.halting = 0
    while trap.first_message >= 0:
        request = trap.first_message
        trap.first_message = w.requests[request].next_task
        free_buffer(w, w.requests[request].workload, now)
        lose_request(w, request)
    trap.last_message = NOBODY


@part
def _stop_running(w: Tables, vp: int, now: int) -> None:
    lp = w.vps[vp].lp
    charge_lp(w, lp, now)
    step_off(w, lp, STOPPED, now)
    _suspend(w, vp, now)
    next_vp(w, lp, now)
