"""What a deferred task does next: requests and pages that reach the root, or their guest again. Messages: `parent`."""

from components.declare import NOBODY
from components.io import (
    ARRIVED,
    ARRIVING,
    COMPLETING,
    LOCAL,
    PAGE_READ,
)
from components.traps import DEVICE, SIGNAL
from components.virtual_processor import IDLE
from systems.guest.priorities import DEFERRED_WORK, set_level
from systems.guest.requests import admit
from systems.guest.tasks import complete_request, enqueue
from systems.interrupts.delivery import interrupt
from systems.interrupts.messages import QUEUED, free_buffer, take_slot
from systems.io.io_path import submit_next
from systems.io.journeys import begin_path
from systems.io.network import come_over_link, receiving_vp
from systems.io.page_path import end_journey, guest_of, thread_of
from systems.io.root_work import root_work
from systems.kernels.jit import part, small
from systems.scheduling.handover import kick, make_ready
from systems.scheduling.outranking import call_guest, call_vp, look_up
from systems.state.deferred import defer
from systems.state.idle_vps import leave_idle
from systems.state.lives import free_request, is_lost
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
        free_request(w, request)
        return
    path.in_ring += 1
    w.requests[request].in_ring = 1
    w.requests[request].service_ns = w.requests[request].remaining_ns
    begin_path(w, request)
    defer(w, request, ARRIVING)


@part
def reach_root(w: Tables, request: int, now: int) -> None:
    """Queue `request` at the root, with work for its present stage, and interrupt the root for it."""
    r = w.requests[request]
    r.remaining_ns = root_work(w, request)
    r.level = DEFERRED_WORK
    host = w.layouts[guest_of(w, request)].host
    root = w.hosts[host].root
    enqueue(w, root, request, now)
    layout = w.layouts[root]
    kind = DEVICE if r.stage in (ARRIVING, COMPLETING, PAGE_READ) else SIGNAL
    by_queue = receiving_vp(w, request) if r.stage == ARRIVING else NOBODY
    if by_queue >= 0:
        call_vp(w, by_queue, kind, now)
    elif _is_for_first(w, host, r.journey):
        call_vp(w, layout.first_vp, kind, now)
    else:
        call_guest(w, root, layout.first_vp + r.journey % layout.vps, kind, now)


@small
def _is_for_first(w: Tables, host: int, journey: int) -> bool:
    """Tell whether the root's work on `host` for `journey` is one of those that are for root VP 0, which come at even distances."""
    share = w.root_activity[host].first_share
    return bool((journey + 1) * share >> _SHARE_BITS != journey * share >> _SHARE_BITS)


@part
def reach_guest(w: Tables, request: int, now: int) -> None:
    """Hand `request` to its guest, or back to it; one that belongs to a life of the guest that is over has failed, and is gone."""
    r = w.requests[request]
    guest = w.open[r.workload].owner
    if is_lost(w, request, guest):
        if w.io_paths[r.workload].by_message:
            free_buffer(w, r.workload, now)
        free_request(w, request)
        return
    vp = w.layouts[guest].first_vp + r.journey % w.layouts[guest].vps
    if w.io_paths[r.workload].by_message:
        if take_slot(w, vp, request) == QUEUED:
            return
        free_buffer(w, r.workload, now)
    if r.stage == ARRIVED:
        r.stage = LOCAL
        r.level = 0
        r.remaining_ns = r.service_ns
        queued = admit(w, r.workload, request, now)
    else:
        r.stage = LOCAL
        r.level = w.io_paths[r.workload].boost
        r.remaining_ns = 0
        w.request_times[r.workload].io_completed += 1
        w.request_times[r.workload].io_latency_ns += now - r.submitted_ns
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
    guest = w.open[row].owner
    if is_lost(w, request, guest):
        free_request(w, request)
        return
    if w.requests[request].member >= 0:
        w.requests[request].stage = LOCAL
        end_attempt(w, request, now)
        return
    vp = w.layouts[guest].first_vp + w.requests[request].journey % w.layouts[guest].vps
    waits = w.open[row].first_waiting >= 0
    complete_request(w, guest, request, now)
    if waits:
        call_guest(w, guest, vp, SIGNAL, now)


@part
def give_page(w: Tables, journey: int, now: int) -> None:
    """Make the task that waits for the page of `journey` ready again, unless it is lost."""
    guest, thread = guest_of(w, journey), thread_of(w, journey)
    r = w.requests[journey]
    if is_lost(w, journey, guest):
        end_journey(w, journey)
        return
    r.under_way = 0
    w.guest_times[guest].paging_ns += now - r.submitted_ns
    r.stage = LOCAL
    if thread < 0:
        r.remaining_ns = r.service_ns
    task = thread if thread >= 0 else journey
    set_level(w, guest, task, w.guests[guest].page_boost)
    enqueue(w, guest, task, now)
    layout = w.layouts[guest]
    call_guest(w, guest, layout.first_vp + r.journey % layout.vps, SIGNAL, now)
