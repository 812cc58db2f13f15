"""The line of guest VPs that wait for an LP: the policy orders it; who in it could use a spinner's LP is noted beside it."""

from systems.guest.peers import ELIGIBLE, is_eligible, join_peers, leave_peers
from systems.kernels.jit import part, small
from systems.scheduling.dozing import rouse
from systems.state.cpu_groups import join_group_line, leave_group_line
from systems.state.scarcity import note_line
from systems.state.tables import Tables


@part
def stand_in_line(w: Tables, vp: int) -> None:
    """Put the ready `vp` into the run queue."""
    note_line(w, vp, 1)
    w.policy.enqueue(w, vp)
    join_group_line(w, vp)
    affinity = w.vp_controls[vp].affinity_set
    w.affinity_sets[affinity].waiting += 1
    if w.affinity_sets[affinity].waiting == 1:
        rouse(w, affinity)
    if is_eligible(w, vp):
        join_peers(w, ELIGIBLE, vp)


@part
def leave_line(w: Tables, vp: int) -> None:
    """Take `vp` out of the line."""
    note_line(w, vp, -1)
    if is_eligible(w, vp):
        leave_peers(w, vp)
    w.affinity_sets[w.vp_controls[vp].affinity_set].waiting -= 1
    w.policy.dequeue(w, vp)
    leave_group_line(w, vp)


@part
def go_behind(w: Tables, vp: int) -> None:
    """Move `vp`, which stands in line and gave way, behind others."""
    if is_eligible(w, vp):
        leave_peers(w, vp)
    w.policy.pass_over(w, vp)
    if is_eligible(w, vp):
        join_peers(w, ELIGIBLE, vp)


@small
def stands_in_line(w: Tables, vp: int) -> bool:
    """Tell whether `vp` stands in any queue."""
    return bool(w.in_line[vp].run_list >= 0 or w.entitled.position[vp] >= 0)
