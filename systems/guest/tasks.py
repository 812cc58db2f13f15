"""Inside a guest: one queue of ready tasks, served by the guest's VPs.

A task is a guest thread of a closed workload or a request of an open one; both are rows with `remaining_ns` and
`next_task`. The hypervisor sees none of this, only VPs that become ready and idle [Friedman: the hypervisor does not
see a guest's backlog].
"""

from components.declare import NEVER, NOBODY
from components.partition import CLOSED
from components.workload import FINISHED, ON_VP, RUNNABLE, SLEEPING
from systems.guest.faults import forget_fault, slowed
from systems.guest.locks import draw_section
from systems.interrupts.delivery import arm_timer
from systems.io.io_path import is_on_its_way, take_step
from systems.kernels.distributions import draw_ns
from systems.kernels.histogram import bucket_of
from systems.kernels.jit import part
from systems.kernels.philox import uniform
from systems.state.accounting import charge_queue
from systems.state.tables import Tables
from systems.state.timers import set_arrival_timer, set_timer


@part
def draw(w: Tables, distribution: int, key: int, stable_id: int, number: int) -> int:
    """Return draw `number` (ns) of `distribution` from the stream `key` for `stable_id`."""
    d = w.distributions[distribution]
    return draw_ns(d.kind, d.a, d.b, d.first, d.values, w.values_ns, uniform(key, stable_id, number))


@part
def draw_first_arrival(w: Tables, row: int, start_ns: int) -> None:
    """Draw when the first request of open workload `row` arrives, counted from the start of its partition."""
    w.open[row].step = 0
    w.open[row].next_arrival_ns = next_arrival(w, row, start_ns)


@part
def next_arrival(w: Tables, row: int, after_ns: int) -> int:
    """Draw when the first request of open workload `row` after `after_ns`, not before the last call's, arrives.

    Where the rate changes, the drawn time between the two passes as many times as fast as the rate is a multiple of the first one; a
    Poisson process stays one so, and nothing before a change depends on it.
    """
    o = w.open[row]
    gap = max(1, draw(w, o.interarrival, w.keys[0].arrival, o.stable_id, o.draws))
    if o.steps == 0:
        return after_ns + gap
    left, at = 1.0 * gap, after_ns
    while True:
        times = w.rate_steps[o.first_step + o.step].times
        end = w.rate_steps[o.first_step + o.step + 1].at_ns if o.step + 1 < o.steps else NEVER
        if at < end and left <= (end - at) * times:
            return max(after_ns + 1, at + int(left / times + 0.5))
        left -= max(0, end - at) * times
        at = max(at, end)
        o.step += 1


@part
def enqueue(w: Tables, guest: int, task: int, now: int) -> None:
    """Put `task` at the tail of the guest's queue."""
    charge_queue(w, guest, now)
    g = w.guests[guest]
    if w.layouts[guest].workload == CLOSED:
        w.threads[task].state = RUNNABLE
        w.threads[task].next_task = NOBODY
        if g.last_ready >= 0:
            w.threads[g.last_ready].next_task = task
    else:
        w.requests[task].next_task = NOBODY
        if g.last_ready >= 0:
            w.requests[g.last_ready].next_task = task
    if g.last_ready < 0:
        g.first_ready = task
    g.last_ready = task
    g.ready += 1


@part
def take_task(w: Tables, vp: int, now: int) -> bool:
    """Give `vp` the task at the head of its guest's queue; return False if there is none."""
    guest = w.vp_identity[vp].owner
    g = w.guests[guest]
    task = g.first_ready
    if task < 0:
        return False
    charge_queue(w, guest, now)
    state = w.vps[vp]
    if w.layouts[guest].workload == CLOSED:
        t = w.threads[task]
        t.state = ON_VP
        t.vp = vp
        state.remaining_ns = t.remaining_ns
        if t.waits:
            t.waits = 0
            state.waits = 1
            state.spin_left_ns = t.spin_left_ns
        g.first_ready = t.next_task
    else:
        state.remaining_ns = w.requests[task].remaining_ns
        g.first_ready = w.requests[task].next_task
    if g.first_ready < 0:
        g.last_ready = NOBODY
    g.ready -= 1
    state.task = task
    state.quantum_left_ns = g.quantum_ns
    return True


@part
def put_back(w: Tables, vp: int, now: int) -> None:
    """Return the task of `vp`, whose remaining work is known, to the tail of the guest's queue."""
    guest = w.vp_identity[vp].owner
    state = w.vps[vp]
    forget_fault(w, vp)
    if w.layouts[guest].workload == CLOSED:
        t = w.threads[state.task]
        t.remaining_ns = state.remaining_ns
        t.waits = state.waits
        t.spin_left_ns = state.spin_left_ns
        state.waits = 0
    else:
        w.requests[state.task].remaining_ns = state.remaining_ns
    enqueue(w, guest, state.task, now)
    state.task = NOBODY


@part
def begin_burst(w: Tables, thread: int) -> bool:
    """Take the next burst of `thread` from the pool of work; return False, and end the thread, if the pool is empty."""
    t = w.threads[thread]
    c = w.closed[w.layouts[t.owner].workload_row]
    if c.pool_ns == 0:
        t.state = FINISHED
        return False
    burst = max(1, draw(w, c.compute, w.keys[0].compute, t.stable_id, t.draws))
    burst = min(burst, c.pool_ns)
    c.pool_ns -= burst
    c.begun += 1
    t.burst_ns = burst
    t.remaining_ns = slowed(w, t.owner, burst)
    lock = w.guests[t.owner].lock
    if lock >= 0:
        draw_section(w, thread, lock)
    return True


@part
def complete_task(w: Tables, vp: int, now: int) -> None:
    """End the task's burst that `vp` has just done: the thread sleeps or queues again, the request leaves."""
    guest = w.vp_identity[vp].owner
    task = w.vps[vp].task
    w.vps[vp].task = NOBODY
    w.guest_times[guest].bursts += 1
    if w.layouts[guest].workload == CLOSED:
        _complete_burst(w, vp, task, now)
    elif is_on_its_way(w, task):
        take_step(w, vp, task, now)
    else:
        _complete_request(w, guest, task, now)


@part
def _complete_burst(w: Tables, vp: int, thread: int, now: int) -> None:
    guest = w.vp_identity[vp].owner
    c = w.closed[w.layouts[guest].workload_row]
    t = w.threads[thread]
    c.done_ns += t.burst_ns
    c.begun -= 1
    if c.pool_ns == 0 and c.begun == 0:
        c.finished_ns = now
        w.clock[0].unfinished_jobs -= 1
    sleep = draw(w, c.sleep, w.keys[0].sleep, t.stable_id, t.draws) if c.sleep >= 0 else 0
    t.draws += 1
    if sleep > 0:
        t.state = SLEEPING
        arm_timer(w, vp, now)
        set_timer(w, w.schedule.wake_up, thread, now + sleep)
    elif begin_burst(w, thread):
        enqueue(w, guest, thread, now)


@part
def _complete_request(w: Tables, guest: int, request: int, now: int) -> None:
    row = w.layouts[guest].workload_row
    response = now - w.requests[request].arrival_ns
    w.responses[row, bucket_of(response)] += 1
    w.request_times[row].completions += 1
    w.request_times[row].response_ns += response
    free_request(w, request)
    o = w.open[row]
    o.admitted -= 1
    waiting = o.first_waiting
    if waiting >= 0:
        o.first_waiting = w.requests[waiting].next_task
        if o.first_waiting < 0:
            o.last_waiting = NOBODY
        o.admitted += 1
        enqueue(w, guest, waiting, now)


@part
def free_request(w: Tables, request: int) -> None:
    """Return `request` to the pool."""
    w.requests[request].next_task = w.scheduler[0].first_free_request
    w.scheduler[0].first_free_request = request


@part
def arrive(w: Tables, row: int) -> int:
    """Take the next request of open workload `row` to arrive, and return it."""
    o = w.open[row]
    request = o.first_future
    o.first_future = w.requests[request].next_task
    if o.first_future >= 0:
        set_arrival_timer(w, row, w.requests[o.first_future].arrival_ns)
    else:
        o.last_future = NOBODY
    w.request_times[row].arrivals += 1
    w.requests[request].remaining_ns = slowed(w, o.owner, w.requests[request].remaining_ns)
    return request


@part
def admit(w: Tables, row: int, request: int, now: int) -> bool:
    """Admit `request` of open workload `row` to its guest; return True if it is queued, False if it must wait outside."""
    o = w.open[row]
    if o.admitted < o.limit:
        o.admitted += 1
        enqueue(w, o.owner, request, now)
        return True
    w.requests[request].next_task = NOBODY
    if o.last_waiting >= 0:
        w.requests[o.last_waiting].next_task = request
    else:
        o.first_waiting = request
    o.last_waiting = request
    return False
