"""A guest's cap is changed: in the period in progress each cap counts for the part of the period in which it holds.

So what a VP may have from the start of the run to the end of any of its periods is the sum of its caps, each times the share of the periods
in which it held. A VP that had spent more than that by the time of the change waits for it, in that period and in the next. Its
periods keep their beginnings. How the product does it is not published.
"""

from components.declare import NOBODY
from components.processor import HYPERVISOR
from components.virtual_processor import CAPPED, NO_CAP, READY, RUNNING
from systems.kernels.jit import part, small
from systems.scheduling.line import leave_line, stand_in_line, stands_in_line
from systems.scheduling.lp_timer import set_lp_timer
from systems.scheduling.periods import find_lps
from systems.scheduling.ready import become_ready, hold_back, is_held_back, release
from systems.state.accounting import cap_left, charge_up_to
from systems.state.caps import cap_offset
from systems.state.scarcity import change_want
from systems.state.tables import Tables


@part
def set_cap(w: Tables, partition: int, cap_ns: int, now: int) -> None:
    """Set the cap of all VPs of `partition`: LP time (ns) in a cap period, NO_CAP for none."""
    layout = w.layouts[partition]
    released = NOBODY
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        charge_up_to(w, vp, now)
        _set_cap_of(w, vp, cap_ns, now)
        if w.vps[vp].state == RUNNING:
            set_timer_of(w, vp, now)
        elif stands_in_line(w, vp) and is_held_back(w, vp, now):
            leave_line(w, vp)
            hold_back(w, vp, now)
        elif w.vps[vp].state == CAPPED and look_again(w, vp, now) == READY:
            w.vps[vp].next_vp = released
            released = vp
    find_lps(w, released, now)


@part
def _set_cap_of(w: Tables, vp: int, cap_ns: int, now: int) -> None:
    """Set cap and demand of `vp`, charged up to `now`, and what it has used of the period in progress."""
    controls = w.vp_controls[vp]
    period = w.parameters[w.vp_identity[vp].host].cap_period_ns
    before = period if controls.cap_ns == NO_CAP else controls.cap_ns
    after = period if cap_ns == NO_CAP else cap_ns
    local = now + cap_offset(w, vp)
    rest = period - local % period
    left = rest if controls.cap_ns == NO_CAP else cap_left(w, vp, now)
    cores = 2 if controls.want_ns > before else 1
    controls.cap_ns = cap_ns
    w.vps[vp].cap_period = local // period
    w.vps[vp].cap_used_ns = after - left_after(left, before, after, rest, period)
    change_want(w, vp, after * cores, now)


@small
def left_after(left_ns: int, before_ns: int, after_ns: int, rest_ns: int, period_ns: int) -> int:
    """Return what is left of a period's budget, of which `left_ns` were, when the budget changes with `rest_ns` of the period to go."""
    return left_ns + (after_ns - before_ns) * rest_ns // period_ns


@part
def set_timer_of(w: Tables, vp: int, now: int) -> None:
    """Set the timer of the LP on which `vp` runs anew, unless it is in a cost, which is not cut."""
    lp = w.vps[vp].lp
    if w.lps[lp].phase != HYPERVISOR:
        set_lp_timer(w, lp, now)


@part
def look_again(w: Tables, vp: int, now: int) -> int:
    """Look whether anything still holds `vp` back, which is CAPPED: it stays so, or is READY and in line; return which."""
    release(w, vp)
    if is_held_back(w, vp, now):
        hold_back(w, vp, now)
        return CAPPED
    become_ready(w, vp, now)
    stand_in_line(w, vp)
    return READY
