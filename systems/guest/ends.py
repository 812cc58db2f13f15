"""What becomes of a guest's tasks when it is turned off or restarted: all its requests fail, bursts that are not completed go back to the pool of work."""

from components.declare import NOBODY
from components.task import AT_BARRIER, FINISHED, SLEEPING
from systems.guest.priorities import FIRST, LEVELS, forget_ready
from systems.io.page_path import end_journey
from systems.kernels.jit import part
from systems.state.lives import free_task
from systems.state.tables import Tables


@part
def fail_requests(w: Tables, row: int) -> None:
    """Count all requests of open workload `row` that have arrived and are not gone as failed.

    Those that wait in the guest return to the pool: in its queue, outside for a place, for room in the queue of its device. Those that are with
    the root or a device do when they come back (`systems.state.lives`).
    """
    times = w.request_times[row]
    times.failed = times.arrivals - times.completions - times.dropped
    o, path = w.open[row], w.io_paths[row]
    for at in range(LEVELS * o.owner, LEVELS * (o.owner + 1)):
        _free_list(w, w.ready_lists[at, FIRST])
    forget_ready(w, o.owner)
    _free_list(w, o.first_waiting)
    _free_list(w, path.first_unsent)
    o.first_waiting = NOBODY
    o.last_waiting = NOBODY
    o.admitted = 0


@part
def _free_list(w: Tables, first: int) -> None:
    while first >= 0:
        following = w.tasks[first].next_task
        free_task(w, first)
        first = following


@part
def forget_paging(w: Tables, guest: int) -> None:
    """Forget who in `guest` waits for the disk, which reads what nobody wants any more."""
    g = w.guests[guest]
    task = g.first_paging
    while task >= 0:
        following = w.tasks[task].next_task
        end_journey(w, task)
        task = following
    g.first_paging = NOBODY
    g.last_paging = NOBODY


@part
def give_back_bursts(w: Tables, guest: int) -> None:
    """End all threads of `guest`, of a closed workload; the work of bursts begun and not completed is to be done again."""
    end_bursts(w, guest, w.layouts[guest].job)
    forget_ready(w, guest)
    if w.guests[guest].lock >= 0:
        lock = w.locks[w.guests[guest].lock]
        lock.holder = NOBODY
        lock.first_parked = NOBODY
        lock.last_parked = NOBODY


@part
def end_bursts(w: Tables, guest: int, row: int) -> None:
    """End all threads of `guest`; the work of bursts of closed workload `row` that are begun and not completed is to be done again."""
    layout = w.layouts[guest]
    c = w.closed[row]
    for thread in range(layout.first_thread, layout.first_thread + layout.threads):
        t, task = w.threads[thread], w.tasks[thread]
        if task.stage not in (SLEEPING, AT_BARRIER, FINISHED):
            c.pool_ns += t.burst_ns
            if c.parts > 0:
                c.part_ns += t.burst_ns
            c.begun -= 1
        t.waits = 0
        task.stage = FINISHED
        task.level = 0
        task.quantum_left_ns = 0
        task.next_task = NOBODY
    c.solo = NOBODY
    c.first_waiting = NOBODY
    c.last_waiting = NOBODY
