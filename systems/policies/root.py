"""The root scheduler: VPs run as work of the root's own operating system [WSD scheduler types].

The root's system dispatches a VP like one of its threads: by priority, round robin by time slice within one priority, whatever the
partition. A VP that wakes is given some levels more, and loses one with each slice that it uses up; with more than the VP that runs on
its ideal LP, it takes that LP. Weight, reserve and cap of a VM do not exist.

Only the use of the root's own policy is published, not its figures: the slice is `host.scheduling.slice`, the levels are
`host.scheduling.wake_boost`. The root's own work keeps coming first, on the VP that it has on every LP.
"""

from components.declare import NOBODY
from components.processor import GUEST, REFILL, SPINNING
from systems.kernels.heap import push, remove
from systems.kernels.jit import part, small
from systems.policies import classic
from systems.scheduling import placement
from systems.state.tables import Tables


@small
def resume(w: Tables, vp: int) -> None:
    """Give a VP that wakes its boost."""
    w.vps[vp].boost = w.parameters[0].wake_boost


@small
def enqueue(w: Tables, vp: int) -> None:
    """Let `vp` wait behind all of its priority."""
    w.scheduler[0].ready_sequence += 1
    push(w.ready, w.vp_controls[vp].affinity_set, vp, -w.vps[vp].boost, w.scheduler[0].ready_sequence)


@small
def dequeue(w: Tables, vp: int) -> None:
    """Take `vp` out of the queue."""
    remove(w.ready, w.vp_controls[vp].affinity_set, vp)


@small
def pass_over(w: Tables, vp: int) -> None:
    """Let `vp` go to the end of the lowest priority."""
    dequeue(w, vp)
    w.vps[vp].boost = 0
    enqueue(w, vp)


@small
def exchange(w: Tables, one: int, other: int) -> None:
    """Let two VPs exchange what is left of their boosts."""
    boost = w.vps[one].boost
    w.vps[one].boost = w.vps[other].boost
    w.vps[other].boost = boost


@small
def taken_from(w: Tables, vp: int) -> int:
    """Return the ideal LP of `vp` if a guest VP of less priority runs there and `vp` finds no idle LP; else NOBODY."""
    lp = w.vps[vp].ideal_lp
    if lp < 0 or w.lps[lp].phase not in (GUEST, REFILL, SPINNING) or not placement.may_use(w, vp, lp):
        return NOBODY
    present = w.lps[lp].vp
    if w.vp_identity[present].tied_lp >= 0 or w.vps[present].boost >= w.vps[vp].boost:
        return NOBODY
    return lp if placement.idle_lp_for(w, vp) < 0 else NOBODY


@part
def successor(w: Tables, lp: int) -> int:
    """Return the first in line unless it has less priority than the present VP, which a used-up slice costs one level."""
    present = w.lps[lp].vp
    if w.vps[present].boost > 0:
        w.vps[present].boost -= 1
    other = classic.first_in_line(w, lp)
    return other if other >= 0 and w.vps[other].boost >= w.vps[present].boost else NOBODY


@small
def begin_slice(w: Tables, lp: int, vp: int, start: int) -> int:
    """Return the end of a slice of the usual length."""
    return start + w.parameters[0].slice_ns


@small
def charge(w: Tables, vp: int, elapsed: int) -> None:
    """Do nothing: what a VP has had does not count."""


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
