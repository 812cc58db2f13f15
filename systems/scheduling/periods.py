"""Periods: caps and the budgets of groups are renewed at the end of each, reserves granted once a slice or once a period."""

from components.declare import NOBODY
from components.processor import HYPERVISOR, WAKING
from components.trace import HIT_CAP
from components.virtual_processor import READY, RUNNING
from systems.kernels.heap import remove, top, top_key
from systems.kernels.jit import part, rare
from systems.scheduling.handover import next_vp, place, take_next_in_line, turn_companion
from systems.scheduling.leaving import step_off
from systems.scheduling.line import leave_line, stand_in_line, stands_in_line
from systems.scheduling.mates import admit_next
from systems.scheduling.placement import may_use
from systems.scheduling.ready import become_ready, hold_back, is_held_back, set_cap_timer
from systems.scheduling.reserves import grant, set_reserve_timer
from systems.scheduling.waking import wake_lp
from systems.state.accounting import charge_lp, charge_up_to
from systems.state.cpu_groups import (
    is_after_mates,
    places,
    set_group_timer,
    stop_waiting,
    wait_for_place,
    waits_for_place,
)
from systems.state.tables import Tables
from systems.state.timers import set_timer


@rare
def reserve_event(w: Tables, host: int, now: int) -> None:
    """Grant the reserves on `host`, and let the VPs that wait for an LP take the places in line that they then have."""
    h = w.host_states[host]
    for partition in w.residents[h.first_resident : h.first_resident + h.residents]:
        layout = w.layouts[partition]
        if w.vp_controls[layout.first_vp].reserve_ns > 0:
            for vp in range(layout.first_vp, layout.first_vp + layout.vps):
                grant_now(w, vp, now)
    set_reserve_timer(w, host, now)


@part
def grant_now(w: Tables, vp: int, now: int) -> None:
    """Grant `vp` the reserve that it has earned up to `now`; if it waits for an LP, it takes the place that it then has."""
    state = w.vps[vp]
    charge_up_to(w, vp, now)
    waits = state.state == READY and state.lp < 0
    lacks_place = waits_for_place(w, vp)
    if waits:
        leave_line(w, vp)
    elif lacks_place:
        stop_waiting(w, vp)
    grant(w, vp)
    if lacks_place:
        wait_for_place(w, vp, now)
    elif waits and state.reserve_left_ns > 0:
        place(w, vp, now)  # it may have waited for its last LP beside an idle one
    elif waits:
        stand_in_line(w, vp)


@rare
def group_event(w: Tables, group: int, now: int) -> None:
    """Put as many VPs of `group` in line as it has places for now."""
    _take_places(w, group, now)
    released = NOBODY
    vp = admit_next(w, group, now)
    while vp >= 0:
        w.vps[vp].next_vp = released
        released = vp
        vp = admit_next(w, group, now)
    find_lps(w, released, now)
    set_group_timer(w, group, now)


@part
def _take_places(w: Tables, group: int, now: int) -> None:
    """Take VPs of `group` out of the line, and then off their LPs, until it has no more of them than places.

    A cost in progress is not cut: such a VP, and one whose LP wakes for it, leaves when that is over.
    """
    g = w.cpu_groups[group]
    most = places(w, group, now)
    if g.admitted <= most:
        return
    members = w.group_members[g.first_member : g.first_member + g.members]
    for vp in members:
        if g.admitted > most and stands_in_line(w, vp):
            leave_line(w, vp)
            hold_back(w, vp, now)
    for vp in members:
        lp = w.vps[vp].lp
        if g.admitted > most and w.vps[vp].state == RUNNING and w.lps[lp].phase != HYPERVISOR:
            charge_lp(w, lp, now)
            step_off(w, lp, HIT_CAP, now)
            hold_back(w, vp, now)
            next_vp(w, lp, now)


@rare
def cap_event(w: Tables, now: int) -> None:
    """Make the VPs whose caps are renewed now ready again; all stand in line before any gets an LP."""
    released = NOBODY
    vp = top(w.held, 0)
    while vp >= 0 and top_key(w.held, 0) <= now:
        remove(w.held, 0, vp)
        if is_held_back(w, vp, now) or is_after_mates(w, vp):
            hold_back(w, vp, now)
        else:
            become_ready(w, vp, now)
            stand_in_line(w, vp)
            w.vps[vp].next_vp = released
            released = vp
        vp = top(w.held, 0)
    set_cap_timer(w)
    find_lps(w, released, now)


@part
def find_lps(w: Tables, first: int, now: int) -> None:
    """Turn idle LPs to who stands in line, and ask for the turns of the list of VPs from `first` on, which have just joined it."""
    vp = first
    while vp >= 0:
        following = w.vps[vp].next_vp
        _start_idle_lps(w, vp, now)
        if stands_in_line(w, vp):
            _ask_for_turn(w, vp, now)
        vp = following


@part
def _ask_for_turn(w: Tables, vp: int, now: int) -> None:
    """End the slice of the guest VP on the LP in whose run list `vp` waits, so that it gives way if it is others' turn.

    To wait for the end of the slice could cost a VP with a large cap time that it cannot make up for within the period.
    """
    lp = w.vps[vp].home_lp
    if not may_use(w, vp, lp):
        return
    p = w.lps[lp]
    if p.phase <= WAKING or w.vp_identity[p.vp].tied_lp >= 0:
        return
    p.slice_end_ns = now
    if p.phase != HYPERVISOR:
        set_timer(w, w.schedule.processor, lp, now)


@part
def _start_idle_lps(w: Tables, vp: int, now: int) -> None:
    """Turn the idle LPs that `vp` could start on to who is first in line there, until `vp` itself has one or there is none."""
    while stands_in_line(w, vp):
        lp = w.policy.idle_lp(w, vp)
        first = take_next_in_line(w, lp) if lp >= 0 else NOBODY
        if first < 0:
            return
        wake_lp(w, lp, first, now)
        turn_companion(w, lp, now)
