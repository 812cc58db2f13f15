"""The root's own load as native CPU time, whichever way it was given."""

from hvecs.spec.costs import Costs
from hvecs.spec.scenario import Scenario
from hvecs.spec.topology import root_lps
from hvecs.spec.workload import RequestWorkload


def root_load(scenario: Scenario) -> float:
    """Return the native CPU time of the root's own load, as a share of each root VP."""
    root = scenario.root
    if root.measured_cpu is None:
        return root.background_cpu / 100
    return root.measured_cpu / 100 / nested_slowdown(root.memory_bound, scenario.host.costs)


def root_requests_load(scenario: Scenario) -> float:
    """Return the native CPU time that requests at the root ask for in the mean of the run, in LPs."""
    workload = scenario.root.workload
    if not isinstance(workload, RequestWorkload):
        return 0.0
    rates = workload.rates(len(root_lps(scenario)))
    times = 1.0 if rates is None else rates.mean(0, scenario.scenario.duration)
    return times * workload.service.average_ns / max(workload.interarrival.average_ns, 1.0)


def nested_slowdown(memory_bound_pct: float, costs: Costs) -> float:
    """Return how much longer code takes in a partition that is alone, for its memory is translated twice."""
    return 1 + memory_bound_pct / 100 * costs.nested_paging / 100
