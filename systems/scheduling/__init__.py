"""The scheduling system: virtual processors on logical processors, exact in continuous time."""

from components import (
    AffinitySet,
    CacheDomain,
    Clock,
    ClosedWorkload,
    Costs,
    CpuGroup,
    DeviceServer,
    DispatchRecord,
    Distribution,
    EventSlots,
    GuestLock,
    GuestScheduler,
    GuestThread,
    GuestTimes,
    GuestTraps,
    InterceptRate,
    InterceptRecord,
    IoPath,
    Lifetime,
    LpState,
    LpTimes,
    LpTopology,
    LpTraps,
    MemoryCalls,
    NumaNode,
    OpenWorkload,
    PagingPath,
    PartitionLayout,
    RandomKeys,
    Request,
    RequestTimes,
    SchedulerState,
    SchedulingParameters,
    TrapState,
    VpControls,
    VpIdentity,
    VpInLine,
    VpState,
    VpTimes,
    VpTraps,
    VpWaits,
)
from systems.scheduling.loop import schedule_step
from systems.system import Phase, System, is_finished
from systems.tables import BUFFER_FULL, OK


class SchedulingSystem(System):
    """Runs the event loop of a step: dispatches, slices, caps, bursts, locks, sleeps, arrivals."""

    phase = Phase.SCHEDULING
    why_here = "once demand is known; everything that happens inside the step happens here"
    reads = frozenset(
        {
            Costs,
            Distribution,
            EventSlots,
            LpTopology,
            NumaNode,
            PartitionLayout,
            RandomKeys,
            SchedulingParameters,
            VpControls,
        }
        | {VpIdentity, GuestTraps, InterceptRate}
    )
    writes = frozenset(
        {
            AffinitySet,
            CacheDomain,
            Clock,
            ClosedWorkload,
            CpuGroup,
            DispatchRecord,
            GuestLock,
            GuestScheduler,
            GuestThread,
            GuestTimes,
            Lifetime,
            LpState,
        }
        | {LpTimes, OpenWorkload, Request, RequestTimes, SchedulerState, VpInLine, VpState, VpTimes, VpWaits}
        | {LpTraps, TrapState, VpTraps, InterceptRecord, IoPath, DeviceServer, MemoryCalls, PagingPath}
    )

    def process(self, until: int) -> None:
        """Let everything happen up to `until`, or up to the moment at which the last closed workload is done."""
        w = self.host.tables
        if is_finished(w):
            return
        while (status := schedule_step(w, until)) == BUFFER_FULL:
            self.host.drain_traces()
        if status == OK:
            w.clock[0].stepped_ns = until
