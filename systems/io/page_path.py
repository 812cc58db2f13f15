"""The path of a page from disk: a task that needs one leaves its VP until it is there.

The guest signals the root, which works, asks the disk, works again when the disk has interrupted it, and signals the guest. One disk
serves all guests of the host: its channels take pages in the order in which they are asked for, each for the same time; what it has begun to
read for a guest that is migrated is there when it would have been. So guests that page hold each other up, and a busy root holds them all up.
On the bare machine, and by the root itself, the disk is asked at once.

A task of its own reads the pages of each guest thread; a request is such a task itself meanwhile. What belongs to a
life of the guest that is over goes on to where it is next looked at, and is lost there. Where the read that a thread began before
its guest was restarted is still under way, its next page comes with that.
"""

from components.declare import NOBODY
from components.task import PAGE, PAGE_ASKED, PAGE_BACK, PAGE_READ, PAGING, THREAD
from components.traps import SIGNALLED_EVENTS
from components.virtual_processor import NOT_DRAWN
from systems.kernels.distributions import draw_ns
from systems.kernels.jit import part, rare, small
from systems.kernels.philox import uniform
from systems.state.charges import owe
from systems.state.deferred import defer
from systems.state.lives import free_task, has_root, is_lost
from systems.state.tables import Tables
from systems.state.timers import set_timer


@rare
def begin_page_in(w: Tables, vp: int, now: int) -> None:
    """Take the task on `vp`, at a page fault, off the VP until its page is there."""
    guest = w.vp_identity[vp].owner
    state = w.vps[vp]
    task = state.task
    read = task
    if w.tasks[task].kind == THREAD:
        w.tasks[task].stage = PAGING
        w.tasks[task].remaining_ns = state.beyond_fault_ns
        read = w.threads[task].page
    else:
        w.tasks[task].kind = PAGE
        w.page_reads[task].waiter = task
        w.page_reads[task].under_way = 0
    j = w.journeys[read]
    j.service_ns, j.submitted_ns = state.beyond_fault_ns, now
    j.life = w.lifetimes[guest].life
    joins = w.page_reads[read].under_way > 0
    if not joins:
        w.page_reads[read].under_way = 1
        j.number = w.paging_paths[guest].draws
        w.paging_paths[guest].draws += 1
    state.task = NOBODY
    state.beyond_fault_ns = NOT_DRAWN
    w.guest_times[guest].hard_faults += 1
    path = w.paging_paths[guest]
    if uniform(w.keys[0].cache_read, path.stable_id, j.number) < w.guests[guest].cache_share:
        w.guest_times[guest].cache_reads += 1
    if joins:
        return
    if asks_root(w, guest):
        owe(w, vp, SIGNALLED_EVENTS, 1, now)
        defer(w, read, PAGE_ASKED)
    else:
        ask_disk(w, read, now)


@small
def asks_root(w: Tables, guest: int) -> bool:
    """Tell whether pages come to partition `guest` by way of the root, which it is not itself."""
    return w.guest_traps[guest].modelled > 0 and w.vp_identity[w.layouts[guest].first_vp].tied_lp < 0


@rare
def draw_root_work(w: Tables, task: int) -> int:
    """Return the root's work (ns) for the page that `task` reads, on its way out or back; 0 for none."""
    path = w.paging_paths[w.tasks[task].owner]
    row, key = path.work, w.keys[0].io_work
    if w.tasks[task].stage == PAGE_READ:
        row, key = path.completion, w.keys[0].io_completion
    d = w.distributions[row]
    u = uniform(key, path.stable_id, w.journeys[task].number)
    return draw_ns(d.kind, d.a, d.b, d.first, d.values, w.values_ns, u)


@rare
def end_journey(w: Tables, task: int) -> None:
    """End the read of a page, `task`, for which nobody waits any more: a request, which has failed, returns to the pool."""
    if w.page_reads[task].waiter == task:
        free_task(w, task)
    else:
        w.page_reads[task].under_way = 0


@rare
def lose_page(w: Tables, task: int) -> None:
    """Lose the read `task` with the root that was to work for it; if its guest lives on elsewhere, the root there does that work."""
    if is_lost(w, task, w.tasks[task].owner) or not has_root(w, w.tasks[task].owner):
        end_journey(w, task)
    else:
        defer(w, task, w.tasks[task].stage)


@part
def ask_disk(w: Tables, task: int, now: int) -> None:
    """Queue the page that `task` reads at the disk: the channels serve in turn, each one page at a time."""
    guest = w.tasks[task].owner
    host = w.layouts[guest].host
    state, identity = w.host_states[host], w.hosts[host]
    channel = identity.first_channel + state.page_ins % identity.channels
    state.page_ins += 1
    there = max(now, w.disk_free_ns[channel]) + w.costs[host].paging_io_ns
    w.disk_free_ns[channel] = there
    w.page_reads[task].there_ns = there
    if is_lost(w, task, guest):
        end_journey(w, task)
        return  # the disk reads what nobody wants any more
    _expect(w, guest, task)


@part
def _expect(w: Tables, guest: int, task: int) -> None:
    """Put the read `task` among those of `guest`, the next one there first: what the disk of a host that it has left still reads may be there later."""
    g, there = w.guests[guest], w.page_reads[task].there_ns
    before, following = g.last_paging, NOBODY
    if before >= 0 and w.page_reads[before].there_ns > there:
        before, following = NOBODY, g.first_paging
        while w.page_reads[following].there_ns <= there:
            before, following = following, w.tasks[following].next_task
    w.tasks[task].next_task = following
    if before >= 0:
        w.tasks[before].next_task = task
    else:
        g.first_paging = task
        set_timer(w, w.schedule.page_in, guest, there)
    if following < 0:
        g.last_paging = task


@rare
def page_in_event(w: Tables, guest: int, now: int) -> None:  # noqa: ARG001 - the disk knew the time
    """Complete the read of the page of `guest` that is there."""
    g = w.guests[guest]
    task = g.first_paging
    g.first_paging = w.tasks[task].next_task
    if g.first_paging >= 0:
        set_timer(w, w.schedule.page_in, guest, w.page_reads[g.first_paging].there_ns)
    else:
        g.last_paging = NOBODY
    to_root = asks_root(w, guest) and w.paging_paths[guest].completion >= 0
    defer(w, task, PAGE_READ if to_root else PAGE_BACK)


@rare
def pass_page_on(w: Tables, vp: int, task: int, now: int) -> int:
    """End the root's step of `task`, the read of a page, on its `vp`: the disk is asked, or the guest signalled. Return 0: no thread is released."""
    if w.tasks[task].stage == PAGE_ASKED:
        ask_disk(w, task, now)
    else:
        owe(w, vp, SIGNALLED_EVENTS, 1, now)
        defer(w, task, PAGE_BACK)
    return 0
