"""Periods: caps are renewed at the end of each, reserves granted once a slice or once a period."""

from components.declare import NOBODY
from components.virtual_processor import CAPPED, READY, RUNNING
from systems.kernels.jit import part
from systems.scheduling import classic
from systems.scheduling.accounting import charge_lp, charge_vp
from systems.scheduling.dispatch import find_lp
from systems.scheduling.reserves import grant, set_reserve_timer
from systems.tables import Tables


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
        classic.unqueue_vp(w, vp)
    grant(w, vp)
    if waits:
        classic.queue_vp(w, vp)


@part
def cap_event(w: Tables, now: int) -> None:
    """Let the VPs that waited for a new period be ready again, in the order in which they were held back."""
    scheduler = w.scheduler[0]
    vp = scheduler.first_capped
    scheduler.first_capped = NOBODY
    scheduler.last_capped = NOBODY
    while vp >= 0:
        following = w.vps[vp].next_vp
        if w.vps[vp].state == CAPPED:
            find_lp(w, vp, now)
        vp = following
