"""Requests of open workloads as they arrive at their guests, wait for a place there, and are done."""

from components.declare import NOBODY
from components.task import ANSWERING, ARRIVING, LOCAL
from components.traps import SIGNALLED_EVENTS
from systems.guest.places import end_service, is_last_work, take_thread
from systems.guest.priorities import DEFERRED_WORK
from systems.guest.tasks import enqueue, take_kill
from systems.io.io_path import is_on_its_way, take_step
from systems.io.network import is_answered, leave_broken_ring
from systems.io.root_work import root_work
from systems.kernels.histogram import bucket_of
from systems.kernels.jit import part, rare
from systems.state.attempt_times import is_attempt, leave_vp
from systems.state.charges import owe
from systems.state.deferred import defer
from systems.state.lives import free_task, has_root, is_lost
from systems.state.request_lists import append_request
from systems.state.tables import Tables
from systems.state.timers import set_arrival_timer


@part
def arrive(w: Tables, row: int) -> int:
    """Take the next request of open workload `row` to arrive, and return it."""
    o = w.open[row]
    request = o.first_future
    o.first_future = w.tasks[request].next_task
    w.journeys[request].life = w.lifetimes[o.owner].life
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


@part
def end_step(w: Tables, vp: int, request: int, now: int) -> int:
    """End the work that `vp`, of the guest or of the root, has just done for `request`: it goes on, or leaves. Return 0: no thread is released."""
    guest = w.vp_identity[vp].owner
    leave_vp(w, vp, request, now)
    if is_on_its_way(w, request):
        following = take_step(w, vp, request, now)
        if following >= 0:
            w.tasks[following].remaining_ns = root_work(w, following)
            w.tasks[following].level = DEFERRED_WORK
            enqueue(w, guest, following, now)
    else:
        if is_attempt(w, request) and is_answered(w, request) and is_last_work(w, request):
            owe(w, vp, SIGNALLED_EVENTS, 1, now)
        complete_request(w, guest, request, now)
    return 0


@rare
def lose_request(w: Tables, request: int) -> None:
    """Lose `request` with the guest whose VP or queue it is in; what a root that is turned off was to do for a guest that lives on elsewhere, the root there does."""
    t = w.tasks[request]
    if t.stage in (ARRIVING, ANSWERING):
        leave_broken_ring(w, request)
    if t.stage == LOCAL or is_lost(w, request, t.owner) or not has_root(w, t.owner):
        free_task(w, request)
    else:
        defer(w, request, t.stage)


@part
def complete_request(w: Tables, guest: int, request: int, now: int) -> None:
    """Complete `request` of `guest`, with which one that has waited for its place is queued."""
    row = int(w.requests[request].workload)
    times = w.request_times[row]
    o = w.open[row]
    if is_attempt(w, request):
        lacks = take_kill(w, guest, o.stable_id, o.draws)
        o.draws += 1
        following = end_service(w, request, lacks)
        if following >= 0:
            enqueue(w, guest, following, now)
        return
    if take_kill(w, guest, o.stable_id, times.completions + times.failed):
        times.failed += 1
    else:
        response = now - w.requests[request].arrival_ns
        w.responses[row, bucket_of(response)] += 1
        times.completions += 1
        times.response_ns += response
    free_task(w, request)
    o.admitted -= 1
    waiting = o.first_waiting
    if waiting >= 0:
        o.first_waiting = w.tasks[waiting].next_task
        if o.first_waiting < 0:
            o.last_waiting = NOBODY
        o.admitted += 1
        enqueue(w, guest, waiting, now)
