"""CPU times as they were measured inside a guest, or by the counter of a root VP, turned into native ones.

A guest measures by its own clock: to it, waiting for a memory that is translated twice is work, and so is what the hypervisor does for its
VPs meanwhile. So a time that was measured in a guest on an otherwise idle host with the costs of the scenario is longer than the native one by
`workload.memory_bound` x `host.costs.nested_paging`, and that again by the hypervisor time of its mix of intercepts. The counter of a
root VP (`% Guest Run Time`) knows the first of these only. So many VPs of the guest were busy
beside each other as its own load keeps busy. Left out, for no scenario tells: what others did on the host on which it was
measured, flushes that waited for other VPs, intercepts that the parent handled, interrupts and idle transitions.
"""

from typing import Any

from components.traps import BUSY_OTHERS, RUNNING_OTHERS
from hvecs.engine.traps import TrapPlan, charge_costs, rate_rows
from hvecs.spec.costs import Costs
from hvecs.spec.distributions import Distribution
from hvecs.spec.root_load import nested_slowdown
from hvecs.spec.workload import ClosedWorkload, Lock, OpenWorkload

_NS_PER_S = 1e9


def native_of_guest(
    workload: ClosedWorkload | OpenWorkload, costs: Costs, traps: TrapPlan, vps: int
) -> float:
    """Return which part of a CPU time of this workload, as the file gives it, is native work: 1 where it was measured natively."""
    if workload.measured == "native":
        return 1.0
    return 1 / (
        nested_slowdown(workload.memory_bound, costs)
        * (1 + _hypervisor_share(costs, traps, vps, _others(workload, vps)))
    )


def native_distribution(distribution: Distribution, part: float) -> Distribution:
    """Return a distribution of times that are `part` as long."""
    if part == 1:
        return distribution
    names = {"mean", "low", "high"} & type(distribution).model_fields.keys()
    changes: dict[str, Any] = {name: _times(getattr(distribution, name), part) for name in names}
    values = getattr(distribution, "values", None)
    if values is not None:
        changes["values"] = tuple(_times(value, part) for value in values)
    return distribution.model_copy(update=changes)


def native_closed(workload: ClosedWorkload, part: float) -> ClosedWorkload:
    """Return a closed workload whose CPU times are `part` as long; its sleeps stay."""
    if part == 1:
        return workload
    lock: Lock | None = workload.lock
    if lock is not None:
        lock = lock.model_copy(update={"hold": _times(lock.hold, part)})
    compute = native_distribution(workload.compute, part)
    return workload.model_copy(update={"work": _times(workload.work, part), "compute": compute, "lock": lock})


def _times(time_ns: int, part: float) -> int:
    return max(1, round(time_ns * part)) if time_ns else 0


def _others(workload: ClosedWorkload | OpenWorkload, vps: int) -> float:
    """Return how many other VPs of the guest are busy while one of them is, if nobody else delays it."""
    if isinstance(workload, ClosedWorkload):
        burst, sleep = workload.compute.average_ns, workload.sleep.average_ns
        return min(vps - 1, (workload.threads - 1) * burst / (burst + sleep))
    if workload.arrivals is not None:
        load = workload.service.average_ns / workload.arrivals.average_ns
    else:
        load = workload.service.average_ns * (workload.rate or 0.0) / _NS_PER_S
    return min(vps - 1, workload.threads - 1 if workload.threads else vps, load)


def _hypervisor_share(costs: Costs, traps: TrapPlan, vps: int, others: float) -> float:
    """Return the hypervisor time of a mix, in proportion to guest time, while so many others of its `vps` VPs are busy."""
    cost_ns = charge_costs(costs)[int(traps.is_root)]
    with_others = (RUNNING_OTHERS, BUSY_OTHERS)
    return (
        float(
            sum(
                row.per_s * cost_ns[row.charge] * (others if row.beside in with_others else 1)
                for row in rate_rows(traps, vps)
                if row.charge >= 0
            )
        )
        / _NS_PER_S
    )
