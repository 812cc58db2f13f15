"""The root scheduler: VPs run as work of the root's own operating system [WSD scheduler types].

The root's system dispatches a VP like one of its threads: by priority, round robin by time slice within one priority, whatever the
partition. A VP that wakes is given some levels more, and loses one with each slice that it uses up; with more than the VP that runs on
its ideal LP, it takes that LP. Weight, reserve and cap of a VM do not exist. Each LP has a run list (`run_lists`), in which VPs stand by priority,
and within one by what they have had; for VPs that use up their slices that is round robin, and keeps the lists even.

Only the use of the root's own policy is published, not its figures: the slice is `host.scheduling.slice`, the levels are
`host.scheduling.wake_boost`. The root's own work keeps coming first, on the VP that it has on every LP.
"""

from components.declare import NOBODY
from components.host import FAIR, TAIL
from components.processor import REFILL
from systems.kernels.jit import part, small
from systems.policies import classic
from systems.policies.classic import time_of_home
from systems.scheduling import placement
from systems.scheduling.run_lists import first_of_own, first_overdue, join_list, leave_list, start_of
from systems.state.tables import Tables

_LEVEL = 2**56
"""What a level of priority counts, in virtual time: more than any run."""


@small
def resume(w: Tables, vp: int) -> None:
    """Give a VP that wakes its boost; it comes no sooner from another list for having slept."""
    w.vps[vp].boost = w.parameters[w.vp_identity[vp].host].wake_boost
    w.vps[vp].virtual_ns = max(w.vps[vp].virtual_ns, time_of_home(w, vp))
    w.vps[vp].woke = FAIR if w.trap_state[vp].intercepted else TAIL


@small
def enqueue(w: Tables, vp: int) -> None:
    """Put `vp` behind those of its priority that have had no more than it; one that has woken without a boost, behind all."""
    place = _place(w, vp)
    aside = w.vps[vp].woke == TAIL and w.vps[vp].boost == 0
    join_list(w, vp, place, place + w.vp_controls[vp].slack_ns, aside)
    w.vps[vp].woke = FAIR


@small
def _place(w: Tables, vp: int) -> int:
    return int(w.vps[vp].virtual_ns - w.vps[vp].boost * _LEVEL)


@small
def dequeue(w: Tables, vp: int) -> None:
    """Take `vp` out of its run list."""
    leave_list(w, vp)


@small
def pass_over(w: Tables, vp: int) -> None:
    """Move `vp` behind those of the lowest priority that are not ahead of those served so far."""
    dequeue(w, vp)
    w.vps[vp].boost = 0
    behind = max(w.vps[vp].virtual_ns, time_of_home(w, vp))
    join_list(w, vp, behind, behind + w.vp_controls[vp].slack_ns, False)


@small
def exchange(w: Tables, one: int, other: int) -> None:
    """Exchange what is left of the boosts of two VPs."""
    boost = w.vps[one].boost
    w.vps[one].boost = w.vps[other].boost
    w.vps[other].boost = boost


@small
def taken_from(w: Tables, vp: int) -> int:
    """Return the ideal LP of `vp` if a guest VP of less priority runs there and `vp` finds no idle LP; else NOBODY."""
    lp = w.vps[vp].ideal_lp
    if lp < 0 or w.lps[lp].kept_off or w.lps[lp].phase < REFILL or not placement.may_use(w, vp, lp):
        return NOBODY
    present = w.lps[lp].vp
    if w.vp_identity[present].tied_lp >= 0 or w.vps[present].boost >= w.vps[vp].boost:
        return NOBODY
    return lp if placement.idle_lp_for(w, vp) < 0 else NOBODY


@part
def successor(w: Tables, lp: int) -> int:
    """Return the first in line, or one overdue, unless the present VP, which a used-up slice costs one level, still comes before it."""
    present = w.lps[lp].vp
    if w.vps[present].boost > 0:
        w.vps[present].boost -= 1
    other = first_of_own(w, lp)
    come = _place(w, present)
    if other >= 0:
        come = min(come, start_of(w, other))
    late = first_overdue(w, lp, come)
    if late >= 0:
        return late
    return other if other >= 0 and w.in_line[other].key_ns <= _place(w, present) else NOBODY


@small
def begin_slice(w: Tables, lp: int, vp: int, start: int) -> int:
    """Return the end of a slice of the usual length."""
    w.vps[vp].woke = FAIR
    served = w.vps[vp].virtual_ns
    w.lps[lp].served_ns = max(w.lps[lp].served_ns, served)
    affinity = w.affinity_sets[w.vp_controls[vp].affinity_set]
    affinity.virtual_ns = max(affinity.virtual_ns, served)
    return start + w.parameters[w.lp_topology[lp].host].slice_ns


@small
def charge(w: Tables, vp: int, elapsed: int) -> None:
    """Count what a VP has had: that is its place within its priority."""
    w.vps[vp].virtual_ns += elapsed


ROOT = classic.CLASSIC._replace(
    name="root",
    resume=resume,
    enqueue=enqueue,
    dequeue=dequeue,
    pass_over=pass_over,
    exchange=exchange,
    taken_from=taken_from,
    successor=successor,
    begin_slice=begin_slice,
    charge=charge,
)
