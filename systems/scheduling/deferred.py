"""What a deferred task does next: requests and pages that reach the root, or their guest again. Messages: `parent`."""

from components.declare import NOBODY
from components.task import ARRIVED, ARRIVING, COMPLETING, LOCAL, PAGE_READ, REQUEST
from components.traps import DEVICE, SIGNAL
from components.virtual_processor import IDLE
from systems.guest.priorities import DEFERRED_WORK
from systems.guest.requests import admit, complete_request
from systems.guest.tasks import enqueue
from systems.interrupts.delivery import interrupt
from systems.interrupts.messages import QUEUED, free_buffer, take_slot
from systems.io.io_path import submit_next
from systems.io.journeys import begin_path
from systems.io.network import come_over_link, receiving_vp
from systems.io.page_path import end_journey
from systems.io.root_work import root_work
from systems.kernels.jit import part, rare, small
from systems.scheduling.handover import kick, make_ready
from systems.scheduling.outranking import call_guest, call_vp, look_up
from systems.state.deferred import defer
from systems.state.idle_vps import leave_idle
from systems.state.lives import free_task, is_lost
from systems.state.tables import Tables
from systems.tiers.answers import end_attempt

_SHARE_BITS = 20


@part
def come_from_network(w: Tables, row: int, request: int, now: int) -> None:
    """Send the new `request` of open workload `row` to its guest by way of the root, or drop it if the ring is full.

    The ring is full while the guest has begun too few of those that came before; the device drops then what comes without the root.
    """
    path = w.io_paths[row]
    if path.adapter >= 0:
        come_over_link(w, request, now)
        return
    if path.in_ring >= path.ring:
        w.request_times[row].dropped += 1
        free_task(w, request)
        return
    path.in_ring += 1
    w.requests[request].in_ring = 1
    w.journeys[request].service_ns = w.tasks[request].remaining_ns
    begin_path(w, request)
    defer(w, request, ARRIVING)


@part
def reach_root(w: Tables, task: int, now: int) -> None:
    """Queue `task`, a request or the read of a page, at the root, with work for its present stage, and interrupt the root for it."""
    t, number = w.tasks[task], w.journeys[task].number
    t.remaining_ns = root_work(w, task)
    t.level = DEFERRED_WORK
    host = w.layouts[t.owner].host
    root = w.hosts[host].root
    enqueue(w, root, task, now)
    layout = w.layouts[root]
    kind = DEVICE if t.stage in (ARRIVING, COMPLETING, PAGE_READ) else SIGNAL
    by_queue = receiving_vp(w, task) if t.stage == ARRIVING else NOBODY
    if by_queue >= 0:
        call_vp(w, by_queue, kind, now)
    elif _is_for_first(w, host, number):
        call_vp(w, layout.first_vp, kind, now)
    else:
        call_guest(w, root, layout.first_vp + number % layout.vps, kind, now)


@small
def _is_for_first(w: Tables, host: int, journey: int) -> bool:
    """Tell whether the root's work on `host` for `journey` is one of those that are for root VP 0, which come at even distances."""
    share = w.root_activity[host].first_share
    return bool((journey + 1) * share >> _SHARE_BITS != journey * share >> _SHARE_BITS)


@part
def reach_guest(w: Tables, request: int, now: int) -> None:
    """Hand `request` to its guest, or back to it; one that belongs to a life of the guest that is over has failed, and is gone."""
    t, r, j = w.tasks[request], w.requests[request], w.journeys[request]
    guest = t.owner
    if is_lost(w, request, guest):
        if w.io_paths[r.workload].by_message:
            free_buffer(w, r.workload, now)
        free_task(w, request)
        return
    vp = w.layouts[guest].first_vp + j.number % w.layouts[guest].vps
    if w.io_paths[r.workload].by_message:
        if take_slot(w, vp, request) == QUEUED:
            return
        free_buffer(w, r.workload, now)
    if t.stage == ARRIVED:
        t.stage = LOCAL
        t.level = 0
        t.remaining_ns = j.service_ns
        queued = admit(w, r.workload, request, now)
    else:
        t.stage = LOCAL
        t.level = w.io_paths[r.workload].boost
        t.remaining_ns = 0
        w.request_times[r.workload].io_completed += 1
        w.request_times[r.workload].io_latency_ns += now - j.submitted_ns
        enqueue(w, guest, request, now)
        submit_next(w, vp, r.workload, now)
        queued = True
    if w.io_paths[r.workload].by_message:
        interrupt(w, vp, SIGNAL, now)
        if w.vps[vp].state == IDLE:
            leave_idle(w, vp)
            make_ready(w, vp, now)
        elif w.guests[guest].idle_vps > 0 and queued:
            kick(w, guest, now)
        else:
            look_up(w, vp, now)
    elif queued:
        call_guest(w, guest, vp, SIGNAL, now)


@part
def end_answer(w: Tables, request: int, now: int) -> None:
    """Complete `request`, whose answer has been sent, unless it is lost; its guest goes on with one that has waited for its place."""
    row = w.requests[request].workload
    guest = w.tasks[request].owner
    if is_lost(w, request, guest):
        free_task(w, request)
        return
    if w.requests[request].member >= 0:
        w.tasks[request].stage = LOCAL
        end_attempt(w, request, now)
        return
    vp = w.layouts[guest].first_vp + w.journeys[request].number % w.layouts[guest].vps
    waits = w.open[row].first_waiting >= 0
    complete_request(w, guest, request, now)
    if waits:
        call_guest(w, guest, vp, SIGNAL, now)


@rare
def give_page(w: Tables, task: int, now: int) -> None:
    """End the read of a page, `task`, and make the one that waits for it ready again, unless that is lost."""
    guest, j, read = w.tasks[task].owner, w.journeys[task], w.page_reads[task]
    if is_lost(w, task, guest):
        end_journey(w, task)
        return
    read.under_way = 0
    w.guest_times[guest].paging_ns += now - j.submitted_ns
    w.tasks[task].stage = LOCAL
    waiter = w.tasks[read.waiter]
    if read.waiter == task:
        waiter.kind = REQUEST
    waiter.stage = LOCAL
    waiter.remaining_ns = j.service_ns
    waiter.level = w.guests[guest].page_boost
    enqueue(w, guest, read.waiter, now)
    layout = w.layouts[guest]
    call_guest(w, guest, layout.first_vp + j.number % layout.vps, SIGNAL, now)
