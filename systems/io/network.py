"""A shared NIC with its virtual switch: links, rings of packets that the root has not taken yet, and the root's work a packet.

What comes for a guest crosses the receiving link, one message after the other at the link's bandwidth, and joins the ring of its receive queue,
in packets; one that does not fit, or whose guest has too many that it has not begun, is dropped whole. A queue belongs to a root VP: it takes
the messages of its ring one after the other, each for the work of a request and that of its packets, and a place is free when that is done.
Without VMQ all guests of the NIC share one queue, on root VP 0 [FINN-V, WHI-V]; with VMQ each adapter has its own, on the root's VPs in turn [SYN].
The VP that a queue interrupts takes the work if it is idle; if it is not, the root VP that is free first does. An answer goes the other way:
work of the root for its packets, on any of its VPs, and the sending link. The request is complete when its answer has left the link.
Live migrations that go by the NIC take their share of both links (`systems.state.link_shares`).

Leaves out: what is sent again after a drop (the request is lost), traffic between guests of one host, several queues an adapter (VMMQ),
coalescing (RSC), priorities and reservations of bandwidth.
"""

from components.declare import NOBODY
from components.task import ANSWERED, ANSWERING, ARRIVING, DROPPED, ON_LINK
from systems.io.journeys import begin_path, draw_step
from systems.kernels.jit import part, small
from systems.state.deferred import defer
from systems.state.link_shares import share_bandwidth
from systems.state.links import begin_crossing
from systems.state.lives import free_task, is_lost
from systems.state.request_lists import append_request
from systems.state.tables import Tables

MOST_BYTES = 1 << 32
"""What longer messages are cut to, so that bytes times nanoseconds fit a word."""

RECEIVING, SENDING_SIDE = range(2)
"""A NIC's links stand side by side: the one that receives, the one that sends."""


@part
def come_over_link(w: Tables, request: int, now: int) -> None:
    """Send the new `request` over the receiving link of its guest's NIC."""
    r = w.requests[request]
    a = w.adapters[w.io_paths[r.workload].adapter]
    begin_path(w, request)
    w.journeys[request].service_ns = w.tasks[request].remaining_ns
    r.answers = a.answer_bytes >= 0 and r.member < 0  # an attempt of a tier is answered after its calls
    r.io_bytes = _draw_bytes(w, request, a.request_bytes)
    _join_link(w, 2 * a.switch + RECEIVING, request, now)


@part
def _draw_bytes(w: Tables, request: int, distribution: int) -> int:
    if distribution < 0:
        return 0
    return min(max(1, draw_step(w, request, distribution, w.keys[0].message_size)), MOST_BYTES)


@part
def _join_link(w: Tables, link: int, request: int, now: int) -> None:
    """Send the message of `request` over `link`, after those that came before."""
    x = w.links[link]
    w.tasks[request].stage = ON_LINK
    w.tasks[request].next_task = NOBODY
    if x.last >= 0:
        w.tasks[x.last].next_task = request
        x.last = request
        return
    x.first = request
    x.last = request
    x.rest = 0
    begin_crossing(w, link, now)
    if x.taken > 0:
        share_bandwidth(w, now)


@part
def link_event(w: Tables, link: int, now: int) -> None:
    """End the crossing of the first message of `link`: it joins a ring, or has been sent."""
    x = w.links[link]
    request = x.first
    x.first = w.tasks[request].next_task
    if x.first >= 0:
        begin_crossing(w, link, now)
    else:
        x.last = NOBODY
        if x.taken > 0:
            share_bandwidth(w, now)
    if link % 2 == RECEIVING:
        _join_ring(w, request)
        return
    adapter = w.io_paths[w.requests[request].workload].adapter
    w.adapter_times[adapter].sent_packets += _packets(w, request)
    w.adapter_times[adapter].sent_bytes += w.requests[request].io_bytes
    w.adapters[adapter].to_send -= 1
    defer(w, request, ANSWERED)


@part
def _packets(w: Tables, request: int) -> int:
    """Return the packets of the message of `request`, at least 1."""
    a = w.adapters[w.io_paths[w.requests[request].workload].adapter]
    size = w.switches[a.switch].packet_bytes
    return max(1, (w.requests[request].io_bytes + size - 1) // size)


@part
def _join_ring(w: Tables, request: int) -> None:
    """Put the message of `request` into the ring of its queue, if it fits, and hand it to the root if that has none of this queue."""
    r = w.requests[request]
    path = w.io_paths[r.workload]
    a, t = w.adapters[path.adapter], w.adapter_times[path.adapter]
    q = w.receive_queues[a.queue]
    packets = _packets(w, request)
    t.arrived_packets += packets
    lost = is_lost(w, request, w.open[r.workload].owner)
    if lost or q.in_ring + packets > q.room or path.in_ring >= path.ring:
        t.dropped_packets += packets
        t.dropped_bytes += r.io_bytes
        if not lost:
            w.request_times[r.workload].dropped += 1
        if r.member >= 0 and not lost:
            defer(w, request, DROPPED)  # its tier may try again
        else:
            free_task(w, request)
        return
    q.in_ring += packets
    a.in_ring += packets
    path.in_ring += 1
    r.in_ring = 1
    if not q.busy:
        q.busy = 1
        defer(w, request, ARRIVING)
        return
    w.tasks[request].stage = ARRIVING
    q.first = append_request(w, q.first, q.last, request)
    q.last = request


@part
def leave_ring(w: Tables, request: int) -> int:
    """Free the places of `request`, whose work in the root is done, in its ring; return the request that the queue hands to the root next, or NOBODY."""
    r = w.requests[request]
    adapter = w.io_paths[r.workload].adapter
    a, t = w.adapters[adapter], w.adapter_times[adapter]
    q = w.receive_queues[a.queue]
    packets = _packets(w, request)
    t.received_packets += packets
    t.received_bytes += r.io_bytes
    q.in_ring -= packets
    a.in_ring -= packets
    following = q.first
    if following < 0:
        q.busy = 0
        return NOBODY
    q.first = w.tasks[following].next_task
    if q.first < 0:
        q.last = NOBODY
    return int(following)


@part
def leave_broken_ring(w: Tables, request: int) -> None:
    """Count the message of `request`, which comes or goes by a shared NIC, as lost with the root that was to take, or to send, it."""
    r = w.requests[request]
    adapter = w.io_paths[r.workload].adapter
    if adapter < 0:
        return
    a, t = w.adapters[adapter], w.adapter_times[adapter]
    if w.tasks[request].stage == ANSWERING:
        a.to_send -= 1
        return
    packets = _packets(w, request)
    t.dropped_packets += packets
    t.dropped_bytes += r.io_bytes
    a.in_ring -= packets
    w.receive_queues[a.queue].in_ring -= packets
    w.receive_queues[a.queue].busy = 0


@part
def drop_rings(w: Tables, root: int) -> None:
    """Drop what waits in the rings of the VPs of `root`, which is turned off."""
    layout = w.layouts[root]
    for queue in range(len(w.receive_queues)):
        q = w.receive_queues[queue]
        if not layout.first_vp <= q.root_vp < layout.first_vp + layout.vps:
            continue
        while q.first >= 0:
            request = q.first
            q.first = w.tasks[request].next_task
            leave_broken_ring(w, request)
            free_task(w, request)
        q.last = NOBODY


@small
def is_answered(w: Tables, request: int) -> bool:
    """Tell whether the answer to `request` goes by a shared NIC."""
    adapter = w.io_paths[w.requests[request].workload].adapter
    return bool(adapter >= 0 and w.adapters[adapter].answer_bytes >= 0)


@part
def begin_answer(w: Tables, request: int) -> None:
    """Hand the answer to `request`, whose work in its guest is done, to the root."""
    r = w.requests[request]
    adapter = w.io_paths[r.workload].adapter
    r.answers = 0
    begin_path(w, request)
    r.io_bytes = _draw_bytes(w, request, w.adapters[adapter].answer_bytes)
    w.adapters[adapter].to_send += 1
    defer(w, request, ANSWERING)


@part
def send_answer(w: Tables, request: int, now: int) -> None:
    """Send the answer to `request`, for which the root has worked, over the sending link."""
    switch = w.adapters[w.io_paths[w.requests[request].workload].adapter].switch
    _join_link(w, 2 * switch + SENDING_SIDE, request, now)


@part
def switch_work(w: Tables, request: int) -> int:
    """Return the work (ns) of the root for the packets of `request`, which arrives or is answered; 0 if its guest has no adapter of a shared NIC."""
    r = w.requests[request]
    adapter = w.io_paths[r.workload].adapter
    if adapter < 0 or w.tasks[request].stage not in (ARRIVING, ANSWERING):
        return 0
    return _packets(w, request) * int(w.switches[w.adapters[adapter].switch].packet_ns)


@small
def receiving_vp(w: Tables, request: int) -> int:
    """Return the root VP whose receive queue `request` has come by; NOBODY where it has come by none."""
    r = w.requests[request]
    adapter = w.io_paths[r.workload].adapter
    if adapter < 0 or w.tasks[request].stage != ARRIVING:
        return NOBODY
    return w.receive_queues[w.adapters[adapter].queue].root_vp
