"""What becomes of a guest's tasks when it is turned off: requests are lost, bursts that are not completed go back to the pool of work."""

from components.declare import NOBODY
from components.workload import FINISHED, SLEEPING
from systems.guest.tasks import free_request
from systems.kernels.jit import part
from systems.state.tables import Tables


@part
def lose_request(w: Tables, request: int) -> None:
    """Count `request`, whose guest is off, as failed."""
    w.request_times[w.requests[request].workload].failed += 1
    free_request(w, request)


@part
def lose_queued(w: Tables, row: int) -> None:
    """Lose all requests of open workload `row` that wait in its guest: in its queue, outside for a place, or for a page from disk."""
    o = w.open[row]
    g = w.guests[o.owner]
    _lose_list(w, g.first_ready)
    _lose_list(w, o.first_waiting)
    _lose_list(w, g.first_paging)
    o.first_waiting = NOBODY
    o.last_waiting = NOBODY
    o.admitted = 0


@part
def _lose_list(w: Tables, first: int) -> None:
    while first >= 0:
        following = w.requests[first].next_task
        lose_request(w, first)
        first = following


@part
def give_back_bursts(w: Tables, guest: int) -> None:
    """End all threads of `guest`, of a closed workload; the work of bursts begun and not completed is to be done again."""
    layout = w.layouts[guest]
    c = w.closed[layout.workload_row]
    for thread in range(layout.first_thread, layout.first_thread + layout.threads):
        t = w.threads[thread]
        if t.state not in (SLEEPING, FINISHED):
            c.pool_ns += t.burst_ns
            c.begun -= 1
        t.state = FINISHED
        t.waits = 0
        t.next_task = NOBODY
    if w.guests[guest].lock >= 0:
        lock = w.locks[w.guests[guest].lock]
        lock.holder = NOBODY
        lock.first_parked = NOBODY
        lock.last_parked = NOBODY
