"""How often a guest takes hard page faults, changed while its VPs run."""

from components.processor import GUEST
from components.virtual_processor import RUNNING
from systems.kernels.jit import part
from systems.scheduling.bursts import make_progress, suspend_burst
from systems.scheduling.faults import forget_fault
from systems.tables import Tables


@part
def change_faults(w: Tables, guest: int, every_ns: int, now: int) -> None:
    """Let hard faults of `guest` come once in `every_ns` of work, on average, from `now` on."""
    if w.guests[guest].fault_every_ns == every_ns:
        return
    w.guests[guest].fault_every_ns = every_ns
    layout = w.layouts[guest]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        state = w.vps[vp]
        runs = state.state == RUNNING and w.lps[state.lp].phase == GUEST
        if runs:
            suspend_burst(w, state.lp, now)
        forget_fault(w, vp)
        if runs:
            make_progress(w, state.lp, now)
