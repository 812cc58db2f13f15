"""The pace of a burst: its own speed, against the speed that such code has on any LP of its cache domain.

Two busy siblings share the throughput of their core (`host.smt_yield`), and code is slower the more of its memory lies on other NUMA
nodes than the one it runs on (`host.costs.remote_memory`), and the more of it is mapped by small pages (`host.costs.small_pages`). At full
pace nothing is converted, so a host without SMT and with one node computes as if there were no paces. Otherwise work is rounded down to the ns whenever a burst stops: a guest gains less than 1 ns of work each time.
"""

from components.declare import NEVER
from components.processor import WAKING
from components.task import REQUEST
from systems.guest.cache_domain import FULL_SPEED, SPEED_BITS
from systems.kernels.jit import part, small
from systems.state.tables import Tables

_BEYOND_ANY_RUN = 2**40  # times 2^20 ns: 36 years


@small
def pace_on(w: Tables, lp: int) -> int:
    """Return the pace (2^-20) of guest code on `lp` now."""
    pace = times_pace(sibling_pace(w, lp), node_pace(w, lp))
    return times_pace(pace, w.guests[w.vp_identity[w.lps[lp].vp].owner].small_pace)


@small
def sibling_pace(w: Tables, lp: int) -> int:
    """Return the pace that the other thread of its core leaves to `lp` now."""
    sibling = w.lp_topology[lp].sibling
    if sibling < 0 or w.lps[sibling].phase <= WAKING or _keeps_time(w, w.vps[w.lps[lp].vp].task):
        return FULL_SPEED
    return w.costs[w.lp_topology[lp].host].sibling_pace


@small
def _keeps_time(w: Tables, task: int) -> bool:
    """Tell whether `task` takes as long whatever the other thread does, as it was measured so."""
    if task < 0 or w.tasks[task].kind != REQUEST:
        return False
    return bool(w.open[w.requests[task].workload].keeps_time)


@small
def node_pace(w: Tables, lp: int) -> int:
    """Return the pace of the VP on `lp` by where its memory is."""
    identity = w.vp_identity[w.lps[lp].vp]
    g = w.guests[identity.owner]
    home = identity.ideal_node if g.memory_node < 0 else g.memory_node
    return g.home_pace if w.lp_topology[lp].node == home else g.away_pace


@small
def times_pace(pace: int, by: int) -> int:
    """Return `pace` slowed by another."""
    return pace if by == FULL_SPEED else max(1, pace * by >> SPEED_BITS)


@part
def at_pace(work_ns: int, pace: int) -> int:
    """Return how far the code's clock moves on while `work_ns` is done at `pace`; rounded up."""
    if pace == FULL_SPEED:
        return work_ns
    whole = work_ns // pace
    if whole >= _BEYOND_ANY_RUN:
        return NEVER // 2
    return (whole << SPEED_BITS) + (((work_ns - whole * pace) << SPEED_BITS) + pace - 1) // pace


@part
def done_at_pace(clock_ns: int, pace: int) -> int:
    """Return the work done at `pace` while the code's clock moves on by `clock_ns`; rounded down."""
    if pace == FULL_SPEED:
        return clock_ns
    return (clock_ns >> SPEED_BITS) * pace + ((clock_ns & (FULL_SPEED - 1)) * pace >> SPEED_BITS)
