"""What changes for a guest's VPs, while they run, when its memory does: how often pages fault, and the pace of its code."""

from components.processor import GUEST
from components.virtual_processor import RUNNING
from systems.guest.bursts import make_progress, suspend_burst
from systems.guest.faults import forget_fault
from systems.kernels.jit import part
from systems.state.tables import Tables


@part
def change_faults(w: Tables, guest: int, every_ns: int, now: int) -> None:
    """Set the mean work (ns) between hard faults of `guest` from `now` on."""
    if w.guests[guest].fault_every_ns == every_ns:
        return
    w.guests[guest].fault_every_ns = every_ns
    _restart(w, guest, now)


@part
def change_paces(w: Tables, guest: int, home_pace: int, away_pace: int, now: int) -> None:
    """Set the paces of the code of `guest` from `now` on: on the node of its memory, and elsewhere."""
    g = w.guests[guest]
    if g.home_pace == home_pace and g.away_pace == away_pace:
        return
    g.home_pace = home_pace
    g.away_pace = away_pace
    _restart(w, guest, now)


@part
def change_small_pace(w: Tables, guest: int, pace: int, now: int) -> None:
    """Set the pace of the code of `guest`, by how much of its memory is mapped by small pages, from `now` on."""
    if w.guests[guest].small_pace != pace:
        w.guests[guest].small_pace = pace
        _restart(w, guest, now)


@part
def _restart(w: Tables, guest: int, now: int) -> None:
    layout = w.layouts[guest]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        state = w.vps[vp]
        runs = state.state == RUNNING and w.lps[state.lp].phase == GUEST
        if runs:
            suspend_burst(w, state.lp, now)
        forget_fault(w, vp)
        if runs:
            make_progress(w, state.lp, now)
