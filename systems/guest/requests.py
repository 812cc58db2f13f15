"""Requests of open workloads as they arrive at their guests, and wait for a place there."""

from components.declare import NOBODY
from systems.guest.places import take_thread
from systems.guest.tasks import enqueue
from systems.kernels.jit import part
from systems.state.attempt_times import is_attempt
from systems.state.request_lists import append_request
from systems.state.tables import Tables
from systems.state.timers import set_arrival_timer


@part
def arrive(w: Tables, row: int) -> int:
    """Take the next request of open workload `row` to arrive, and return it."""
    o = w.open[row]
    request = o.first_future
    o.first_future = w.requests[request].next_task
    w.requests[request].life = w.lifetimes[o.owner].life
    if o.first_future >= 0:
        set_arrival_timer(w, row, w.requests[o.first_future].arrival_ns)
    else:
        o.last_future = NOBODY
    w.request_times[row].arrivals += 1
    return request


@part
def admit(w: Tables, row: int, request: int, now: int) -> bool:
    """Admit `request` of open workload `row` to its guest; return True if it is queued, False if it must wait outside."""
    o = w.open[row]
    if is_attempt(w, request):
        if not take_thread(w, request, now):
            return False
        enqueue(w, o.owner, request, now)
        return True
    if o.admitted < o.limit:
        o.admitted += 1
        enqueue(w, o.owner, request, now)
        return True
    o.first_waiting = append_request(w, o.first_waiting, o.last_waiting, request)
    o.last_waiting = request
    return False
