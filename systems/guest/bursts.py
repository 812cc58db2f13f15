"""Bursts: guest code makes progress, at the speed of such code in its cache domain, or spins."""

from components.declare import NEVER
from components.processor import AWAITING, GUEST, SPINNING
from systems.guest.attribution import begin_stretch, book, clock_of
from systems.guest.cache_domain import advance, change_demand, schedule_burst_end, start_clock
from systems.guest.faults import cut_at_fault
from systems.guest.locks import begin_spin, stop_spin, take_lock
from systems.guest.pace import at_pace, done_at_pace, pace_on
from systems.interrupts.answers import awaits_answers
from systems.kernels.heap import key_of, push, remove, top_key
from systems.kernels.jit import part, small
from systems.state.tables import Tables


@part
def resume_burst(w: Tables, lp: int, now: int) -> None:
    """Continue the task of the VP on `lp`: it makes progress, or spins: for answers of other VPs, or for a lock that is still held."""
    vp = w.lps[lp].vp
    if awaits_answers(w, vp, now):
        w.lps[lp].phase = AWAITING
    elif w.vps[vp].waits and not take_lock(w, vp, now):
        begin_spin(w, lp)
    else:
        make_progress(w, lp, now)


@part
def make_progress(w: Tables, lp: int, now: int) -> None:
    """Start progress of the task of the VP on `lp`, which waits for nothing."""
    clock = clock_of(w, lp)
    start_clock(w, clock, now)
    p = w.lps[lp]
    p.phase = GUEST
    if w.guests[w.vp_identity[p.vp].owner].fault_every_ns < NEVER:
        cut_at_fault(w, p.vp)
    p.pace = pace_on(w, lp)
    begin_stretch(w, lp, now)
    first = _first_end(w, clock)
    end = w.code_clocks[clock].work_ns + at_pace(w.vps[p.vp].remaining_ns, p.pace)
    push(w.bursts, clock, lp, end, lp)
    if end < first:
        schedule_burst_end(w, clock)


@part
def suspend_burst(w: Tables, lp: int, now: int) -> None:
    """Note what is left of the burst on `lp`; nothing if it makes no progress now.

    The timer of the clock stays: if it was set for this burst, it will find none due, and is set for the next one then.
    """
    p = w.lps[lp]
    if p.phase != GUEST:
        if p.phase == SPINNING:
            stop_spin(w, lp)
        return
    clock = clock_of(w, lp)
    advance(w, clock, now)
    end = key_of(w.bursts, clock, lp)
    remove(w.bursts, clock, lp)
    w.vps[p.vp].remaining_ns = done_at_pace(end - w.code_clocks[clock].work_ns, p.pace)
    book(w, lp, clock, w.vps[p.vp].remaining_ns, now)


@part
def set_demand(w: Tables, lp: int, demand: int, now: int) -> None:
    """Set what `lp`, which makes no progress, asks for of memory from now on: `demand` (2^-20 of what an LP can)."""
    change = demand - w.lps[lp].demand
    if change != 0:
        w.lps[lp].demand = demand
        change_demand(w, w.lp_topology[lp].domain, change, now)


@part
def set_busy(w: Tables, lp: int, busy: bool, now: int) -> None:
    """Note that `lp`, whose phase and VP say so already, is busy now, or not any more: others of its domain and core change speed."""
    set_demand(w, lp, demand_of(w, w.lps[lp].vp) if busy else 0, now)
    sibling = w.lp_topology[lp].sibling
    if sibling < 0 or w.lps[sibling].phase != GUEST or w.lps[sibling].vp < 0:
        return
    if w.lps[sibling].pace != pace_on(w, sibling):
        suspend_burst(w, sibling, now)
        make_progress(w, sibling, now)


@small
def demand_of(w: Tables, vp: int) -> int:
    """Return how much memory (2^-20 of what an LP can) the code of `vp` asks for: as much as it waits for memory."""
    return w.guests[w.vp_identity[vp].owner].memory_bound


@part
def _first_end(w: Tables, clock: int) -> int:
    if w.bursts.length[clock] == 0:
        return NEVER
    return top_key(w.bursts, clock)
