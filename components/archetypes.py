"""Archetypes: which components an entity of each kind carries."""

import components
from components.declare import Component

Archetype = tuple[type[Component], ...]


def _kind(doc: str, carries: str) -> tuple[Archetype, str]:
    """Declare a kind of entity: what it is, and the names of the components that it carries, which spaces part."""
    return tuple(getattr(components, name) for name in carries.split()), doc


ARCHETYPES: dict[str, tuple[Archetype, str]] = {
    "simulation": _kind(
        "the one simulation: clock, random keys, what all hosts share",
        "Clock SchedulerState RandomKeys MemoryProgress ClusterState",
    ),
    "host": _kind(
        "a host: parameters, costs, what is known of it as a whole",
        "HostIdentity HostState SchedulingParameters Costs RootActivity MemoryParameters MemoryState "
        "MigrationParameters MigrationState",
    ),
    "logical processor": _kind("an LP", "LpTopology LpState Stretch LpTimes LpTraps"),
    "NUMA node": _kind("LPs and the memory beside them", "NumaNode"),
    "cache domain": _kind("LPs that share a cache (by default a socket)", "CacheDomain"),
    "code clock": _kind("the clock of one kind of code in a cache domain", "CodeClock"),
    "affinity set": _kind("LPs that the same VPs may use", "AffinitySet"),
    "CPU group": _kind("VMs with LPs and a cap in common", "CpuGroup"),
    "memory node": _kind("the memory of a NUMA node", "MemoryNode"),
    "page frame": _kind("a frame of machine memory; an entity from when it is first asked for", "PageFrame"),
    "partition": _kind(
        "the root or a child partition",
        "Lifetime PartitionLayout GuestScheduler GuestBoot GuestTimes GuestTraps Company MemoryCalls "
        "PagingPath PartitionMemory MemorySample",
    ),
    "closed guest": _kind(
        "further components of a partition with a closed workload", "ClosedWorkload GuestLock"
    ),
    "open guest": _kind(
        "further components of a partition with an open workload",
        "OpenWorkload RequestTimes RequestSample IoPath",
    ),
    "dynamic guest": _kind("further component of a partition with Dynamic Memory", "DynamicMemory"),
    "demanding guest": _kind(
        "further component of a partition whose demand for memory is modelled", "MemoryDemand"
    ),
    "moving guest": _kind(
        "further component of each partition where there are several hosts: a guest may be on its way to another",
        "Migration",
    ),
    "migration end": _kind(
        "where there are several hosts: one end of the live migrations of a partition, two of each",
        "MigrationEnd MigrationTimes",
    ),
    "migration link": _kind(
        "where there are several hosts: one direction of the network by which migrations of a host go",
        "MigrationLink",
    ),
    "virtual processor": _kind(
        "a VP of a partition",
        "VpIdentity VpControls VpState VpInLine VpTimes VpWaits VpTask TrapState VpTraps VpSample",
    ),
    "guest thread": _kind("a thread of a closed workload", "GuestThread"),
    "distribution": _kind("a distribution of durations", "Distribution"),
    "device server": _kind("one of the places at which a device serves an I/O", "DeviceServer"),
    "storage": _kind("a volume or a SAN path that disks of several guests lie on", "StorageVolume"),
    "storage place": _kind("one of the places at which it serves an I/O", "StoragePlace"),
    "virtual disk": _kind("the disk of a guest on shared storage", "VirtualDisk DiskTimes"),
    "network": _kind("a NIC that guests share, with its virtual switch", "VirtualSwitch"),
    "network link": _kind("one direction of it", "NetworkLink"),
    "receive queue": _kind("a ring of packets that the root has not taken yet", "ReceiveQueue"),
    "virtual adapter": _kind("the adapter of a guest at a virtual switch", "VirtualAdapter AdapterTimes"),
    "intercept rate": _kind("something that guest code does at a rate", "InterceptRate"),
    "tier": _kind(
        "a stream of requests over guests, and its balancer", "Tier TierScaling TierTimes TierSample"
    ),
    "change": _kind("what is changed at a time that is known before the run", "Change"),
}
