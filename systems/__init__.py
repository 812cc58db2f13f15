"""The verbs of the model: all systems, in the order in which a step calls them."""

from systems.counters.counters import CountersSystem
from systems.counters.traces import TracesSystem
from systems.guest.demand import DemandSystem
from systems.memory.admission import AdmissionSystem
from systems.memory.balancing import BalancingSystem
from systems.memory.demand import MemoryDemandSystem
from systems.memory.paging import PagingSystem
from systems.scheduling import SchedulingSystem
from systems.system import Phase, System

SYSTEMS: tuple[type[System], ...] = (
    DemandSystem,  # what arrives within the step must be known before anyone is scheduled
    AdmissionSystem,  # a guest that gets no memory does not start within the step
    SchedulingSystem,  # everything that happens inside the step happens here
    MemoryDemandSystem,  # what guests commit at the end of the step, if the run has not ended before
    PagingSystem,  # guests notice what the last balancing gave or took
    BalancingSystem,  # moves memory by what guests report at the end of the step
    CountersSystem,  # after everything that counts
    TracesSystem,  # keeps the sample that the counters have just taken
)
"""The order. `hvecs show systems` prints it with what each system reads and writes."""

__all__ = ["SYSTEMS", "Phase", "System"]
