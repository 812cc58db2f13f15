"""The verbs of the model: all systems, in the order in which a step calls them."""

from systems.counters import CountersSystem
from systems.demand import DemandSystem
from systems.scheduling import SchedulingSystem
from systems.system import Phase, System
from systems.traces import TracesSystem

SYSTEMS: tuple[type[System], ...] = (
    DemandSystem,  # what arrives within the step must be known before anyone is scheduled
    SchedulingSystem,  # everything that happens inside the step happens here
    CountersSystem,  # after everything that counts
    TracesSystem,  # keeps the sample that the counters have just taken
)
"""The order. `hvecs show systems` prints it with what each system reads and writes."""

__all__ = ["SYSTEMS", "Phase", "System"]
