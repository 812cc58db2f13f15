"""How far each VP may fall behind the others of its host before LPs of other lists take it."""

from components.host import PERIOD_BUDGET
from components.partition import NO_WORKLOAD
from systems.kernels.jit import part
from systems.scheduling.reserves import REFERENCE_WEIGHT
from systems.scheduling.run_lists import change_slack
from systems.state.tables import Tables


@part
def set_slacks(w: Tables, host: int) -> None:
    """Set how far each VP of `host` may fall behind: host.scheduling.slack by its weight, or by the mean of all guests' with a workload if that is more.

    A change of one weight moves the mean, and so the slack of every VP lighter than that; so all are gone through, which happens only
    when a weight is set, or when budgets come or go.
    """
    slack = w.parameters[host].slack_ns * REFERENCE_WEIGHT
    mean = _mean_weight(w, host)
    h = w.host_states[host]
    for partition in w.residents[h.first_resident : h.first_resident + h.residents]:
        layout = w.layouts[partition]
        for vp in range(layout.first_vp, layout.first_vp + layout.vps):
            weight = max(w.vp_controls[vp].weight, mean) if mean > 0 else REFERENCE_WEIGHT
            change_slack(w, vp, slack // weight)


@part
def _mean_weight(w: Tables, host: int) -> int:
    """Return the mean weight of the VPs of guests of `host` that have a workload, rounded down; 0 where weights do not count."""
    if w.parameters[host].reserve_mode == PERIOD_BUDGET and w.host_states[host].reserving > 0:
        return 0
    total, count = 0, 0
    h = w.host_states[host]
    for guest in w.residents[h.first_resident : h.first_resident + h.residents]:
        layout = w.layouts[guest]
        if guest != w.hosts[host].root and layout.workload != NO_WORKLOAD:
            for vp in range(layout.first_vp, layout.first_vp + layout.vps):
                total += w.vp_controls[vp].weight
                count += 1
    return total // count if count > 0 else 0
