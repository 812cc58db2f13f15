"""Partitions start and stop."""

from components.declare import NEVER, NOBODY
from components.partition import CLOSED, OPEN
from components.trace import STOPPED
from components.virtual_processor import IDLE, NOT_DRAWN, READY, RUNNING, SUSPENDED
from components.workload import FINISHED
from systems.guest.boot import abandon_boot
from systems.guest.jobs import count_work
from systems.guest.priorities import forget_ready
from systems.guest.tasks import draw_first_arrival, free_request
from systems.guest.working_sets import forget_working_set
from systems.interrupts.answers import forget_calls
from systems.interrupts.ticks import start_clock
from systems.io.io_path import forget_io
from systems.kernels.jit import part
from systems.scheduling.boot import begin_work, boot_first
from systems.scheduling.dispatch import release, step_off
from systems.scheduling.handover import next_vp, set_tick_timer
from systems.scheduling.line import leave_line
from systems.scheduling.memory_calls import call_for_start, call_for_stop
from systems.scheduling.reserves import set_reserve_timer
from systems.state.accounting import charge_lp, charge_queue, enter
from systems.state.idle_vps import forget_idle, push_idle
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer


@part
def schedule_starts(w: Tables) -> None:
    """Set the timer of every partition's start and restart, and of the first grant of reserves."""
    set_reserve_timer(w, -1)
    for partition in range(len(w.lifetimes)):
        if w.lifetimes[partition].start_ns < NEVER:
            set_timer(w, w.schedule.lifetime, partition, w.lifetimes[partition].start_ns)
        if w.lifetimes[partition].restart_ns < NEVER:
            set_timer(w, w.schedule.restart, partition, w.lifetimes[partition].restart_ns)


@part
def lifetime_event(w: Tables, partition: int, now: int) -> None:
    """Start `partition`, or stop it if it runs; one that got no memory does not start."""
    if w.lifetimes[partition].denied:
        _give_up(w, partition)
    elif w.lifetimes[partition].running:
        _stop(w, partition, now)
    else:
        _start(w, partition, now)


@part
def _give_up(w: Tables, partition: int) -> None:
    """Discard the requests of a partition that does not start, and its job from those the run waits for.

    Of its requests none has arrived, so that their stream begins anew when it starts later.
    """
    layout = w.layouts[partition]
    if layout.workload == CLOSED:
        w.clock[0].has_jobs -= 1
        w.clock[0].unfinished_jobs -= 1
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
def _start(w: Tables, partition: int, now: int) -> None:
    layout = w.layouts[partition]
    lifetime = w.lifetimes[partition]
    lifetime.running = 1
    if lifetime.stop_ns < NEVER:
        set_timer(w, w.schedule.lifetime, partition, lifetime.stop_ns)
    w.guests[partition].queued_since_ns = now
    if lifetime.late:
        _take_up(w, partition, now)
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        enter(w, vp, IDLE, now)
        push_idle(w, vp)
        start_clock(w, vp, now)
        set_tick_timer(w, vp, now)
    call_for_start(w, partition, now)
    if not boot_first(w, partition, now):
        begin_work(w, partition, now)


@part
def _take_up(w: Tables, partition: int, now: int) -> None:
    """Let requests arrive at a partition that starts late, and its work count, which had been given up."""
    layout = w.layouts[partition]
    if layout.workload == CLOSED:
        w.clock[0].has_jobs += 1
        w.clock[0].unfinished_jobs += 1
    elif layout.workload == OPEN:
        draw_first_arrival(w, layout.workload_row, now)


@part
def _stop(w: Tables, partition: int, now: int) -> None:
    layout = w.layouts[partition]
    w.lifetimes[partition].running = 0
    charge_queue(w, partition, now)
    if layout.workload == CLOSED:
        count_work(w, partition, now)
    g = w.guests[partition]
    forget_ready(w, partition)
    if layout.workload == OPEN:
        forget_io(w, layout.workload_row)
    g.first_faults = 0
    g.first_zeroings = 0
    g.first_paging = NOBODY
    g.last_paging = NOBODY
    cancel_timer(w, w.schedule.page_in, partition)
    abandon_boot(w, partition, layout.workload_row if layout.workload == OPEN else NOBODY)
    vps = range(layout.first_vp, layout.first_vp + layout.vps)
    forget_idle(w, partition)
    forget_calls(w, partition)
    for vp in vps:  # those that wait first, so that no LP turns to one of them when another leaves it
        if w.vps[vp].state != RUNNING:
            cancel_timer(w, w.schedule.tick, vp)
            _stop_waiting(w, vp, now)
    for vp in vps:
        if w.vps[vp].state == RUNNING:
            _stop_running(w, vp, now)
        forget_working_set(w, vp)
    for thread in range(layout.first_thread, layout.first_thread + layout.threads):
        cancel_timer(w, w.schedule.wake_up, thread)
        w.threads[thread].state = FINISHED
    if layout.workload == CLOSED and w.closed[layout.workload_row].finished_ns < 0:
        w.clock[0].has_jobs -= 1
        w.clock[0].unfinished_jobs -= 1
    call_for_stop(w, partition, now)


@part
def _stop_waiting(w: Tables, vp: int, now: int) -> None:
    state = w.vps[vp]
    release(w, vp)
    if state.state == READY and state.lp >= 0:
        w.lps[state.lp].vp = NOBODY
        state.lp = NOBODY
    elif state.state == READY:
        leave_line(w, vp)
    state.task = NOBODY
    state.beyond_fault_ns = NOT_DRAWN
    enter(w, vp, SUSPENDED, now)
    w.trap_state[vp].intercepted = 0


@part
def _stop_running(w: Tables, vp: int, now: int) -> None:
    lp = w.vps[vp].lp
    charge_lp(w, lp, now)
    step_off(w, lp, STOPPED, now)
    w.vps[vp].task = NOBODY
    w.vps[vp].beyond_fault_ns = NOT_DRAWN
    enter(w, vp, SUSPENDED, now)
    next_vp(w, lp, now)
