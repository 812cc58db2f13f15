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
from systems.scheduling.run_lists import moved_on
from systems.state.tables import Tables


@small
def companion(w: Tables, lp: int) -> int:
    """Return the other LP of the core."""
    return w.lp_topology[lp].sibling


@part
def first_in_line(w: Tables, lp: int) -> int:
    """Return the first in line for a free core; beside a running VP only its fellow.

    Where the fellow of the first waits too, each takes the LP that it ran on last.
    """
    sibling = w.lp_topology[lp].sibling
    if sibling >= 0 and w.lps[sibling].vp >= 0:
        fellow = w.vp_identity[w.lps[sibling].vp].fellow
        return fellow if fellow >= 0 and _waits_for(w, fellow, lp) else NOBODY
    return _on_its_side(w, lp, classic.first_in_line(w, lp))


@small
def _waits_for(w: Tables, vp: int, lp: int) -> bool:
    return stands_in_line(w, vp) and placement.may_use(w, vp, lp)


@part
def _on_its_side(w: Tables, lp: int, vp: int) -> int:
    """Return the fellow of `vp`, which may be NOBODY, if it waits too and the two ran on each other's side of the core of `lp`; else `vp`."""
    if vp < 0 or w.vps[vp].ideal_lp == lp:
        return vp
    fellow = w.vp_identity[vp].fellow
    if fellow < 0 or w.vps[fellow].ideal_lp != lp or not _waits_for(w, fellow, lp):
        return vp
    return fellow if placement.may_use(w, vp, w.lp_topology[lp].sibling) else vp


@part
def idle_lp(w: Tables, vp: int) -> int:
    """Return the LP beside the fellow that has one, if it is idle; else an LP of an idle core.

    Where the affinity of `vp` leaves out the LP beside its fellow, it cannot run there, and takes a core of its own.
    """
    fellow = w.vp_identity[vp].fellow
    if fellow >= 0 and w.vps[fellow].lp >= 0:
        beside = w.lp_topology[w.vps[fellow].lp].sibling
        if beside >= 0 and not w.lps[beside].kept_off and placement.may_use(w, vp, beside):
            return beside if w.lps[beside].phase == IDLE else NOBODY
    return placement.idle_core_for(w, vp)


@part
def successor(w: Tables, lp: int) -> int:
    """Return the first in line if its turn has come on the core, whose threads count by the one that has had more."""
    present = w.lps[lp].vp
    sibling = w.lp_topology[lp].sibling
    if sibling >= 0 and w.lps[sibling].vp >= 0 and _has_had_less(w, present, w.lps[sibling].vp):
        present = w.lps[sibling].vp
    return _on_its_side(w, lp, classic.next_after(w, lp, present, idle_lp(w, present) >= 0))


@small
def _has_had_less(w: Tables, one: int, other: int) -> bool:
    """Tell whether the turn of `one` would come before that of `other`; both run."""
    lacks, other_lacks = w.vps[one].reserve_left_ns, w.vps[other].reserve_left_ns
    if lacks > 0 or other_lacks > 0:
        return bool(lacks > other_lacks)
    return bool(w.vps[one].virtual_ns + moved_on(w, one) < w.vps[other].virtual_ns + moved_on(w, other))


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
    successor=successor,
    begin_slice=begin_slice,
    companion=companion,
)
