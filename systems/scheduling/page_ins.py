"""Pages from disk: a task that needs one leaves its VP until it is there; and what pages cost that are touched for the first time.

One disk serves all guests of the host: its channels take pages in the order in which they are asked for, each for the same
time. So guests that page hold each other up. The root's part in that I/O is not modelled, only the disk.
"""

from components.declare import NOBODY
from components.partition import CLOSED
from components.processor import GUEST, HYPERVISOR, REFILL, SPINNING
from components.virtual_processor import RUNNING
from components.workload import PAGING
from systems.kernels.jit import part
from systems.scheduling.bursts import make_progress, suspend_burst
from systems.scheduling.faults import forget_fault
from systems.scheduling.guest import enqueue
from systems.scheduling.handover import kick
from systems.scheduling.timers import PAGE_IN, PROCESSOR, set_timer
from systems.tables import Tables


@part
def begin_page_in(w: Tables, vp: int, now: int) -> None:
    """Let the task on `vp`, at a page fault, leave the VP and wait for the page."""
    guest = w.vp_identity[vp].owner
    state = w.vps[vp]
    task = state.task
    state.task = NOBODY
    there = _ask_disk(w, now)
    g = w.guests[guest]
    if w.layouts[guest].workload == CLOSED:
        t = w.threads[task]
        t.state = PAGING
        t.remaining_ns, t.page_in_ns, t.next_task = state.beyond_fault_ns, there, NOBODY
        if g.last_paging >= 0:
            w.threads[g.last_paging].next_task = task
    else:
        r = w.requests[task]
        r.remaining_ns, r.page_in_ns, r.next_task = state.beyond_fault_ns, there, NOBODY
        if g.last_paging >= 0:
            w.requests[g.last_paging].next_task = task
    if g.last_paging < 0:
        g.first_paging = task
        set_timer(w, w.slots[0].page_in + guest, PAGE_IN, there)
    g.last_paging = task
    state.beyond_fault_ns = -1
    w.guest_times[guest].hard_faults += 1
    w.guest_times[guest].paging_ns += there - now


@part
def _ask_disk(w: Tables, now: int) -> int:
    """Return when a page that is asked for now is there: the channels serve in turn, each one page at a time."""
    scheduler = w.scheduler[0]
    channel = scheduler.page_ins % len(w.disk_free_ns)
    scheduler.page_ins += 1
    there = max(now, w.disk_free_ns[channel]) + w.costs[0].paging_io_ns
    w.disk_free_ns[channel] = there
    return there


@part
def page_in_event(w: Tables, guest: int, now: int) -> None:
    """Let the task of `guest` whose page is there be ready again."""
    g = w.guests[guest]
    task = g.first_paging
    if w.layouts[guest].workload == CLOSED:
        g.first_paging = w.threads[task].next_task
        if g.first_paging >= 0:
            set_timer(w, w.slots[0].page_in + guest, PAGE_IN, w.threads[g.first_paging].page_in_ns)
    else:
        g.first_paging = w.requests[task].next_task
        if g.first_paging >= 0:
            set_timer(w, w.slots[0].page_in + guest, PAGE_IN, w.requests[g.first_paging].page_in_ns)
    if g.first_paging < 0:
        g.last_paging = NOBODY
    enqueue(w, guest, task, now)
    kick(w, guest, now)


@part
def change_faults(w: Tables, guest: int, every_ns: int, now: int) -> None:
    """Let hard faults of `guest` come once in `every_ns` of work, on average, from `now` on."""
    if w.guests[guest].fault_every_ns == every_ns:
        return
    w.guests[guest].fault_every_ns = every_ns
    layout = w.layouts[guest]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        state = w.vps[vp]
        runs = state.state == RUNNING and w.lps[state.lp].phase == GUEST
        if runs:
            suspend_burst(w, state.lp, now)
        forget_fault(w, vp)
        if runs:
            make_progress(w, state.lp, now)


@part
def pay_first_touches(w: Tables, lp: int, now: int) -> bool:
    """Let the VP on `lp`, charged up to `now`, spend time in the hypervisor for pages its guest has touched for the first time.

    It is spent a little at a time, so that the root can come between. Returns False if the VP spins, and pays later.
    """
    p = w.lps[lp]
    if p.phase == SPINNING:
        return False
    if p.phase == REFILL:
        p.refill_ns = p.phase_end_ns - now
    elif p.phase == GUEST:
        suspend_burst(w, lp, now)
        p.refill_ns = 0
    guest = w.vp_identity[p.vp].owner
    lump = min(w.guests[guest].first_touch_ns, w.costs[0].first_touch_lump_ns)
    w.guests[guest].first_touch_ns -= lump
    w.guest_times[guest].first_touch_ns += lump
    p.phase = HYPERVISOR
    p.phase_end_ns = now + lump
    set_timer(w, w.slots[0].logical_processor + lp, PROCESSOR, p.phase_end_ns)
    return True
