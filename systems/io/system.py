"""The system Io."""

from systems.system import System, components


class Io(System):
    """Takes requests and pages through the root and its devices."""

    why_here = "in the events inside the step: a request goes on where the root, a device or the disk is done with it"
    reads = components("""
        ClusterState Costs Distribution GuestThread GuestTraps HostIdentity Lifetime MigrationParameters OpenWorkload PartitionLayout
        RandomKeys VirtualSwitch VpIdentity
    """)
    writes = components("""
        AdapterTimes Clock DeviceServer DiskTimes GuestScheduler GuestTimes HostState InterceptRecord IoPath Journey Migration MigrationEnd
        MigrationLink MigrationTimes NetworkLink PageRead PagingPath ReceiveQueue Request RequestTimes SchedulerState StoragePlace
        StorageVolume Task TrapState VirtualAdapter VirtualDisk VpState
    """)
