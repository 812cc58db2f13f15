"""Archetypes: which components an entity of each kind carries."""

from components import (
    change,
    cpu_group,
    devices,
    distribution,
    host,
    io,
    memory,
    migration,
    partition,
    processor,
    sample,
    tier,
    traps,
    virtual_processor,
    workload,
)
from components.declare import Component

Archetype = tuple[type[Component], ...]


def _kind(doc: str, *components: type[Component]) -> tuple[Archetype, str]:
    """Declare what the entities of a kind carry, and what they are."""
    return components, doc


ARCHETYPES: dict[str, tuple[Archetype, str]] = {
    "simulation": _kind(
        "the one simulation: clock, random keys, what all hosts share",
        host.Clock,
        host.SchedulerState,
        host.RandomKeys,
        memory.MemoryProgress,
        migration.ClusterState,
    ),
    "host": _kind(
        "a host: parameters, costs, what is known of it as a whole",
        host.HostIdentity,
        host.HostState,
        host.SchedulingParameters,
        host.Costs,
        host.RootActivity,
        memory.MemoryParameters,
        memory.MemoryState,
        migration.MigrationParameters,
        migration.MigrationState,
    ),
    "logical processor": _kind(
        "an LP", processor.LpTopology, processor.LpState, processor.Stretch, processor.LpTimes, traps.LpTraps
    ),
    "NUMA node": _kind("LPs and the memory beside them", processor.NumaNode),
    "cache domain": _kind("LPs that share a cache (by default a socket)", processor.CacheDomain),
    "code clock": _kind("the clock of one kind of code in a cache domain", processor.CodeClock),
    "affinity set": _kind("LPs that the same VPs may use", processor.AffinitySet),
    "CPU group": _kind("VMs with LPs and a cap in common", cpu_group.CpuGroup),
    "memory node": _kind("the memory of a NUMA node", memory.MemoryNode),
    "page frame": _kind(
        "a frame of machine memory; an entity from when it is first asked for", memory.PageFrame
    ),
    "partition": _kind(
        "the root or a child partition",
        partition.Lifetime,
        partition.PartitionLayout,
        partition.GuestScheduler,
        partition.GuestBoot,
        partition.GuestTimes,
        traps.GuestTraps,
        traps.Company,
        partition.MemoryCalls,
        partition.PagingPath,
        memory.PartitionMemory,
        sample.MemorySample,
    ),
    "closed guest": _kind(
        "further components of a partition with a closed workload",
        workload.ClosedWorkload,
        workload.GuestLock,
    ),
    "open guest": _kind(
        "further components of a partition with an open workload",
        workload.OpenWorkload,
        workload.RequestTimes,
        sample.RequestSample,
        io.IoPath,
    ),
    "dynamic guest": _kind("further component of a partition with Dynamic Memory", memory.DynamicMemory),
    "demanding guest": _kind(
        "further component of a partition whose demand for memory is modelled", memory.MemoryDemand
    ),
    "moving guest": _kind(
        "further component of each partition where there are several hosts: a guest may be on its way to another",
        migration.Migration,
    ),
    "migration end": _kind(
        "where there are several hosts: one end of the live migrations of a partition, two of each",
        migration.MigrationEnd,
        migration.MigrationTimes,
    ),
    "migration link": _kind(
        "where there are several hosts: one direction of the network by which migrations of a host go",
        migration.MigrationLink,
    ),
    "virtual processor": _kind(
        "a VP of a partition",
        virtual_processor.VpIdentity,
        virtual_processor.VpControls,
        virtual_processor.VpState,
        virtual_processor.VpInLine,
        virtual_processor.VpTimes,
        virtual_processor.VpWaits,
        tier.VpTask,
        traps.TrapState,
        traps.VpTraps,
        sample.VpSample,
    ),
    "guest thread": _kind("a thread of a closed workload", workload.GuestThread),
    "distribution": _kind("a distribution of durations", distribution.Distribution),
    "device server": _kind("one of the places at which a device serves an I/O", io.DeviceServer),
    "storage": _kind("a volume or a SAN path that disks of several guests lie on", devices.StorageVolume),
    "storage place": _kind("one of the places at which it serves an I/O", devices.StoragePlace),
    "virtual disk": _kind("the disk of a guest on shared storage", devices.VirtualDisk, devices.DiskTimes),
    "network": _kind("a NIC that guests share, with its virtual switch", devices.VirtualSwitch),
    "network link": _kind("one direction of it", devices.NetworkLink),
    "receive queue": _kind("a ring of packets that the root has not taken yet", devices.ReceiveQueue),
    "virtual adapter": _kind(
        "the adapter of a guest at a virtual switch", devices.VirtualAdapter, devices.AdapterTimes
    ),
    "intercept rate": _kind("something that guest code does at a rate", traps.InterceptRate),
    "tier": _kind(
        "a stream of requests over guests, and its balancer",
        tier.Tier,
        tier.TierScaling,
        tier.TierTimes,
        tier.TierSample,
    ),
    "change": _kind("what is changed at a time that is known before the run", change.Change),
}
