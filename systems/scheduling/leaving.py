"""Leaving: a VP comes off its LP, and its dispatch is recorded."""

from components.declare import NOBODY
from components.trace import PREEMPTED
from systems.guest.bursts import suspend_burst
from systems.guest.working_sets import drop_unfetched, fetch_working_set
from systems.intercepts.settlement import settle_traps
from systems.kernels.jit import part, small
from systems.scheduling.dispatch import refill_left
from systems.scheduling.dozing import slice_left, stop_dozing
from systems.scheduling.placement import note_running
from systems.state.cpu_groups import change_running
from systems.state.tables import Tables


@part
def step_off(w: Tables, lp: int, reason: int, now: int) -> None:
    """Take the VP that runs on `lp`, charged up to `now`, off it; its new state and the LP's next VP are the caller's.

    One that is preempted goes on with what is left of its slice: with a new one it would hardly end a slice where the root works often.
    """
    p = w.lps[lp]
    vp = p.vp
    fetch_working_set(w, vp, w.lp_topology[lp].domain)
    drop_unfetched(w, vp, refill_left(w, lp, now))
    w.vps[vp].slice_left_ns = slice_left(w, lp, now) if reason == PREEMPTED else 0
    suspend_burst(w, lp, now)
    settle_traps(w, vp, now)
    change_running(w, vp, -1, now)
    note_running(w, vp, lp, False)
    stop_dozing(w, lp)
    w.vps[vp].lp = NOBODY
    w.vps[vp].left_ns = now
    p.vp = NOBODY
    record_dispatch(w, lp, vp, reason, now)


@small
def record_dispatch(w: Tables, lp: int, vp: int, reason: int, now: int) -> None:
    """Write the row of the dispatch that ends now, if dispatches are traced."""
    scheduler = w.scheduler[0]
    if scheduler.dispatch_room == 0:
        return
    row = w.dispatches[scheduler.dispatch_rows]
    row.lp = lp
    row.vp = vp
    row.ready_ns = w.vps[vp].ready_ns
    row.start_ns = w.lps[lp].dispatched_ns
    row.end_ns = now
    row.reason = reason
    scheduler.dispatch_rows += 1
