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

ARCHETYPES: dict[str, tuple[Archetype, str]] = {
    "simulation": (
        (host.Clock, host.SchedulerState, host.RandomKeys, memory.MemoryProgress, migration.ClusterState),
        "the one simulation: clock, random keys, what all hosts share",
    ),
    "host": (
        (
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
        "a host: parameters, costs, what is known of it as a whole",
    ),
    "logical processor": (
        (processor.LpTopology, processor.LpState, processor.Stretch, processor.LpTimes, traps.LpTraps),
        "an LP",
    ),
    "NUMA node": ((processor.NumaNode,), "LPs and the memory beside them"),
    "cache domain": ((processor.CacheDomain,), "LPs that share a cache (by default a socket)"),
    "code clock": ((processor.CodeClock,), "the clock of one kind of code in a cache domain"),
    "affinity set": ((processor.AffinitySet,), "LPs that the same VPs may use"),
    "CPU group": ((cpu_group.CpuGroup,), "VMs with LPs and a cap in common"),
    "memory node": ((memory.MemoryNode,), "the memory of a NUMA node"),
    "page frame": (
        (memory.PageFrame,),
        "a frame of machine memory; an entity from when it is first asked for",
    ),
    "partition": (
        (
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
        "the root or a child partition",
    ),
    "closed guest": (
        (workload.ClosedWorkload, workload.GuestLock),
        "further components of a partition with a closed workload",
    ),
    "open guest": (
        (workload.OpenWorkload, workload.RequestTimes, sample.RequestSample, io.IoPath),
        "further components of a partition with an open workload",
    ),
    "dynamic guest": ((memory.DynamicMemory,), "further component of a partition with Dynamic Memory"),
    "demanding guest": (
        (memory.MemoryDemand,),
        "further component of a partition whose demand for memory is modelled",
    ),
    "moving guest": (
        (migration.Migration,),
        "further component of each partition where there are several hosts: a guest may be on its way to another",
    ),
    "migration end": (
        (migration.MigrationEnd, migration.MigrationTimes),
        "where there are several hosts: one end of the live migrations of a partition, two of each",
    ),
    "migration link": (
        (migration.MigrationLink,),
        "where there are several hosts: one direction of the network by which migrations of a host go",
    ),
    "virtual processor": (
        (
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
        "a VP of a partition",
    ),
    "guest thread": ((workload.GuestThread,), "a thread of a closed workload"),
    "distribution": ((distribution.Distribution,), "a distribution of durations"),
    "device server": ((io.DeviceServer,), "one of the places at which a device serves an I/O"),
    "storage": ((devices.StorageVolume,), "a volume or a SAN path that disks of several guests lie on"),
    "storage place": ((devices.StoragePlace,), "one of the places at which it serves an I/O"),
    "virtual disk": ((devices.VirtualDisk, devices.DiskTimes), "the disk of a guest on shared storage"),
    "network": ((devices.VirtualSwitch,), "a NIC that guests share, with its virtual switch"),
    "network link": ((devices.NetworkLink,), "one direction of it"),
    "receive queue": ((devices.ReceiveQueue,), "a ring of packets that the root has not taken yet"),
    "virtual adapter": (
        (devices.VirtualAdapter, devices.AdapterTimes),
        "the adapter of a guest at a virtual switch",
    ),
    "intercept rate": ((traps.InterceptRate,), "something that guest code does at a rate"),
    "tier": (
        (tier.Tier, tier.TierScaling, tier.TierTimes, tier.TierSample),
        "a stream of requests over guests, and its balancer",
    ),
    "change": ((change.Change,), "what is changed at a time that is known before the run"),
}
