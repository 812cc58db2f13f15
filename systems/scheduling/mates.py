"""Mates: VPs of one CPU group that has fewer places than VPs that want to run take turns at them."""

from components.declare import NOBODY
from components.host import FAIR
from components.virtual_processor import RUNNING
from systems.kernels.heap import top_key
from systems.kernels.jit import part, rare
from systems.scheduling.line import leave_line, stand_in_line, stands_in_line
from systems.scheduling.placement import is_away, may_use
from systems.scheduling.ready import become_ready, hold_back
from systems.state.cpu_groups import (
    first_waiting,
    group_of,
    last_in_line,
    places,
    stop_waiting,
    turn_of,
    waits_for_place,
)
from systems.state.scarcity import note_line
from systems.state.tables import Tables


@rare
def admit_next(w: Tables, group: int, now: int) -> int:
    """Put the VP of `group` that is next for a place in line, if there is a place; return it, or NOBODY."""
    vp = first_waiting(w, group)
    if vp < 0 or w.cpu_groups[group].admitted >= places(w, group, now):
        return NOBODY
    _admit(w, vp, now)
    return vp


@rare
def _admit(w: Tables, vp: int, now: int) -> None:
    note_line(w, vp, -1)
    stop_waiting(w, vp)
    w.vps[vp].woke = FAIR
    become_ready(w, vp, now)
    stand_in_line(w, vp)


@part
def admit_mate(w: Tables, vp: int, now: int) -> int:
    """Put a VP of the group of `vp`, which has left its LP, in line in its place; return it, or NOBODY."""
    group = group_of(w, vp) if vp >= 0 else NOBODY
    return admit_next(w, group, now) if group >= 0 else NOBODY


@part
def call_mate(w: Tables, vp: int, now: int) -> int:
    """Put the mate whose turn it is, beside the running `vp`, in line for the moment, at the same LP; return it, or NOBODY."""
    group = group_of(w, vp)
    if group < 0 or w.vps[vp].state != RUNNING:
        return NOBODY
    mate = first_waiting(w, group)
    if mate < 0 or top_key(w.held, 1 + group) > turn_of(w, vp):
        return NOBODY
    lp = w.vps[vp].lp
    mate = _on_its_side(w, mate, lp)
    if may_use(w, mate, lp) and not is_away(w, mate, lp):
        w.vps[mate].home_lp = lp
    _admit(w, mate, now)
    return mate


@part
def _on_its_side(w: Tables, mate: int, lp: int) -> int:
    """Return the fellow of `mate`, if that waits for a place too and it is the one that ran on `lp` last; else `mate`."""
    fellow = w.vp_identity[mate].fellow
    if w.policy.companion(w, lp) < 0 or w.vps[mate].ideal_lp == lp or fellow < 0:
        return mate
    return fellow if w.vps[fellow].ideal_lp == lp and waits_for_place(w, fellow) else mate


@rare
def call_fellow(w: Tables, vp: int, lp: int, now: int) -> None:
    """Put the fellow of the running `vp`, if it waits for a place in their group, in line for `lp`, beside it.

    It takes the place of the VP of the group whose turn is last of those in line: a place is of use to who has an LP, and `lp` can run
    nobody else meanwhile. Where none of them stands in line, all places are in use.
    """
    fellow = w.vp_identity[vp].fellow
    group = group_of(w, vp)
    if group < 0 or fellow < 0 or not waits_for_place(w, fellow) or not may_use(w, fellow, lp):
        return
    other = last_in_line(w, group)
    if other >= 0:
        _admit(w, fellow, now)
        leave_line(w, other)
        hold_back(w, other, now)


@part
def send_back(w: Tables, mate: int, now: int) -> None:
    """Return `mate`, if it got no LP, to those that wait for a place; if there is one, its group looks for an LP elsewhere at this instant."""
    if mate >= 0 and stands_in_line(w, mate):
        leave_line(w, mate)
        hold_back(w, mate, now)
