"""The path of a request through the root: across VMBus, through a VSP on a root VP, to a device, and back.

A request that arrives from a network, or an I/O that a guest submits by signalling an event (HvCallSignalEvent), is work for a root
VP, in the root's own queue. A device serves as many I/Os at once as it has servers, first come first served; its interrupt is
work for the root again, which signals the guest. So a busy root delays guests, and guests' I/O loads the root.

No step of the path happens while another event is under way: a request that must go on is deferred until the event is over
(`systems.state.deferred`).

Devices that guests share: `storage`, `network`. Leaves out: what a guest does to hand over a request beyond the signal, batches of several requests a
signal; of a guest's own device, sizes and bandwidth.
"""

from components.declare import NOBODY
from components.task import ANSWERING, ARRIVED, ARRIVING, BACK, COMPLETING, LOCAL, SUBMITTING
from components.traps import SIGNALLED_EVENTS
from systems.interrupts.messages import post_message
from systems.io.devices import go_to_device
from systems.io.journeys import begin_path
from systems.io.network import begin_answer, leave_ring, send_answer
from systems.io.storage import cancel_waiting
from systems.kernels.jit import part, small
from systems.state.charges import owe
from systems.state.deferred import defer
from systems.state.request_lists import append_request
from systems.state.tables import Tables


@part
def is_on_its_way(w: Tables, request: int) -> bool:
    """Tell whether what has just been done for `request` is a step of its path, or its work with I/Os, or an answer, still to come."""
    r = w.requests[request]
    return w.tasks[request].stage != LOCAL or r.ios_left > 0 or r.answers


@part
def take_step(w: Tables, vp: int, request: int, now: int) -> int:
    """Send `request` on to its next step, now that `vp` has done its present one; return the request that the root has work for after that, or NOBODY."""
    r = w.requests[request]
    following = NOBODY
    stage = w.tasks[request].stage
    if stage == SUBMITTING:
        go_to_device(w, request, now)
    elif stage == ANSWERING:
        send_answer(w, request, now)
    elif stage == ARRIVING:
        if w.io_paths[r.workload].adapter >= 0:
            following = leave_ring(w, request)
        _send_to_guest(w, vp, request, ARRIVED, now)
    elif stage == COMPLETING:
        _send_to_guest(w, vp, request, BACK, now)
    elif r.ios_left > 0:
        r.ios_left -= 1
        w.journeys[request].submitted_ns = now
        _submit(w, vp, request, now)
    else:
        owe(w, vp, SIGNALLED_EVENTS, 1, now)
        begin_answer(w, request)
    return following


@part
def _submit(w: Tables, vp: int, request: int, now: int) -> None:
    """Submit the I/O of `request` from `vp` of its guest; it waits in the guest while as many as the queue holds are on their way."""
    row = w.requests[request].workload
    path = w.io_paths[row]
    if path.outstanding >= path.depth:
        _wait_unsent(w, row, request)
        _count_unsent(w, row, 1)
        return
    path.outstanding += 1
    owe(w, vp, SIGNALLED_EVENTS, 1, now)
    begin_path(w, request)
    w.request_times[row].io_submitted += 1
    defer(w, request, SUBMITTING)


@part
def _wait_unsent(w: Tables, row: int, request: int) -> None:
    """Put the I/O of `request` into the line in its guest: behind those of requests that have had one before, if it has, else behind all.

    A request that has begun comes before new ones, here as at the VPs (`workload.order`): beyond what the device can do as many are completed as
    at its edge. First come first served alone, those that come would keep those that have begun from ever being done.
    """
    path = w.io_paths[row]
    if w.requests[request].ios_left + 1 == path.per_request:
        path.first_unsent = append_request(w, path.first_unsent, path.last_unsent, request)
        path.last_unsent = request
        return
    before = path.last_begun
    following = w.tasks[before].next_task if before >= 0 else path.first_unsent
    w.tasks[request].next_task = following
    if before >= 0:
        w.tasks[before].next_task = request
    else:
        path.first_unsent = request
    path.last_begun = request
    if following < 0:
        path.last_unsent = request


@part
def submit_next(w: Tables, vp: int, row: int, now: int) -> None:
    """Note that an I/O of open workload `row` is back at its guest; `vp` submits the one that has waited there longest, unless the guest is paused."""
    path = w.io_paths[row]
    path.outstanding = max(0, path.outstanding - 1)
    if not w.lifetimes[w.open[row].owner].paused:
        _submit_first(w, vp, row, now)


@part
def submit_waiting(w: Tables, vp: int, row: int, now: int) -> None:
    """Submit from `vp` the I/Os of open workload `row` that have waited while its guest was paused, as many as its queue holds."""
    path = w.io_paths[row]
    while path.first_unsent >= 0 and path.outstanding < path.depth:
        _submit_first(w, vp, row, now)


@part
def _submit_first(w: Tables, vp: int, row: int, now: int) -> None:
    path = w.io_paths[row]
    request = path.first_unsent
    if request >= 0:
        path.first_unsent = w.tasks[request].next_task
        if path.first_unsent < 0:
            path.last_unsent = NOBODY
        if request == path.last_begun:
            path.last_begun = NOBODY
        _count_unsent(w, row, -1)
        _submit(w, vp, request, now)


@small
def _count_unsent(w: Tables, row: int, change: int) -> None:
    """Count an I/O that waits in the guest of open workload `row`, or does no more, for its disk on shared storage."""
    disk = w.io_paths[row].disk
    if disk >= 0:
        w.disks[disk].unsent += change


@part
def forget_io(w: Tables, row: int) -> None:
    """Empty the rings of open workload `row`, whose guest stops, and cancel what waits to be begun on shared storage."""
    path = w.io_paths[row]
    if path.disk >= 0:
        cancel_waiting(w, path.disk)
        w.disks[path.disk].unsent = 0
    path.in_ring = 0
    path.outstanding = 0
    path.first_unsent = NOBODY
    path.last_begun = NOBODY
    path.last_unsent = NOBODY


@part
def _send_to_guest(w: Tables, vp: int, request: int, stage: int, now: int) -> None:
    if w.io_paths[w.requests[request].workload].by_message:
        post_message(w, vp, request, stage, now)
    else:
        owe(w, vp, SIGNALLED_EVENTS, 1, now)
        defer(w, request, stage)
