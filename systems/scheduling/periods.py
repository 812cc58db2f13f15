"""Periods: caps are renewed at the end of each, reserves granted once a slice or once a period."""

from components.declare import NOBODY
from components.processor import HYPERVISOR
from components.trace import HIT_CAP
from components.virtual_processor import CAPPED, READY, RUNNING
from systems.kernels.jit import part
from systems.scheduling.cpu_groups import group_left, set_group_timer
from systems.scheduling.dispatch import become_ready, hold_back, is_held_back, step_off, wake_lp
from systems.scheduling.handover import call_companion, next_in_line, next_vp
from systems.scheduling.line import leave_line, stand_in_line, stands_in_line
from systems.scheduling.reserves import grant, set_reserve_timer
from systems.state.accounting import charge_lp, charge_vp
from systems.state.tables import Tables


@part
def reserve_event(w: Tables, now: int) -> None:
    """Grant reserves, and let the VPs that wait for an LP take the places in line that they then have."""
    for vp in w.reserving:
        _grant(w, vp, now)
    set_reserve_timer(w, now)


@part
def _grant(w: Tables, vp: int, now: int) -> None:
    state = w.vps[vp]
    if state.state == RUNNING:
        charge_lp(w, state.lp, now)
    else:
        charge_vp(w, vp, now)
    waits = state.state == READY and state.lp < 0
    if waits:
        leave_line(w, vp)
    grant(w, vp)
    if waits:
        stand_in_line(w, vp)


@part
def group_event(w: Tables, group: int, now: int) -> None:
    """Take all VPs of `group` off their LPs, and out of the queue, if its budget is spent."""
    if group_left(w, group, now) > 0:
        set_group_timer(w, group, now)
        return
    g = w.cpu_groups[group]
    members = w.group_members[g.first_member : g.first_member + g.members]
    for vp in members:
        if w.vps[vp].state == READY and w.vps[vp].lp < 0:
            leave_line(w, vp)
            hold_back(w, vp, now)
    for vp in members:
        lp = w.vps[vp].lp
        if w.vps[vp].state == RUNNING and w.lps[lp].phase != HYPERVISOR:
            charge_lp(w, lp, now)
            step_off(w, lp, HIT_CAP, now)
            hold_back(w, vp, now)
            next_vp(w, lp, now)
    if g.running > 0:
        set_group_timer(w, group, now)


@part
def cap_event(w: Tables, now: int) -> None:
    """Let the VPs that waited for a new period be ready again; all stand in line before any gets an LP."""
    scheduler = w.scheduler[0]
    vp = scheduler.first_capped
    scheduler.first_capped = NOBODY
    scheduler.last_capped = NOBODY
    released = NOBODY
    while vp >= 0:
        state = w.vps[vp]
        following = state.next_vp
        if state.state == CAPPED and is_held_back(w, vp, now):
            hold_back(w, vp, now)
        elif state.state == CAPPED:
            become_ready(w, vp, now)
            stand_in_line(w, vp)
            state.next_vp = released
            released = vp
        vp = following
    while released >= 0:
        following = w.vps[released].next_vp
        _start_idle_lps(w, released, now)
        released = following


@part
def _start_idle_lps(w: Tables, vp: int, now: int) -> None:
    """Let the idle LPs that `vp` could start on run who is first in line there, until `vp` itself has one or there is none."""
    while stands_in_line(w, vp):
        lp = w.policy.idle_lp(w, vp)
        first = next_in_line(w, lp) if lp >= 0 else NOBODY
        if first < 0:
            return
        wake_lp(w, lp, first, now)
        call_companion(w, lp, now)
