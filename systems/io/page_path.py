"""The path of a page from disk: a task that needs one leaves its VP until it is there.

The guest signals the root, which works, asks the disk, works again when the disk has interrupted it, and signals the guest. One disk
serves all guests of the host: its channels take pages in the order in which they are asked for, each for the same time. So guests
that page hold each other up, and a busy root holds them all up. On the bare machine, and by the root itself, the disk is asked at once.

A row of the table of requests makes the journey: that of the request itself, or the one that each guest thread has for it. What belongs to a
life of the guest that is over goes on to where it is next looked at, and is lost there. Where the journey that a thread began before
its guest was restarted is still under way, its next page comes with that.
"""

from components.declare import NOBODY
from components.io import PAGE_ASKED, PAGE_BACK, PAGE_READ
from components.partition import CLOSED
from components.traps import SIGNALLED_EVENTS
from components.virtual_processor import NOT_DRAWN
from components.workload import PAGING
from systems.kernels.distributions import draw_ns
from systems.kernels.jit import part, small
from systems.kernels.philox import uniform
from systems.state.charges import owe
from systems.state.deferred import defer
from systems.state.lives import free_request, is_lost
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def begin_page_in(w: Tables, vp: int, now: int) -> None:
    """Take the task on `vp`, at a page fault, off the VP until its page is there."""
    guest = w.vp_identity[vp].owner
    state = w.vps[vp]
    journey = state.task
    if w.layouts[guest].workload == CLOSED:
        t = w.threads[state.task]
        t.state = PAGING
        t.remaining_ns = state.beyond_fault_ns
        journey = len(w.vps) + state.task
    r = w.requests[journey]
    r.service_ns, r.submitted_ns = state.beyond_fault_ns, now
    r.life = w.lifetimes[guest].life
    joins = r.under_way > 0 and thread_of(w, journey) >= 0
    if not joins:
        r.under_way = 1
        r.journey = w.paging_paths[guest].draws
        w.paging_paths[guest].draws += 1
    state.task = NOBODY
    state.beyond_fault_ns = NOT_DRAWN
    w.guest_times[guest].hard_faults += 1
    path = w.paging_paths[guest]
    if uniform(w.keys[0].cache_read, path.stable_id, r.journey) < w.guests[guest].cache_share:
        w.guest_times[guest].cache_reads += 1
    if joins:
        return
    if asks_root(w, guest):
        owe(w, vp, SIGNALLED_EVENTS, 1, now)
        defer(w, journey, PAGE_ASKED)
    else:
        ask_disk(w, journey, now)


@small
def asks_root(w: Tables, guest: int) -> bool:
    """Tell whether pages come to partition `guest` by way of the root, which it is not itself."""
    return w.guest_traps[guest].modelled > 0 and w.vp_identity[w.layouts[guest].first_vp].tied_lp < 0


@small
def thread_of(w: Tables, journey: int) -> int:
    """Return the guest thread that waits for the page of `journey`, NOBODY if a request does."""
    thread = journey - len(w.vps)
    return thread if thread < len(w.threads) else NOBODY


@small
def guest_of(w: Tables, journey: int) -> int:
    """Return the partition whose task waits for the page of `journey`."""
    thread = thread_of(w, journey)
    return w.threads[thread].owner if thread >= 0 else w.open[w.requests[journey].workload].owner


@part
def draw_root_work(w: Tables, journey: int) -> int:
    """Return the root's work (ns) for the page of `journey`, on its way out or back; 0 for none."""
    r = w.requests[journey]
    path = w.paging_paths[guest_of(w, journey)]
    row, key = path.work, w.keys[0].io_work
    if r.stage == PAGE_READ:
        row, key = path.completion, w.keys[0].io_completion
    d = w.distributions[row]
    return draw_ns(d.kind, d.a, d.b, d.first, d.values, w.values_ns, uniform(key, path.stable_id, r.journey))


@part
def end_journey(w: Tables, journey: int) -> None:
    """End `journey`, for whose page nobody waits any more: a request, which has failed, returns to the pool."""
    if thread_of(w, journey) < 0:
        free_request(w, journey)
    else:
        w.requests[journey].under_way = 0


@part
def ask_disk(w: Tables, journey: int, now: int) -> None:
    """Queue the page of `journey` at the disk: the channels serve in turn, each one page at a time."""
    guest = guest_of(w, journey)
    host = w.layouts[guest].host
    state, identity = w.host_states[host], w.hosts[host]
    channel = identity.first_channel + state.page_ins % identity.channels
    state.page_ins += 1
    there = max(now, w.disk_free_ns[channel]) + w.costs[host].paging_io_ns
    w.disk_free_ns[channel] = there
    w.requests[journey].page_in_ns = there
    w.requests[journey].next_task = NOBODY
    g = w.guests[guest]
    if is_lost(w, journey, guest):
        end_journey(w, journey)
        return  # the disk reads what nobody wants any more
    if g.last_paging >= 0:
        w.requests[g.last_paging].next_task = journey
    else:
        g.first_paging = journey
        set_timer(w, w.schedule.page_in, guest, there)
    g.last_paging = journey


@part
def page_in_event(w: Tables, guest: int, now: int) -> None:  # noqa: ARG001 - the disk knew the time
    """Complete the read of the page of `guest` that the disk was asked for first."""
    g = w.guests[guest]
    journey = g.first_paging
    g.first_paging = w.requests[journey].next_task
    if g.first_paging >= 0:
        set_timer(w, w.schedule.page_in, guest, w.requests[g.first_paging].page_in_ns)
    else:
        g.last_paging = NOBODY
    to_root = asks_root(w, guest) and w.paging_paths[guest].completion >= 0
    defer(w, journey, PAGE_READ if to_root else PAGE_BACK)


@part
def pass_page_on(w: Tables, vp: int, journey: int, now: int) -> None:
    """End the root's step of `journey` on its `vp`: the disk is asked, or the guest signalled."""
    if w.requests[journey].stage == PAGE_ASKED:
        ask_disk(w, journey, now)
    else:
        owe(w, vp, SIGNALLED_EVENTS, 1, now)
        defer(w, journey, PAGE_BACK)
