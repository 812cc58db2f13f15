"""Inside a guest: its ready tasks, by priority, served by the guest's VPs.

A task is a guest thread of a closed workload or a request of an open one; both are rows with `remaining_ns` and
`next_task`. A VP that runs without a task does a part of the guest's boot. The hypervisor sees none of this, only VPs that
become ready and idle [Friedman: the hypervisor does not see a guest's backlog].
"""

from components.declare import NOBODY
from components.io import LOCAL, OWN_BURST
from components.partition import CLOSED
from components.tier import QUEUED
from components.traps import SIGNALLED_EVENTS
from components.workload import FINISHED, ON_VP, RUNNABLE, SLEEPING
from systems.guest.barriers import begin_part, is_serial, left_for, wait_at_barrier
from systems.guest.boot import end_boot_burst, is_booting, take_boot_work
from systems.guest.faults import forget_fault
from systems.guest.locks import draw_section
from systems.guest.places import end_service, is_last_work
from systems.guest.priorities import DEFERRED_WORK, highest_level, join_ready, leave_ready
from systems.interrupts.delivery import arm_timers
from systems.io.io_path import is_on_its_way, take_step
from systems.io.network import is_answered
from systems.io.root_work import root_work
from systems.kernels.distributions import draw_ns
from systems.kernels.histogram import bucket_of
from systems.kernels.jit import part
from systems.kernels.philox import uniform
from systems.state.accounting import charge_queue
from systems.state.attempt_times import is_attempt, join_queue, lay_down, leave_vp, take_up
from systems.state.charges import owe
from systems.state.lives import free_request
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def draw(w: Tables, distribution: int, key: int, stable_id: int, number: int) -> int:
    """Return draw `number` (ns) of `distribution` from the stream `key` for `stable_id`."""
    d = w.distributions[distribution]
    return draw_ns(d.kind, d.a, d.b, d.first, d.values, w.values_ns, uniform(key, stable_id, number))


@part
def enqueue(w: Tables, guest: int, task: int, now: int) -> None:
    """Put `task` at the tail of the ready tasks of its level."""
    charge_queue(w, guest, now)
    if w.layouts[guest].workload == CLOSED:
        w.threads[task].state = RUNNABLE
    else:
        join_queue(w, task, now)
    join_ready(w, guest, task, False)
    w.guests[guest].last_queued = task


@part
def queue_burst(w: Tables, thread: int, level: int, now: int) -> None:
    """Queue the burst that `thread` has just begun, at `level`; one of the root as a request that makes no journey."""
    t = w.threads[thread]
    t.level = level
    task = thread
    if w.layouts[t.owner].workload != CLOSED:
        task = len(w.vps) + thread
        t.state = RUNNABLE
        r = w.requests[task]
        r.stage, r.level, r.remaining_ns, r.quantum_left_ns = OWN_BURST, level, t.remaining_ns, 0
    enqueue(w, t.owner, task, now)


@part
def take_task(w: Tables, vp: int, now: int) -> bool:
    """Give `vp` the first of its guest's ready tasks of the highest level, or of its boot; return False if there is none."""
    guest = w.vp_identity[vp].owner
    if is_booting(w, guest):
        return take_boot_work(w, vp, guest)
    level = highest_level(w, guest)
    if level < 0:
        return False
    charge_queue(w, guest, now)
    task = leave_ready(w, guest, level)
    state = w.vps[vp]
    left = 0
    if w.layouts[guest].workload == CLOSED:
        t = w.threads[task]
        t.state = ON_VP
        t.vp = vp
        state.remaining_ns = t.remaining_ns
        left = t.quantum_left_ns
        t.quantum_left_ns = 0
        if t.waits:
            t.waits = 0
            state.waits = 1
            state.spin_left_ns = t.spin_left_ns
    else:
        r = w.requests[task]
        state.remaining_ns = r.remaining_ns
        left = r.quantum_left_ns
        r.quantum_left_ns = 0
        if r.in_ring and r.stage == LOCAL:
            r.in_ring = 0
            w.io_paths[r.workload].in_ring -= 1
        elif r.stage == OWN_BURST:
            thread = task - len(w.vps)
            w.threads[thread].state = ON_VP
            w.threads[thread].vp = vp
        if is_attempt(w, task):
            take_up(w, vp, task, now)
    state.task = task
    state.level = level
    state.quantum_left_ns = left if left > 0 else w.guests[guest].quantum_ns
    state.quantum_from_ns = state.quantum_left_ns
    return True


@part
def put_back(w: Tables, vp: int, outranked: bool, now: int) -> None:
    """Return the task of `vp`, whose remaining work is known, to its level: behind the others, or, if `outranked`, before them.

    A task that is outranked keeps what is left of its slice.
    """
    guest = w.vp_identity[vp].owner
    state = w.vps[vp]
    forget_fault(w, vp)
    left = max(1, state.quantum_left_ns) if outranked else 0
    if w.layouts[guest].workload == CLOSED:
        t = w.threads[state.task]
        t.remaining_ns = state.remaining_ns
        t.level, t.quantum_left_ns = state.level, left
        t.waits = state.waits
        t.spin_left_ns = state.spin_left_ns
        t.state = RUNNABLE
        state.waits = 0
    else:
        r = w.requests[state.task]
        r.remaining_ns = state.remaining_ns
        r.level, r.quantum_left_ns = state.level, left
        if r.stage == OWN_BURST:
            w.threads[state.task - len(w.vps)].remaining_ns = state.remaining_ns
            w.threads[state.task - len(w.vps)].state = RUNNABLE
        if is_attempt(w, state.task):
            lay_down(w, vp, state.task, QUEUED, now)
    charge_queue(w, guest, now)
    join_ready(w, guest, state.task, outranked)
    w.guests[guest].last_queued = state.task
    state.task = NOBODY


@part
def begin_burst(w: Tables, thread: int) -> bool:
    """Take the next burst of `thread` from the pool of work; return False if there is none for it.

    The thread ends if the pool is empty, and waits at the barrier if no work of the present part is left to it.
    """
    t = w.threads[thread]
    row = w.layouts[t.owner].job
    c = w.closed[row]
    if c.pool_ns == 0:
        t.state = FINISHED
        return False
    left = c.pool_ns if c.parts == 0 else left_for(w, row, thread)
    if left == 0:
        wait_at_barrier(w, row, thread)
        return False
    burst = max(1, draw(w, c.compute, w.keys[0].compute, t.stable_id, t.draws))
    burst = min(burst, left)
    c.pool_ns -= burst
    if c.parts > 0:
        c.part_ns -= burst
    c.begun += 1
    t.burst_ns = burst
    t.remaining_ns = burst
    lock = w.guests[t.owner].lock
    if lock >= 0:
        draw_section(w, thread, lock)
    return True


@part
def complete_task(w: Tables, vp: int, now: int) -> int:
    """End the task's burst that `vp` has just done: the thread sleeps or queues again, the request leaves.

    Returns how many threads it has released from a barrier.
    """
    guest = w.vp_identity[vp].owner
    task = w.vps[vp].task
    if task < 0:
        w.vp_tasks[vp].left_ns = now
        end_boot_burst(w, guest, now)
        return 0
    w.vps[vp].task = NOBODY
    w.guest_times[guest].bursts += 1
    if w.layouts[guest].workload == CLOSED:
        return _complete_burst(w, vp, task, now)
    if w.requests[task].stage == OWN_BURST:
        return _complete_burst(w, vp, task - len(w.vps), now)
    leave_vp(w, vp, task, now)
    if is_on_its_way(w, task):
        following = take_step(w, vp, task, now)
        if following >= 0:
            w.requests[following].remaining_ns = root_work(w, following)
            w.requests[following].level = DEFERRED_WORK
            enqueue(w, guest, following, now)
    else:
        if is_attempt(w, task) and is_answered(w, task) and is_last_work(w, task):
            owe(w, vp, SIGNALLED_EVENTS, 1, now)
        complete_request(w, guest, task, now)
    return 0


@part
def _complete_burst(w: Tables, vp: int, thread: int, now: int) -> int:
    guest = w.vp_identity[vp].owner
    row = w.layouts[guest].job
    c = w.closed[row]
    t = w.threads[thread]
    if _is_killed(w, guest, t.stable_id, t.draws):
        c.pool_ns += t.burst_ns
        if c.parts > 0:
            c.part_ns += t.burst_ns
    else:
        c.done_ns += t.burst_ns
    c.begun -= 1
    c.bursts += 1
    released = 0
    if c.parts > 0 and c.begun == 0 and c.part_ns == 0:
        begin_part(w, row, thread)
        if not is_serial(w, row):
            released = _release(w, guest, row, now)
    if c.pool_ns == 0 and c.begun == 0:
        c.finished_ns = now
        w.clock[0].unfinished_jobs -= 1
    sleep = draw(w, c.sleep, w.keys[0].sleep, t.stable_id, t.draws) if c.sleep >= 0 else 0
    t.draws += 1
    if sleep > 0:
        t.state = SLEEPING
        arm_timers(w, vp, 1, now)
        set_timer(w, w.schedule.wake_up, thread, now + sleep)
    elif begin_burst(w, thread):
        queue_burst(w, thread, 0, now)
    return released


@part
def _release(w: Tables, guest: int, row: int, now: int) -> int:
    """Release the threads that wait at the barrier of closed workload `row`: those for which there is work queue. Return how many do."""
    c = w.closed[row]
    thread = c.first_waiting
    c.first_waiting = NOBODY
    c.last_waiting = NOBODY
    released = 0
    while thread >= 0:
        following = w.threads[thread].next_task
        if begin_burst(w, thread):
            queue_burst(w, thread, w.guests[guest].event_boost, now)
            released += 1
        thread = following
    return released


@part
def _is_killed(w: Tables, guest: int, stable_id: int, number: int) -> bool:
    """Tell whether the work that a task has just done is lost: it needed memory that the guest may not commit, with the share of that."""
    share = w.guests[guest].refused_share
    if share <= 0.0 or uniform(w.keys[0].kill, stable_id, number) >= share:
        return False
    w.guest_times[guest].killed += 1
    return True


@part
def complete_request(w: Tables, guest: int, request: int, now: int) -> None:
    """Complete `request` of `guest`, with which one that has waited for its place is queued."""
    row = int(w.requests[request].workload)
    times = w.request_times[row]
    o = w.open[row]
    if is_attempt(w, request):
        lacks = _is_killed(w, guest, o.stable_id, o.draws)
        o.draws += 1
        following = end_service(w, request, lacks)
        if following >= 0:
            enqueue(w, guest, following, now)
        return
    if _is_killed(w, guest, o.stable_id, times.completions + times.failed):
        times.failed += 1
    else:
        response = now - w.requests[request].arrival_ns
        w.responses[row, bucket_of(response)] += 1
        times.completions += 1
        times.response_ns += response
    free_request(w, request)
    o.admitted -= 1
    waiting = o.first_waiting
    if waiting >= 0:
        o.first_waiting = w.requests[waiting].next_task
        if o.first_waiting < 0:
            o.last_waiting = NOBODY
        o.admitted += 1
        enqueue(w, guest, waiting, now)
