"""Where guest time goes: native work done, and what was lost to each cause, which add up to the guest time to the nanosecond.

A stretch is guest code on one LP at one pace: it begins when a burst goes on and ends when it is suspended, done, or changes its pace.
Of its time, the part in which a core with one busy thread would have done the same is kept, the rest lost to SMT; of that the part that
memory of the VP's own node would have taken, of that the part with large pages. What is left is work, the time that second-level
translation adds to its waits for memory, and the wait for others on the way to memory, which is the rest, with the roundings of all of
them (a few ns a stretch). Refilling caches and spinning for locks are phases of their own (`systems.state.accounting`). A stretch is
booked when it ends and when a sample is taken; to book in between changes neither the work nor the sum of what is lost, but to which
cause a few ns are put.
"""

from components.processor import GUEST
from systems.guest.cache_domain import FULL_SPEED, advance
from systems.guest.pace import done_at_pace, node_pace, sibling_pace
from systems.kernels.heap import key_of
from systems.kernels.jit import njit, part, small
from systems.state.tables import Tables


@part
def begin_stretch(w: Tables, lp: int, now: int) -> None:
    """Begin a stretch of the VP on `lp`, whose remaining work is known."""
    s = w.stretches[lp]
    vp = w.lps[lp].vp
    s.began_ns = now
    s.work_ns = w.vps[vp].remaining_ns
    s.sibling_pace = sibling_pace(w, lp)
    s.node_pace = node_pace(w, lp)
    s.small_pace = w.guests[w.vp_identity[vp].owner].small_pace
    s.time_ns = 0
    s.progress_ns = 0
    s.smt_ns = 0
    s.remote_ns = 0
    s.small_ns = 0
    s.nested_ns = 0


@part
def book(w: Tables, lp: int, clock: int, left_ns: int, now: int) -> None:
    """Book the stretch on `lp` up to `now`, when `left_ns` of its work is left; its code runs by `clock`."""
    s, c = w.stretches[lp], w.code_clocks[clock]
    times = w.vp_times[w.lps[lp].vp]
    elapsed = now - s.began_ns
    progress = s.work_ns - left_ns
    rest = elapsed - s.time_ns - (progress - s.progress_ns)
    times.progress_ns += progress - s.progress_ns
    s.time_ns, s.progress_ns = elapsed, progress
    if rest == 0:
        return
    if s.sibling_pace != FULL_SPEED or s.node_pace != FULL_SPEED or s.small_pace != FULL_SPEED:
        rest = _book_paces(w, lp, elapsed, rest)
    lost = _lost(rest, done_at_pace(progress, c.waiting - c.bound), s.nested_ns)
    times.lost_nested_paging_ns += lost
    s.nested_ns += lost
    _book_rest(w, lp, clock, rest - lost)


@part
def _book_paces(w: Tables, lp: int, elapsed: int, rest: int) -> int:
    """Book what the paces of the stretch on `lp` cost in its `elapsed` ns; return what is left of the `rest` to be booked."""
    s, times = w.stretches[lp], w.vp_times[w.lps[lp].vp]
    on_core = done_at_pace(elapsed, s.sibling_pace)
    at_home = done_at_pace(on_core, s.node_pace)
    in_large = done_at_pace(at_home, s.small_pace)
    lost = _lost(rest, elapsed - on_core, s.smt_ns)
    times.lost_smt_ns += lost
    s.smt_ns += lost
    rest -= lost
    lost = _lost(rest, on_core - at_home, s.remote_ns)
    times.lost_remote_memory_ns += lost
    s.remote_ns += lost
    rest -= lost
    lost = _lost(rest, at_home - in_large, s.small_ns)
    times.lost_small_pages_ns += lost
    s.small_ns += lost
    return rest - lost


@small
def _lost(rest: int, so_far: int, booked: int) -> int:
    """Return what is lost to a cause beyond what is `booked`, of `so_far` in the stretch: never less than 0, nor more than the `rest`."""
    return max(0, min(rest, so_far - booked))


@part
def _book_rest(w: Tables, lp: int, clock: int, rest: int) -> None:
    """Book what no cause accounts for: it is contention, or without that the rounding of the only causes there are."""
    s, c = w.stretches[lp], w.code_clocks[clock]
    times = w.vp_times[w.lps[lp].vp]
    if c.bound > 0 and w.costs[w.lp_topology[lp].host].interference > 0:
        times.lost_memory_contention_ns += rest
    elif c.waiting > c.bound:
        times.lost_nested_paging_ns += rest
    elif s.sibling_pace != FULL_SPEED:
        times.lost_smt_ns += rest
    elif s.node_pace != FULL_SPEED:
        times.lost_remote_memory_ns += rest
    else:
        times.lost_small_pages_ns += rest


@njit
def book_all(w: Tables, now: int) -> None:
    """Book every stretch up to `now`, to which all is charged."""
    for lp in range(len(w.lps)):
        p = w.lps[lp]
        if p.phase == GUEST:
            clock = clock_of(w, lp)
            advance(w, clock, now)
            left = max(0, key_of(w.bursts, clock, lp) - w.code_clocks[clock].work_ns)
            book(w, lp, clock, done_at_pace(left, p.pace), now)


@small
def clock_of(w: Tables, lp: int) -> int:
    """Return the clock of the code that the VP on `lp` runs, in the LP's domain."""
    return w.domains[w.lp_topology[lp].domain].first_clock + w.guests[w.vp_identity[w.lps[lp].vp].owner].code
