"""The root's own load as native CPU time, whichever way it was given."""

from hvecs.spec.costs import Costs
from hvecs.spec.scenario import Scenario


def root_load(scenario: Scenario) -> float:
    """Return the native CPU time of the root's own load, as a share of each root VP."""
    root = scenario.root
    if root.measured_cpu is None:
        return root.background_cpu / 100
    return root.measured_cpu / 100 / nested_slowdown(root.memory_bound, scenario.host.costs)


def nested_slowdown(memory_bound_pct: float, costs: Costs) -> float:
    """Return how much longer code takes in a partition that is alone, for its memory is translated twice."""
    return 1 + memory_bound_pct / 100 * costs.nested_paging / 100
