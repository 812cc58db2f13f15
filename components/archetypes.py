"""Archetypes: which components an entity of each kind carries."""

from components.change import Change
from components.cpu_group import CpuGroup
from components.declare import Component
from components.devices import (
    AdapterTimes,
    DiskTimes,
    NetworkLink,
    ReceiveQueue,
    StoragePlace,
    StorageVolume,
    VirtualAdapter,
    VirtualDisk,
    VirtualSwitch,
)
from components.distribution import Distribution
from components.host import (
    Clock,
    Costs,
    HostIdentity,
    HostState,
    RandomKeys,
    RootActivity,
    SchedulerState,
    SchedulingParameters,
)
from components.io import DeviceServer, IoPath
from components.memory import (
    DynamicMemory,
    MemoryDemand,
    MemoryNode,
    MemoryParameters,
    MemoryProgress,
    MemoryState,
    PageFrame,
    PartitionMemory,
)
from components.migration import (
    ClusterState,
    Migration,
    MigrationEnd,
    MigrationLink,
    MigrationParameters,
    MigrationState,
    MigrationTimes,
)
from components.partition import (
    GuestBoot,
    GuestScheduler,
    GuestTimes,
    Lifetime,
    MemoryCalls,
    PagingPath,
    PartitionLayout,
)
from components.processor import (
    AffinitySet,
    CacheDomain,
    CodeClock,
    LpState,
    LpTimes,
    LpTopology,
    NumaNode,
    Stretch,
)
from components.sample import MemorySample, RequestSample, VpSample
from components.tier import Tier, TierSample, TierScaling, TierTimes, VpTask
from components.traps import Company, GuestTraps, InterceptRate, LpTraps, TrapState, VpTraps
from components.virtual_processor import VpControls, VpIdentity, VpInLine, VpState, VpTimes, VpWaits
from components.workload import (
    ClosedWorkload,
    GuestLock,
    GuestThread,
    OpenWorkload,
    RequestTimes,
)

Archetype = tuple[type[Component], ...]

SIMULATION: Archetype = (Clock, SchedulerState, RandomKeys, MemoryProgress, ClusterState)
HOST: Archetype = (
    HostIdentity,
    HostState,
    SchedulingParameters,
    Costs,
    RootActivity,
    MemoryParameters,
    MemoryState,
    MigrationParameters,
    MigrationState,
)
LOGICAL_PROCESSOR: Archetype = (LpTopology, LpState, Stretch, LpTimes, LpTraps)
CACHE_DOMAIN: Archetype = (CacheDomain,)
CODE_CLOCK: Archetype = (CodeClock,)
NUMA_NODE: Archetype = (NumaNode,)
AFFINITY_SET: Archetype = (AffinitySet,)
CPU_GROUP: Archetype = (CpuGroup,)
MEMORY_NODE: Archetype = (MemoryNode,)
PAGE_FRAME: Archetype = (PageFrame,)
PARTITION: Archetype = (
    Lifetime,
    PartitionLayout,
    GuestScheduler,
    GuestBoot,
    GuestTimes,
    GuestTraps,
    Company,
    MemoryCalls,
    PagingPath,
    PartitionMemory,
    MemorySample,
)
DYNAMIC_GUEST: Archetype = (DynamicMemory,)
DEMANDING_GUEST: Archetype = (MemoryDemand,)
MOVING_GUEST: Archetype = (Migration,)
MIGRATION_END: Archetype = (MigrationEnd, MigrationTimes)
MIGRATION_LINK: Archetype = (MigrationLink,)
CLOSED_GUEST: Archetype = (ClosedWorkload, GuestLock)
OPEN_GUEST: Archetype = (OpenWorkload, RequestTimes, RequestSample, IoPath)
VIRTUAL_PROCESSOR: Archetype = (
    VpIdentity,
    VpControls,
    VpState,
    VpInLine,
    VpTimes,
    VpWaits,
    VpTask,
    TrapState,
    VpTraps,
    VpSample,
)
GUEST_THREAD: Archetype = (GuestThread,)
DISTRIBUTION: Archetype = (Distribution,)
DEVICE_SERVER: Archetype = (DeviceServer,)
STORAGE: Archetype = (StorageVolume,)
STORAGE_PLACE: Archetype = (StoragePlace,)
VIRTUAL_DISK: Archetype = (VirtualDisk, DiskTimes)
NETWORK: Archetype = (VirtualSwitch,)
NETWORK_LINK: Archetype = (NetworkLink,)
RECEIVE_QUEUE: Archetype = (ReceiveQueue,)
VIRTUAL_ADAPTER: Archetype = (VirtualAdapter, AdapterTimes)
INTERCEPT_RATE: Archetype = (InterceptRate,)
CHANGE: Archetype = (Change,)
TIER: Archetype = (Tier, TierScaling, TierTimes, TierSample)

ARCHETYPES: dict[str, tuple[Archetype, str]] = {
    "simulation": (SIMULATION, "the one simulation: clock, random keys, what all hosts share"),
    "host": (HOST, "a host: parameters, costs, what is known of it as a whole"),
    "logical processor": (LOGICAL_PROCESSOR, "an LP"),
    "NUMA node": (NUMA_NODE, "LPs and the memory beside them"),
    "cache domain": (CACHE_DOMAIN, "LPs that share a cache (by default a socket)"),
    "code clock": (CODE_CLOCK, "the clock of one kind of code in a cache domain"),
    "affinity set": (AFFINITY_SET, "LPs that the same VPs may use"),
    "CPU group": (CPU_GROUP, "VMs with LPs and a cap in common"),
    "memory node": (MEMORY_NODE, "the memory of a NUMA node"),
    "page frame": (PAGE_FRAME, "a frame of machine memory; an entity from when it is first asked for"),
    "partition": (PARTITION, "the root or a child partition"),
    "closed guest": (CLOSED_GUEST, "further components of a partition with a closed workload"),
    "open guest": (OPEN_GUEST, "further components of a partition with an open workload"),
    "dynamic guest": (DYNAMIC_GUEST, "further component of a partition with Dynamic Memory"),
    "demanding guest": (
        DEMANDING_GUEST,
        "further component of a partition whose demand for memory is modelled",
    ),
    "moving guest": (
        MOVING_GUEST,
        "further component of each partition where there are several hosts: a guest may be on its way to another",
    ),
    "migration end": (
        MIGRATION_END,
        "where there are several hosts: one end of the live migrations of a partition, two of each",
    ),
    "migration link": (
        MIGRATION_LINK,
        "where there are several hosts: one direction of the network by which migrations of a host go",
    ),
    "virtual processor": (VIRTUAL_PROCESSOR, "a VP of a partition"),
    "guest thread": (GUEST_THREAD, "a thread of a closed workload"),
    "distribution": (DISTRIBUTION, "a distribution of durations"),
    "device server": (DEVICE_SERVER, "one of the places at which a device serves an I/O"),
    "storage": (STORAGE, "a volume or a SAN path that disks of several guests lie on"),
    "storage place": (STORAGE_PLACE, "one of the places at which it serves an I/O"),
    "virtual disk": (VIRTUAL_DISK, "the disk of a guest on shared storage"),
    "network": (NETWORK, "a NIC that guests share, with its virtual switch"),
    "network link": (NETWORK_LINK, "one direction of it"),
    "receive queue": (RECEIVE_QUEUE, "a ring of packets that the root has not taken yet"),
    "virtual adapter": (VIRTUAL_ADAPTER, "the adapter of a guest at a virtual switch"),
    "intercept rate": (INTERCEPT_RATE, "something that guest code does at a rate"),
    "tier": (TIER, "a stream of requests over guests, and its balancer"),
    "change": (CHANGE, "what is changed at a time that is known before the run"),
}
