"""The system Scheduling."""

from systems.scheduling.lifetime import schedule_starts
from systems.system import System, components


class Scheduling(System):
    """Puts virtual processors on logical processors, exact in continuous time."""

    why_here = "last of those that own events, all of which happen at its turn, once demand is known"
    begin = staticmethod(schedule_starts)
    reads = components("""
        Costs GuestBoot GuestTraps HostIdentity LpTopology MigrationState NumaNode OpenWorkload PartitionLayout RandomKeys RequestTimes RootActivity
        SchedulingParameters VpIdentity
    """)
    writes = components("""
        AffinitySet Clock ClosedWorkload Company CpuGroup DispatchRecord GuestScheduler GuestTimes HostState InterceptRecord IoPath Journey
        Lifetime LpState LpTimes LpTraps Request SchedulerState Task TrapState VpControls VpInLine VpState VpTimes VpTraps VpWaits
    """)
