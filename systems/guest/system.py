"""The system Guests."""

from systems.system import System, components


class Guests(System):
    """Runs the tasks of guests on their VPs, burst by burst."""

    why_here = "in the events inside the step: a guest goes on where its VP has run, slept or waited"
    reads = components("""
        AffinitySet Costs Distribution GuestTraps HostState Lifetime LpTopology PartitionLayout RandomKeys RateStep SchedulingParameters Tier VpControls
        VpIdentity
    """)
    writes = components("""
        Attempt CacheDomain Clock ClosedWorkload CodeClock Company GuestBoot GuestLock GuestScheduler GuestThread GuestTimes IoPath Journey
        LpState LpTimes OpenWorkload Request RequestTimes SchedulerState Stretch Task TierGuest TrapState VpState VpTask VpTimes
    """)
