"""What a deferred task does next: requests and pages that reach the root, or their guest again. Messages: `parent`."""

from components.io import (
    ARRIVED,
    ARRIVING,
    COMPLETING,
    LOCAL,
    PAGE_ASKED,
    PAGE_READ,
)
from components.traps import DEVICE, SIGNAL
from components.virtual_processor import IDLE
from systems.guest.ends import lose_request
from systems.guest.tasks import admit, enqueue
from systems.interrupts.delivery import interrupt, interrupt_guest
from systems.interrupts.messages import QUEUED, free_buffer, take_slot
from systems.io.io_path import begin_path, draw_step
from systems.io.page_path import draw_root_work, guest_of, thread_of
from systems.kernels.jit import part
from systems.scheduling.handover import kick, make_ready
from systems.state.deferred import defer
from systems.state.idle_vps import leave_idle
from systems.state.tables import Tables

ROOT = 0


@part
def come_from_network(w: Tables, request: int) -> None:
    """Send the new `request` to its guest by way of the root."""
    w.requests[request].service_ns = w.requests[request].remaining_ns
    begin_path(w, request)
    defer(w, request, ARRIVING)


@part
def reach_root(w: Tables, request: int, now: int) -> None:
    """Queue `request` at the root, with work for its present stage, and interrupt the root for it."""
    r = w.requests[request]
    if r.stage in (PAGE_ASKED, PAGE_READ):
        work = draw_root_work(w, request)
    elif r.stage == COMPLETING:
        work = draw_step(w, request, w.io_paths[r.workload].completion, w.keys[0].io_completion)
    else:
        work = draw_step(w, request, w.io_paths[r.workload].work, w.keys[0].io_work)
    r.remaining_ns = max(1, work)
    enqueue(w, ROOT, request, now)
    layout = w.layouts[ROOT]
    kind = DEVICE if r.stage in (ARRIVING, COMPLETING, PAGE_READ) else SIGNAL
    interrupt_guest(w, ROOT, layout.first_vp + r.journey % layout.vps, kind, now)
    kick(w, ROOT, now)


@part
def reach_guest(w: Tables, request: int, now: int) -> None:
    """Hand `request` back to its guest; for a guest that is off it is dropped."""
    r = w.requests[request]
    guest = w.open[r.workload].owner
    if not w.lifetimes[guest].running:
        if w.io_paths[r.workload].by_message:
            free_buffer(w, r.workload, now)
        lose_request(w, request)
        return
    vp = w.layouts[guest].first_vp + r.journey % w.layouts[guest].vps
    if w.io_paths[r.workload].by_message:
        if take_slot(w, vp, request) == QUEUED:
            return
        free_buffer(w, r.workload, now)
    if r.stage == ARRIVED:
        r.stage = LOCAL
        r.remaining_ns = r.service_ns
        queued = admit(w, r.workload, request, now)
    else:
        r.stage = LOCAL
        r.remaining_ns = 0
        w.request_times[r.workload].io_completed += 1
        w.request_times[r.workload].io_latency_ns += now - r.submitted_ns
        enqueue(w, guest, request, now)
        queued = True
    if w.io_paths[r.workload].by_message:
        interrupt(w, vp, SIGNAL, now)
        if w.vps[vp].state == IDLE:
            leave_idle(w, vp)
            make_ready(w, vp, now)
        elif queued:
            kick(w, guest, now)
    elif queued:
        interrupt_guest(w, guest, vp, SIGNAL, now)
        kick(w, guest, now)


@part
def give_page(w: Tables, journey: int, now: int) -> None:
    """Make the task that waits for the page of `journey` ready again, unless its guest is off."""
    guest, thread = guest_of(w, journey), thread_of(w, journey)
    r = w.requests[journey]
    if not w.lifetimes[guest].running:
        if thread < 0:
            lose_request(w, journey)
        return
    w.guest_times[guest].paging_ns += now - r.submitted_ns
    r.stage = LOCAL
    if thread < 0:
        r.remaining_ns = r.service_ns
    enqueue(w, guest, thread if thread >= 0 else journey, now)
    layout = w.layouts[guest]
    interrupt_guest(w, guest, layout.first_vp + r.journey % layout.vps, SIGNAL, now)
    kick(w, guest, now)
