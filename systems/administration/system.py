from systems.administration.changes import schedule_changes
from systems.administration.memory_settings import set_memory
from systems.system import System, components


class Administration(System):
    """Makes the changes that a scenario lists as [[event]]: settings of guests and CPU groups, guests started, stopped, paused, saved and migrated, hosts that fail.

    Leaves out what each of them takes in the product: the time that an administrator's tools need, and the root's work for it.
    """

    kernel = staticmethod(set_memory)
    begin = staticmethod(schedule_changes)
    why_here = "after the starts of the step, which go by the settings before it; all but memory is changed in events"
    reads = components(
        "Clock GuestTraps HostIdentity LpTopology PartitionLayout SchedulingParameters VpIdentity"
    )
    writes = components("""
        AffinitySet Change ClusterState Company CpuGroup DynamicMemory HostState Lifetime LpState LpTimes MemoryProgress
        Migration TrapState VpControls VpState VpTimes
    """)
