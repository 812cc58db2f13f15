"""The core scheduler: a core is never shared by two partitions [WSD scheduler types].

What it schedules is the virtual core: the VPs that are threads of one core in the eyes of their guest (HwThreadCountPerCore). They
run together on the two LPs of a core; a one-thread VP takes a whole core, whose other LP stays idle. So does the root: its VPs on
the two LPs of a core run beside each other only, and one that becomes ready takes the core from a guest.

Beyond the grouping nothing is published: whose turn it is, is decided as by the classic scheduler, VP by VP. The two threads of a
virtual core share one slice; a VP that wakes while its fellow runs joins it at once. Without SMT a core is an LP, and all is as
under the classic scheduler.
"""

from components.declare import NOBODY
from components.processor import IDLE
from systems.kernels.jit import part, small
from systems.policies import classic
from systems.scheduling import placement
from systems.scheduling.line import stands_in_line
from systems.state.tables import Tables


@small
def companion(w: Tables, lp: int) -> int:
    """Return the other LP of the core."""
    return w.lp_topology[lp].sibling


@part
def first_in_line(w: Tables, lp: int) -> int:
    """Return the first in line for a free core; beside a running VP only its fellow."""
    sibling = w.lp_topology[lp].sibling
    if sibling < 0 or w.lps[sibling].vp < 0:
        return classic.first_in_line(w, lp)
    fellow = w.vp_identity[w.lps[sibling].vp].fellow
    waits = fellow >= 0 and stands_in_line(w, fellow) and placement.may_use(w, fellow, lp)
    return fellow if waits else NOBODY


@part
def idle_lp(w: Tables, vp: int) -> int:
    """Return the LP beside the fellow that has one, if it is idle; else an LP of an idle core.

    Where the affinity of `vp` leaves out the LP beside its fellow, it cannot run there, and takes a core of its own.
    """
    fellow = w.vp_identity[vp].fellow
    if fellow >= 0 and w.vps[fellow].lp >= 0:
        beside = w.lp_topology[w.vps[fellow].lp].sibling
        if beside >= 0 and placement.may_use(w, vp, beside):
            return beside if w.lps[beside].phase == IDLE else NOBODY
    return placement.idle_lp_for(w, vp)


@part
def set_idle(w: Tables, lp: int, idle: bool) -> None:
    """Keep the LPs of idle cores: both of them, or neither."""
    sibling = w.lp_topology[lp].sibling
    both = idle and (sibling < 0 or w.lps[sibling].phase == IDLE)
    placement.set_idle(w, lp, both)
    if sibling >= 0:
        placement.set_idle(w, sibling, both)


@part
def successor(w: Tables, lp: int) -> int:
    """Return the first in line if its turn has come on the core, whose threads count by the one that has had more."""
    present = w.lps[lp].vp
    sibling = w.lp_topology[lp].sibling
    if sibling >= 0 and w.lps[sibling].vp >= 0 and not classic.is_turn_of(w, w.lps[sibling].vp, present):
        present = w.lps[sibling].vp
    other = classic.first_in_line(w, lp)
    if other >= 0 and (classic.is_turn_of(w, other, present) or placement.idle_lp_for(w, present) >= 0):
        return other
    return NOBODY


@part
def begin_slice(w: Tables, lp: int, vp: int, start: int) -> int:
    """Begin a slice of the classic scheduler, or join that of the fellow on the same core."""
    end = classic.begin_slice(w, lp, vp, start)
    sibling = w.lp_topology[lp].sibling
    if sibling >= 0 and w.lps[sibling].vp >= 0 and w.lps[sibling].slice_end_ns > start:
        return min(end, w.lps[sibling].slice_end_ns)
    return end


CORE = classic.CLASSIC._replace(
    name="core",
    first_in_line=first_in_line,
    idle_lp=idle_lp,
    set_idle=set_idle,
    successor=successor,
    begin_slice=begin_slice,
    companion=companion,
)
