"""The system Interrupts."""

from systems.system import System, components


class Interrupts(System):
    """Raises, coalesces and delivers interrupts: of timers, devices, other VPs, and over VMBus."""

    why_here = "in the events inside the step: an interrupt is raised where something happens, delivered where a VP runs"
    reads = components("GuestTraps HostIdentity LpState PartitionLayout RequestTimes Task VpIdentity")
    writes = components(
        "Company GuestScheduler InterceptRecord LpTraps SchedulerState TrapState VpState VpTraps"
    )
