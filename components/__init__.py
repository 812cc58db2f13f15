"""The nouns of the model: every component and every archetype. A reader learns the state of a run from this file.

Simulation: the one entity that carries what all hosts share
    Clock                 where the simulation stands; step, sampling interval, end
    SchedulerState        counters and list heads of the event loop
    RandomKeys            a key for each random stream
    MemoryProgress        the next start or stop, the trace of memory operations

Hosts
    HostIdentity          where its rows lie, its root
    HostState             what is known of it as a whole: its partitions, reserves, shared cores
    SchedulingParameters  slice, cap period, what reserves, long spins and wake-ups do
    Costs                 what a dispatch, a wake-up, a cold cache, a busy sibling, a page from disk cost; traps: charge_ns
    RootActivity          what the idle root does by itself
    MemoryParameters      sizes, rates, policy, costs of memory
    MemoryState           what waits for memory; what the hypervisor holds

Logical processors
    LpTopology            cache domain, core, NUMA node, root VP, affinity sets
    LpState               idle, waking, in the hypervisor, refilling, in the guest, spinning; which VP
    Stretch               the guest code that it runs at one pace, and where that time has gone so far
    LpTimes               where its time went
    LpTraps               its interrupts, its halts
    NumaNode              the LPs of a node
    CacheDomain           the LPs that share a cache and a part of the memory bus, and what is in the cache
    CodeClock             a clock of work in it, common to all that run one kind of code
    AffinitySet           the LPs that some VPs may use, and the virtual time of those VPs
    CpuGroup              the budget of the VMs in a CPU group

Memory
    MemoryNode            the frames of a NUMA node, and which are free
    PageFrame             owner, guest page, state, node, mapping, touched
    PartitionMemory       what a partition sees, holds, has given up, has touched
    MemorySample          how it was mapped at the last sample
    DynamicMemory         settings of a guest with Dynamic Memory, its goal, what it gained and lost
    MemoryDemand          how a guest's memory is wanted and touched
    DemandPoint           a point of that over time: a row of a table, no entity

Partitions
    Lifetime              when it starts and stops
    PartitionLayout       its VPs, threads, workload
    GuestScheduler        the guest's queue of ready tasks and list of idle VPs; when a spin is long
    GuestBoot             how the guest boots, and how far it is
    GuestTimes            queueing and bursts
    GuestTraps            how its VPs trap: its mix of instructions, its timer, its enlightenments
    Company               how many of its VPs run and are busy, and the answers that they wait for
    MemoryCalls           what the root has still to ask of the hypervisor for its memory
    PagingPath            how pages from disk come to it by way of the root
    ClosedWorkload        a pool of work for a set of threads
    GuestLock             the critical section of those threads
    OpenWorkload          requests that arrive whatever the host does
    RequestTimes          arrivals, completions, response times
    RequestSample         its requests at the last sample
    RateStep              a stretch of time with one rate of requests: a row of a table, no entity
    LifeSpan              a time from a start to a stop: a row of a table, no entity
    IoPath                how its requests use the root and a device

Live migration
    MigrationParameters   what a host allows, and how it sends
    MigrationState        whether guests may come to it, and what waits for others
    MigrationLink         what migrations share of a link of a host
    ClusterState          the lists of migrations that wait and that are under way
    Migration             where that of a guest stands
    MigrationEnd          what Windows shows of it on the host that sends, or that receives
    MigrationTimes        time and bytes of all migrations of a guest, at one of these ends
    MigrationRecord       a row of the table of migrations

Tiers
    Tier                  a stream of requests, its balancer, what a request does
    TierScaling           how it starts and stops guests by its load
    TierTimes             arrivals, completions, response times and their parts
    TierSample            its response times at the last sample
    TierCall              calls of another tier: a row of a table, no entity
    TierGuest             a guest as a member of a tier: a row of a table, no entity
    OutstandingGroup      guests of a tier with equally many requests: a row of a table, no entity
    Visit                 a request of a tier: a row of the pool of tasks, no entity
    Attempt               a try of it at a guest: a row of the pool of tasks, no entity

Virtual processors
    VpIdentity            partition, number, virtual core, ideal NUMA node; the LP of a root VP
    VpControls            weight, cap, reserve, CPU group, affinity
    VpState               suspended, idle, ready, running, capped; virtual time; task
    VpInLine              its place in a run list
    VpTimes               where its time went; dispatches, migrations, waits
    VpWaits               its dispatches by how long they waited
    VpTask                what had been counted of it when it took its present task
    TrapState             what it owes the hypervisor, what interrupts wait for it
    VpTraps               its intercepts, hypercalls, interrupts, ticks
    VpSample              what it owed, and what waited for it, at the last sample

Others
    Change                what is changed at a time that is known before the run
    GuestThread           a thread of a closed workload
    Distribution          a distribution of durations
    DeviceServer          a place at which a device serves an I/O
    StorageVolume         a volume that disks of several guests lie on: its latency, its bandwidth, whose turn it is
    StoragePlace          a place at which it serves an I/O
    VirtualDisk           the disk of a guest on it: its limits, what of them is used, its I/Os that wait
    DiskTimes             its I/Os
    VirtualSwitch         the virtual switch of a NIC that guests share
    NetworkLink           one direction of that NIC
    ReceiveQueue          a ring of packets, and the root VP that takes them
    VirtualAdapter        the adapter of a guest at the switch
    AdapterTimes          its packets and bytes
    InterceptRate         something that guest code does at a rate
    Task                  what VPs work on, of any kind: a row of a pool, no entity
    Journey               the way of a request or a page through the root: a row of the same pool
    PageRead              the read of a page from disk: a row of the same pool
    Request               a request of an open workload: a row of the same pool
    DispatchRecord        a row of the dispatch trace, no entity
    MemoryOperation       a row of the trace of memory operations, no entity
    InterceptRecord       a row of the intercept trace, no entity
"""

from components.archetypes import ARCHETYPES
from components.change import Change, LifeSpan, RateStep
from components.cpu_group import CpuGroup
from components.declare import NEVER, NOBODY, Component, Field
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
    DemandPoint,
    DynamicMemory,
    MemoryDemand,
    MemoryNode,
    MemoryOperation,
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
    MigrationRecord,
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
from components.task import Journey, PageRead, Task
from components.tier import (
    Attempt,
    OutstandingGroup,
    Tier,
    TierCall,
    TierGuest,
    TierSample,
    TierScaling,
    TierTimes,
    Visit,
    VpTask,
)
from components.trace import DispatchRecord
from components.traps import Company, GuestTraps, InterceptRate, InterceptRecord, LpTraps, TrapState, VpTraps
from components.virtual_processor import VpControls, VpIdentity, VpInLine, VpState, VpTimes, VpWaits
from components.workload import (
    ClosedWorkload,
    GuestLock,
    GuestThread,
    OpenWorkload,
    Request,
    RequestTimes,
)

__all__ = [
    "ARCHETYPES",
    "NEVER",
    "NOBODY",
    "AdapterTimes",
    "AffinitySet",
    "Attempt",
    "CacheDomain",
    "Change",
    "Clock",
    "ClosedWorkload",
    "ClusterState",
    "CodeClock",
    "Company",
    "Component",
    "Costs",
    "CpuGroup",
    "DemandPoint",
    "DeviceServer",
    "DiskTimes",
    "DispatchRecord",
    "Distribution",
    "DynamicMemory",
    "Field",
    "GuestBoot",
    "GuestLock",
    "GuestScheduler",
    "GuestThread",
    "GuestTimes",
    "GuestTraps",
    "HostIdentity",
    "HostState",
    "InterceptRate",
    "InterceptRecord",
    "IoPath",
    "Journey",
    "LifeSpan",
    "Lifetime",
    "LpState",
    "LpTimes",
    "LpTopology",
    "LpTraps",
    "MemoryCalls",
    "MemoryDemand",
    "MemoryNode",
    "MemoryOperation",
    "MemoryParameters",
    "MemoryProgress",
    "MemorySample",
    "MemoryState",
    "Migration",
    "MigrationEnd",
    "MigrationLink",
    "MigrationParameters",
    "MigrationRecord",
    "MigrationState",
    "MigrationTimes",
    "NetworkLink",
    "NumaNode",
    "OpenWorkload",
    "OutstandingGroup",
    "PageFrame",
    "PageRead",
    "PagingPath",
    "PartitionLayout",
    "PartitionMemory",
    "RandomKeys",
    "RateStep",
    "ReceiveQueue",
    "Request",
    "RequestSample",
    "RequestTimes",
    "RootActivity",
    "SchedulerState",
    "SchedulingParameters",
    "StoragePlace",
    "StorageVolume",
    "Stretch",
    "Task",
    "Tier",
    "TierCall",
    "TierGuest",
    "TierSample",
    "TierScaling",
    "TierTimes",
    "TrapState",
    "VirtualAdapter",
    "VirtualDisk",
    "VirtualSwitch",
    "Visit",
    "VpControls",
    "VpIdentity",
    "VpInLine",
    "VpSample",
    "VpState",
    "VpTask",
    "VpTimes",
    "VpTraps",
    "VpWaits",
]
