"""Messages over VMBus from the root to a guest: one slot a VP, a queue behind it, sixteen buffers a port.

A message is copied into the slot of its VP if that is empty, else it stays in its buffer. When the VP has taken the message, it ends
it, by a write to an MSR if another waits, which then takes the slot. A message that finds no buffer free is refused
(INSUFFICIENT_BUFFERS); the root posts it again once there is one [TLFS-md inter-partition-communication.md; TLFS-md HvCallPostMessage].
"""

from components.declare import NOBODY
from components.traps import MSR_ACCESSES, POSTED_MESSAGES
from systems.kernels.jit import part, small
from systems.state.charges import owe
from systems.state.deferred import defer
from systems.state.request_lists import append_request
from systems.state.tables import Tables

TAKEN = 1
QUEUED = 0
"""What becomes of a message that wants the slot."""


@part
def post_message(w: Tables, vp: int, request: int, stage: int, now: int) -> None:
    """Post, from `vp` of the root, the message that brings `request` to its guest, with `stage`."""
    path = w.io_paths[w.requests[request].workload]
    owe(w, vp, POSTED_MESSAGES, 1, now)
    w.tasks[request].stage = stage
    if path.buffers_left > 0:
        path.buffers_left -= 1
        defer(w, request, stage)
        return
    w.vp_traps[vp].message_errors += 1
    w.requests[request].posted_by = w.vp_identity[vp].vp_index
    path.first_refused = append_request(w, path.first_refused, path.last_refused, request)
    path.last_refused = request


@part
def take_slot(w: Tables, vp: int, request: int) -> int:
    """Copy the message of `request` into the slot of `vp`: TAKEN; or put it into the queue for that: QUEUED."""
    state = w.trap_state[vp]
    if state.slot_used and state.promised != request:
        w.tasks[request].next_task = NOBODY
        if state.last_message >= 0:
            w.tasks[state.last_message].next_task = request
        else:
            state.first_message = request
        state.last_message = request
        return QUEUED
    state.slot_used = 1
    state.promised = NOBODY
    return TAKEN


@part
def free_buffer(w: Tables, workload: int, now: int) -> None:
    """Free a buffer of the port; a message that was refused is posted again."""
    path = w.io_paths[workload]
    path.buffers_left += 1
    refused = path.first_refused
    if refused >= 0:
        path.first_refused = w.tasks[refused].next_task
        if path.first_refused < 0:
            path.last_refused = NOBODY
        post_message(w, _posts_again(w, refused), refused, w.tasks[refused].stage, now)


@small
def _posts_again(w: Tables, request: int) -> int:
    """Return the root VP that posts the message for `request` again: of the host that its guest is on now, that of the same number."""
    root = w.layouts[w.hosts[w.layouts[w.tasks[request].owner].host].root]
    return int(root.first_vp + w.requests[request].posted_by % root.vps)


@small
def holds_message(w: Tables, vp: int) -> bool:
    """Tell whether the slot of `vp` holds a message."""
    state = w.trap_state[vp]
    return state.slot_used and state.promised < 0


@part
def take_message(w: Tables, vp: int, now: int) -> None:
    """Take the message out of the slot of `vp`, which it has interrupted; the next one, if any waits, is delivered after this event."""
    state = w.trap_state[vp]
    state.slot_used = 0
    following = state.first_message
    if following >= 0:
        state.slot_used = 1
        state.promised = following
        state.first_message = w.tasks[following].next_task
        if state.first_message < 0:
            state.last_message = NOBODY
        owe(w, vp, MSR_ACCESSES, 1, now)
        defer(w, following, w.tasks[following].stage)
