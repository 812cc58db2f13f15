"""The system Migrations."""

from systems.cluster.balancing import begin_balancing
from systems.cluster.failover import next_failover, set_failover
from systems.system import System, components


class Migrations(System):
    """Moves guests from host to host while they run, and restarts those of a host that has failed on others.

    Leaves out: pages that compress better than others, a guest that is slowed so that it writes less, what a failed transfer costs, and
    storage, which hosts share.
    """

    kernel = staticmethod(set_failover)
    begin = staticmethod(begin_balancing)
    ends_step = staticmethod(next_failover)
    why_here = "restarts of guests that are due within the step; all else in events, that work on guests and memory alike"
    reads = components(
        "AffinitySet HostIdentity LpTopology MemoryParameters MigrationParameters OpenWorkload RootActivity SchedulingParameters"
    )
    writes = components("""
        Change Clock ClusterState Company DynamicMemory GuestScheduler GuestTimes GuestTraps HostState Journey Lifetime LpState LpTimes
        MemoryCalls MemoryNode MemoryOperation MemoryProgress MemoryState Migration MigrationEnd MigrationLink MigrationRecord
        MigrationState MigrationTimes NetworkLink PageFrame PartitionLayout PartitionMemory SchedulerState Task TrapState VpControls
        VpIdentity VpState VpTimes
    """)
