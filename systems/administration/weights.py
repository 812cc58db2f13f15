"""A guest's weight is changed: what its VPs have had stays what it was, and from then on LP time is scaled by the new one."""

from components.host import RESERVE_FIRST
from systems.kernels.jit import part
from systems.scheduling.periods import grant_now
from systems.scheduling.reserves import weight_of
from systems.scheduling.slacks import set_slacks
from systems.state.accounting import charge_up_to
from systems.state.tables import Tables


@part
def set_weight(w: Tables, partition: int, weight: int, now: int) -> None:
    """Set the weight of all VPs of `partition`; nobody loses an LP for it before the slice in progress is over."""
    layout = w.layouts[partition]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        charge_up_to(w, vp, now)
        if w.vp_controls[vp].reserve_ns > 0 and w.parameters[layout.host].reserve_mode == RESERVE_FIRST:
            grant_now(w, vp, now)  # what it has earned so far counts by the old weight
        before = weight_of(w, vp)
        w.vp_controls[vp].weight = weight
        w.vps[vp].virtual_rest = w.vps[vp].virtual_rest * weight_of(w, vp) // before
    set_slacks(w, layout.host)
