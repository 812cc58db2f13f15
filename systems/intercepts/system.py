"""The system Intercepts."""

from systems.system import System, components


class Intercepts(System):
    """Counts what guest code traps, and has the parent handle some of it."""

    why_here = "in the events inside the step: settled whenever a VP stops running guest code, before it pays"
    reads = components("""
        AffinitySet GuestTraps HostIdentity InterceptRate Lifetime LpState PartitionLayout SchedulingParameters VpControls VpIdentity VpTimes
    """)
    writes = components("""
        GuestScheduler InterceptRecord LpTraps SchedulerState Task TrapState VpState VpTraps
    """)
