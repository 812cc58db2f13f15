"""Inside a guest: its ready tasks, by priority, served by the guest's VPs. The root's VPs serve the root's in the same way.

A task is a row of one table, whatever its kind (see components.task). A VP that runs without a task does a part of the guest's boot. The
hypervisor sees none of this, only VPs that become ready and idle [Friedman: the hypervisor does not see a guest's backlog].

What is done at the end of a task's work is a matter of its kind: the schedule says which kernel does it.
"""

from components.declare import NOBODY
from components.task import LOCAL, REQUEST, THREAD
from components.tier import QUEUED
from systems.guest.boot import end_boot_burst, is_booting, take_boot_work
from systems.guest.faults import forget_fault
from systems.guest.priorities import highest_level, join_ready, leave_ready
from systems.kernels.distributions import draw_ns
from systems.kernels.jit import part
from systems.kernels.philox import uniform
from systems.state.accounting import charge_queue
from systems.state.attempt_times import is_attempt, join_queue, lay_down, take_up
from systems.state.tables import Tables


@part
def draw(w: Tables, distribution: int, key: int, stable_id: int, number: int) -> int:
    """Return draw `number` (ns) of `distribution` from the stream `key` for `stable_id`."""
    d = w.distributions[distribution]
    return draw_ns(d.kind, d.a, d.b, d.first, d.values, w.values_ns, uniform(key, stable_id, number))


@part
def enqueue(w: Tables, guest: int, task: int, now: int) -> None:
    """Put `task` at the tail of the ready tasks of its level."""
    charge_queue(w, guest, now)
    join_queue(w, task, now)
    join_ready(w, guest, task, False)
    w.guests[guest].last_queued = task


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
    state, t = w.vps[vp], w.tasks[task]
    left = t.quantum_left_ns
    t.quantum_left_ns = 0
    state.remaining_ns = t.remaining_ns
    if t.kind == THREAD:
        t.vp = vp
        if w.guests[guest].lock >= 0 and w.threads[task].waits:
            w.threads[task].waits = 0
            state.waits = 1
            state.spin_left_ns = w.threads[task].spin_left_ns
    elif t.kind == REQUEST:
        r = w.requests[task]
        if r.in_ring and t.stage == LOCAL:
            r.in_ring = 0
            w.io_paths[r.workload].in_ring -= 1
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
    task = state.task
    t = w.tasks[task]
    t.remaining_ns = state.remaining_ns
    t.level = state.level
    t.quantum_left_ns = max(1, state.quantum_left_ns) if outranked else 0
    if t.kind == THREAD:
        if w.guests[guest].lock >= 0:
            w.threads[task].waits = state.waits
            w.threads[task].spin_left_ns = state.spin_left_ns
            state.waits = 0
    elif is_attempt(w, task):
        lay_down(w, vp, task, QUEUED, now)
    charge_queue(w, guest, now)
    join_ready(w, guest, task, outranked)
    w.guests[guest].last_queued = task
    state.task = NOBODY


@part
def complete_task(w: Tables, vp: int, now: int) -> int:
    """End the work of the task on `vp`: a thread sleeps or queues again, a request leaves or goes on.

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
    return int(w.schedule.done(w, w.tasks[task].kind, vp, task, now))


@part
def take_kill(w: Tables, guest: int, stable_id: int, number: int) -> bool:
    """Tell whether the work that a task has just done is lost: it needed memory that the guest may not commit, with the share of that."""
    share = w.guests[guest].refused_share
    if share <= 0.0 or uniform(w.keys[0].kill, stable_id, number) >= share:
        return False
    w.guest_times[guest].killed += 1
    return True
