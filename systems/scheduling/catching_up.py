"""Catching up: what one LP could not give a VP is no credit of it against others for ever.

A VP that is alone on its LP, and has more weight than an LP can honour, falls behind the others of its affinity set without end. It would keep the LP
from all who come later until they have had as much. So at the end of a slice it keeps a credit of one horizon beside those who wait.
"""

from systems.kernels.jit import part, small
from systems.scheduling.list_trees import first_due
from systems.scheduling.reserves import at_weight, weight_of
from systems.scheduling.run_lists import at_head
from systems.state.tables import Tables


@part
def forget_credit(w: Tables, lp: int) -> None:
    """Cut the credit of the VP on `lp`, whose slice is over, beside those of its affinity set who wait.

    What CPU groups are behind is theirs as a whole (see `policies.classic`).
    """
    p = w.lps[lp]
    if w.vp_controls[p.vp].cpu_group >= 0:
        return
    run_list = first_due(w, w.vp_controls[p.vp].affinity_set)
    if run_list < 0:
        return
    first = at_head(w, run_list)
    turn = at_weight(w.parameters[w.vp_identity[first].host].slice_ns, weight_of(w, first))
    slack = w.vp_controls[p.vp].slack_ns
    served = w.vps[first].virtual_ns - turn  # it may be ahead by the slice that it has had
    w.vps[p.vp].virtual_ns = max(w.vps[p.vp].virtual_ns, served - _horizon_of(w, p.vp) - 2 * slack)


@small
def _horizon_of(w: Tables, vp: int) -> int:
    """Return the virtual time (ns at weight 100) that a cap may keep from `vp` in a period and a slice."""
    parameters = w.parameters[w.vp_identity[vp].host]
    return at_weight(parameters.cap_period_ns + parameters.slice_ns, weight_of(w, vp))
