"""Threads of closed workloads, in guests and in the root: the bursts that they take from their pool of work, one after the other."""

from components.declare import NOBODY
from components.task import FINISHED, LOCAL, SLEEPING
from systems.guest.barriers import begin_part, is_serial, left_for, wait_at_barrier
from systems.guest.locks import draw_section
from systems.guest.tasks import draw, enqueue, take_kill
from systems.interrupts.delivery import arm_timers
from systems.kernels.jit import part, rare, small
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def begin_burst(w: Tables, thread: int) -> bool:
    """Take the next burst of `thread` from the pool of work; return False if there is none for it.

    The thread ends if the pool is empty, and waits at the barrier if no work of the present part is left to it.
    """
    t, task = w.threads[thread], w.tasks[thread]
    row = w.layouts[task.owner].job
    c = w.closed[row]
    if c.pool_ns == 0:
        task.stage = FINISHED
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
    task.remaining_ns = burst
    lock = w.guests[task.owner].lock
    if lock >= 0:
        draw_section(w, thread, lock)
    return True


@part
def queue_burst(w: Tables, thread: int, level: int, now: int) -> None:
    """Queue the burst that `thread` has just begun, at `level`."""
    w.tasks[thread].stage = LOCAL
    w.tasks[thread].level = level
    enqueue(w, w.tasks[thread].owner, thread, now)


@part
def end_burst(w: Tables, vp: int, thread: int, now: int) -> int:
    """End the burst that `thread` has just done on `vp`; it sleeps, or queues with the next. Return how many threads it has released from a barrier."""
    guest = w.vp_identity[vp].owner
    row = w.layouts[guest].job
    c = w.closed[row]
    t = w.threads[thread]
    if take_kill(w, guest, t.stable_id, t.draws):
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
        w.tasks[thread].stage = SLEEPING
        arm_timers(w, vp, 1, now)
        set_timer(w, w.schedule.wake_up, thread, now + sleep)
    elif begin_burst(w, thread):
        queue_burst(w, thread, 0, now)
    return released


@rare
def lose_thread(w: Tables, thread: int) -> None:
    """Leave the burst of `thread` to those that end all threads of its machine."""


@rare
def _release(w: Tables, guest: int, row: int, now: int) -> int:
    """Release the threads that wait at the barrier of closed workload `row`: those for which there is work queue. Return how many do."""
    c = w.closed[row]
    thread = c.first_waiting
    c.first_waiting = NOBODY
    c.last_waiting = NOBODY
    released = 0
    while thread >= 0:
        following = w.tasks[thread].next_task
        if begin_burst(w, thread):
            queue_burst(w, thread, w.guests[guest].event_boost, now)
            released += 1
        thread = following
    return released


@small
def is_on_vp(w: Tables, thread: int) -> bool:
    """Tell whether `thread` is on a VP."""
    vp = w.tasks[thread].vp
    return bool(vp >= 0 and w.vps[vp].task == thread)
