"""Shared storage: a volume, or a path to a SAN, that the disks of several guests lie on.

A volume serves as many I/Os at once as it has places. An I/O holds a place for its latency, and then until its bytes are transferred: the
volume transfers those of one I/O after the other, in the order in which their latencies end. What finds no place, or no quota (`quotas`), waits
at its disk, in order. Which disk gets the place that is free:

- In order (Windows Server 2012 R2): the one whose I/O came first, or was first let through by its quota. A minimum only notifies [WSD-ST].
- Else, of the disks with a minimum whose next I/O is due for it, the one that is due first; if there is none, the one with the least share, in
  normalised operations: fair without any policy [SQOS]. What a disk gets either way counts for both. A disk that wanted nothing claims nothing
  for that time: it goes on from the share of those that waited. This is start-time fair queueing (Goyal, Vin, Cheng 1996) with due times as in
  mClock (Gulati, Merchant, Varman 2010); how Windows orders I/Os is not published.

A guest that is turned off or restarted cancels what waits at its disk; what a place serves is done to its end, and then lost.
Leaves out: retries, time-outs, caches, and policies that several disks share.
"""

from components.declare import NOBODY
from components.task import AT_DEVICE
from systems.io.journeys import draw_step, leave_device
from systems.io.quotas import MICRO, opens_ns, replenish, use_quota
from systems.kernels.heap import contains, pop_top, push, remove, top, top_key
from systems.kernels.jit import part, rare
from systems.kernels.philox import uniform
from systems.state.lives import free_task, is_lost
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer

MOST_BYTES = 1 << 32
"""What longer I/Os are cut to, so that bytes times nanoseconds fit a word."""

_NS_PER_S = 1_000_000_000


@part
def submit_to_storage(w: Tables, request: int, now: int) -> None:
    """Begin the I/O of `request` on the shared storage of its guest, or let it wait at its disk; one that is lost by now goes no further."""
    r = w.requests[request]
    path = w.io_paths[r.workload]
    if is_lost(w, request, w.open[r.workload].owner):
        free_task(w, request)
        return
    d, t = w.disks[path.disk], w.disk_times[path.disk]
    s = w.storages[d.storage]
    w.tasks[request].stage = AT_DEVICE
    w.tasks[request].next_task = NOBODY
    r.io_bytes = min(max(1, draw_step(w, request, d.bytes, w.keys[0].io_size)), MOST_BYTES)
    r.io_writes = 0
    if (
        d.write_share > 0.0
        and uniform(w.keys[0].io_write, path.stable_id, w.journeys[request].number) < d.write_share
    ):
        r.io_writes = 1
    r.io_order = s.came
    r.io_since_ns = now
    s.came += 1
    t.submitted += 1
    t.submitted_bytes += r.io_bytes
    _count_outstanding(w, path.disk, request, 1)
    if d.last_waiting >= 0:
        w.tasks[d.last_waiting].next_task = request
        d.last_waiting = request
        return
    d.first_waiting = request
    d.last_waiting = request
    if top(w.disk_turns, d.storage) < 0:
        s.fair_time = max(
            s.fair_time, s.most_share
        )  # nobody waits: what disks have had so far counts no more
    d.share = max(d.share, s.fair_time)
    d.due_ns = max(d.due_ns, now)
    _claim(w, path.disk, now)
    _fill_places(w, d.storage, now)


@part
def _operations(w: Tables, storage: int, size: int) -> int:
    """Return the normalised operations (1e-6) that an I/O of `size` bytes counts: multiples of the size of one, at least 1 [SQOS]; or its bytes [PS]."""
    s = w.storages[storage]
    if s.by_bytes:
        return size * MICRO // s.normal_bytes
    return (size + s.normal_bytes - 1) // s.normal_bytes * MICRO


@part
def _count_outstanding(w: Tables, disk: int, request: int, change: int) -> None:
    d, size = w.disks[disk], w.requests[request].io_bytes
    d.outstanding += change
    d.outstanding_bytes += change * size
    d.outstanding_operations += change * _operations(w, d.storage, size)


@part
def _claim(w: Tables, disk: int, now: int) -> None:
    """Give the first I/O that waits at `disk` its turn at the volume, once its quota allows it."""
    d = w.disks[disk]
    replenish(w, disk, now)
    at = opens_ns(w, disk, now)
    if at > now:
        set_timer(w, w.schedule.quota, disk, at)
        return
    if w.storages[d.storage].in_order:
        order = max(w.requests[d.first_waiting].io_order, d.opened)
        push(w.disk_turns, d.storage, disk, order, disk)
        return
    push(w.disk_turns, d.storage, disk, d.share, w.requests[d.first_waiting].io_order)
    if d.minimum > 0:
        push(w.disk_dues, d.storage, disk, d.due_ns, w.requests[d.first_waiting].io_order)


@rare
def quota_event(w: Tables, disk: int, now: int) -> None:
    """Give the first I/O that waits at `disk`, for whose quota a period has begun, its turn."""
    storage = w.disks[disk].storage
    w.disks[disk].opened = w.storages[storage].came
    _claim(w, disk, now)
    _fill_places(w, storage, now)


@part
def _fill_places(w: Tables, storage: int, now: int) -> None:
    """Begin I/Os at the free places of `storage`, while any waits whose turn may come."""
    s = w.storages[storage]
    while s.first_free >= 0 and top(w.disk_turns, storage) >= 0:
        disk = top(w.disk_dues, storage)
        if disk >= 0 and top_key(w.disk_dues, storage) <= now:
            remove(w.disk_turns, storage, disk)
        else:
            disk = pop_top(w.disk_turns, storage)
            s.fair_time = max(s.fair_time, w.disks[disk].share)
        if contains(w.disk_dues, disk):
            remove(w.disk_dues, storage, disk)
        place = s.first_free
        s.first_free = w.places[place].next_free
        _begin(w, place, disk, now)


@part
def _begin(w: Tables, place: int, disk: int, now: int) -> None:
    """Begin the first I/O that waits at `disk`, whose turn it is, at `place`."""
    d = w.disks[disk]
    s = w.storages[d.storage]
    request = d.first_waiting
    d.first_waiting = w.tasks[request].next_task
    if d.first_waiting < 0:
        d.last_waiting = NOBODY
    size = w.requests[request].io_bytes
    operations = _operations(w, d.storage, size)
    use_quota(w, disk, operations, size)
    d.share += operations
    s.most_share = max(s.most_share, d.share)
    if d.minimum > 0:
        d.due_ns = min(d.due_ns, now) + operations * 1000 // d.minimum
    w.places[place].request = request
    w.places[place].transfers = 0
    latency = draw_step(w, request, s.latency, w.keys[0].io_device) if s.latency >= 0 else 0
    set_timer(w, w.schedule.storage_place, place, now + latency)
    if d.first_waiting >= 0:
        _claim(w, disk, now)


@part
def place_event(w: Tables, place: int, now: int) -> None:
    """End the latency of the I/O at `place`, whose transfer is next; or that transfer, with which the I/O is done."""
    p = w.places[place]
    s = w.storages[p.storage]
    request = p.request
    if s.bandwidth > 0 and not p.transfers:
        p.transfers = 1
        set_timer(
            w, w.schedule.storage_place, place, _transfer(w, p.storage, w.requests[request].io_bytes, now)
        )
        return
    p.request = NOBODY
    p.next_free = s.first_free
    s.first_free = place
    _count_done(w, request, now)
    _fill_places(w, p.storage, now)
    leave_device(w, request, now)


@part
def _transfer(w: Tables, storage: int, size: int, now: int) -> int:
    """Return when `size` bytes that `storage` is asked for now are transferred, after all that it was asked for before.

    Whole nanoseconds; what is left of them is kept while one transfer follows the other, so that the bandwidth is exact.
    """
    s = w.storages[storage]
    if now > s.link_free_ns:
        s.link_free_ns = now
        s.link_rest = 0
    amount = size * _NS_PER_S + s.link_rest
    s.link_free_ns += amount // s.bandwidth
    s.link_rest = amount % s.bandwidth
    return int(s.link_free_ns)


@part
def _count_done(w: Tables, request: int, now: int) -> None:
    r = w.requests[request]
    disk = w.io_paths[r.workload].disk
    t = w.disk_times[disk]
    if r.io_writes:
        t.writes += 1
        t.written_bytes += r.io_bytes
    else:
        t.reads += 1
        t.read_bytes += r.io_bytes
    t.operations += _operations(w, w.disks[disk].storage, r.io_bytes)
    t.latency_ns += now - r.io_since_ns
    _count_outstanding(w, disk, request, -1)


@part
def cancel_waiting(w: Tables, disk: int) -> None:
    """Cancel all I/Os that wait at `disk`, whose guest is turned off or restarted; their requests, which have failed, return to the pool."""
    d, t = w.disks[disk], w.disk_times[disk]
    request = d.first_waiting
    while request >= 0:
        following = w.tasks[request].next_task
        t.cancelled += 1
        t.cancelled_bytes += w.requests[request].io_bytes
        _count_outstanding(w, disk, request, -1)
        free_task(w, request)
        request = following
    d.first_waiting = NOBODY
    d.last_waiting = NOBODY
    cancel_timer(w, w.schedule.quota, disk)
    if contains(w.disk_turns, disk):
        remove(w.disk_turns, d.storage, disk)
    if contains(w.disk_dues, disk):
        remove(w.disk_dues, d.storage, disk)
