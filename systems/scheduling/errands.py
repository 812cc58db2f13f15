"""Errands: requests and messages that go from a guest to the root or back, once the event that sent them is over."""

from components.declare import NOBODY
from components.io import (
    ARRIVED,
    ARRIVING,
    BACK,
    COMPLETING,
    LOCAL,
    MESSAGE,
    PAGE_ASKED,
    PAGE_BACK,
    PAGE_READ,
    RESUMED,
)
from components.traps import DEVICE, SIGNAL
from components.virtual_processor import IDLE
from systems.kernels.jit import part
from systems.scheduling.guest import admit, enqueue, free_request
from systems.scheduling.handover import kick, make_ready
from systems.scheduling.idle_vps import leave_idle
from systems.scheduling.parent import reach_parent, resume_vp
from systems.tables import Tables
from systems.traps.errands import run_errand_later
from systems.traps.interrupts import interrupt, interrupt_guest
from systems.traps.io_path import begin_path, draw_step
from systems.traps.messages import free_buffer, takes_slot
from systems.traps.page_path import draw_root_work, guest_of, thread_of

ROOT = 0


@part
def run_errands(w: Tables, now: int) -> None:
    """Let every request that waits for it go on."""
    scheduler = w.scheduler[0]
    while scheduler.first_errand >= 0:
        request = scheduler.first_errand
        scheduler.first_errand = w.requests[request].next_task
        if scheduler.first_errand < 0:
            scheduler.last_errand = NOBODY
        stage = w.requests[request].stage
        if stage in (ARRIVED, BACK):
            _reach_guest(w, request, now)
        elif stage == PAGE_BACK:
            _give_page(w, request, now)
        elif stage == MESSAGE:
            reach_parent(w, request, now)
        elif stage == RESUMED:
            resume_vp(w, request, now)
        else:
            _reach_root(w, request, now)


@part
def come_from_network(w: Tables, request: int) -> None:
    """Let the new `request` reach its guest by way of the root."""
    w.requests[request].service_ns = w.requests[request].remaining_ns
    begin_path(w, request)
    run_errand_later(w, request, ARRIVING)


@part
def _reach_root(w: Tables, request: int, now: int) -> None:
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
def _reach_guest(w: Tables, request: int, now: int) -> None:
    """Let `request` be its guest's again; what comes back for a guest that is off is dropped."""
    r = w.requests[request]
    guest = w.open[r.workload].owner
    if not w.lifetimes[guest].running:
        if w.io_paths[r.workload].by_message:
            free_buffer(w, r.workload, now)
        free_request(w, request)
        return
    vp = w.layouts[guest].first_vp + r.journey % w.layouts[guest].vps
    if w.io_paths[r.workload].by_message:
        if not takes_slot(w, vp, request):
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
def _give_page(w: Tables, journey: int, now: int) -> None:
    """Let the task that waits for the page of `journey` be ready again, unless its guest is off."""
    guest, thread = guest_of(w, journey), thread_of(w, journey)
    r = w.requests[journey]
    if not w.lifetimes[guest].running:
        if thread < 0:
            free_request(w, journey)
        return
    w.guest_times[guest].paging_ns += now - r.submitted_ns
    r.stage = LOCAL
    if thread < 0:
        r.remaining_ns = r.service_ns
    enqueue(w, guest, thread if thread >= 0 else journey, now)
    layout = w.layouts[guest]
    interrupt_guest(w, guest, layout.first_vp + r.journey % layout.vps, SIGNAL, now)
    kick(w, guest, now)
