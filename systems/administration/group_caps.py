"""The cap of a CPU group is changed; in the period in progress it counts as that of a VP does (see `caps`)."""

from components.declare import NOBODY
from components.virtual_processor import CAPPED, NO_CAP, READY, RUNNING
from systems.administration.caps import left_after
from systems.kernels.jit import part
from systems.scheduling.dozing import rouse_lp
from systems.scheduling.line import stand_in_line
from systems.scheduling.periods import find_lps, group_event
from systems.scheduling.ready import become_ready
from systems.state.accounting import charge_lp
from systems.state.caps import period_offset
from systems.state.cpu_groups import first_waiting, group_left, stop_waiting, worth
from systems.state.scarcity import change_group_want, note_line
from systems.state.tables import Tables
from systems.state.timers import cancel_timer


@part
def set_group_cap(w: Tables, group: int, budget_ns: int, now: int) -> None:
    """Set what all VPs of `group` may have together in a cap period (ns); NO_CAP for no bound."""
    g = w.cpu_groups[group]
    if g.members == 0 or g.budget_ns == budget_ns:
        g.budget_ns = budget_ns
        return
    for at in range(g.first_member, g.first_member + g.members):
        if w.vps[w.group_members[at]].state == RUNNING:
            charge_lp(w, w.vps[w.group_members[at]].lp, now)
    left = 0 if g.budget_ns == NO_CAP else group_left(w, group, now)
    before = g.budget_ns
    if before == NO_CAP:
        _count_members(w, group)
    _set_budget(w, group, before, budget_ns, left, now)
    if budget_ns == NO_CAP:
        cancel_timer(w, w.schedule.cpu_group, group)
        _let_all_go(w, group, now)
    else:
        group_event(w, group, now)


@part
def _count_members(w: Tables, group: int) -> None:
    """Count what a group without a cap keeps no account of; slices of its VPs end with an event again, for a mate may wait for the place."""
    g = w.cpu_groups[group]
    g.running = 0
    g.admitted = 0
    g.wanted_ns = 0
    for at in range(g.first_member, g.first_member + g.members):
        vp = w.group_members[at]
        state = w.vps[vp].state
        if state in (READY, RUNNING, CAPPED):
            g.wanted_ns += w.vp_controls[vp].want_ns
        if state in (READY, RUNNING):
            g.admitted += 1
        if state == RUNNING:
            g.running += 1
            if w.lps[w.vps[vp].lp].dozes:
                rouse_lp(w, w.vps[vp].lp)


@part
def _set_budget(w: Tables, group: int, before: int, after: int, left: int, now: int) -> None:
    """Set budget, demand, and what the group has used of the period in progress, of which it had `left` ns."""
    g = w.cpu_groups[group]
    period = w.parameters[g.host].cap_period_ns
    wanted_before = g.wanted_ns if before == NO_CAP else min(g.wanted_ns, before)
    wanted_after = g.wanted_ns if after == NO_CAP else min(g.wanted_ns, after)
    pool = w.vp_controls[w.group_members[g.first_member]].pool
    change_group_want(w, pool, wanted_after - wanted_before, now)
    g.budget_ns = after
    if after == NO_CAP:
        return
    local = now + period_offset(period, g.phase_ns)
    rest = period - local % period
    if before == NO_CAP:
        before, left = 0, 0  # what has passed of the period is spent
    g.most = worth(after, period, g.threads)
    g.cap_period = local // period
    g.since_ns = now
    g.used_ns = after - left_after(left, before, after, rest, period)


@part
def _let_all_go(w: Tables, group: int, now: int) -> None:
    """Put all VPs that wait for a place in `group`, which bounds them no longer, in line."""
    released = NOBODY
    vp = first_waiting(w, group)
    while vp >= 0:
        note_line(w, vp, -1)
        stop_waiting(w, vp)
        become_ready(w, vp, now)
        stand_in_line(w, vp)
        w.vps[vp].next_vp = released
        released = vp
        vp = first_waiting(w, group)
    find_lps(w, released, now)
