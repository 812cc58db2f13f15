"""The nouns of the model: every component; every archetype stands in `components.archetypes`. A reader learns the state of a run from this file.

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

from components.change import Change as Change
from components.change import LifeSpan as LifeSpan
from components.change import RateStep as RateStep
from components.cpu_group import CpuGroup as CpuGroup
from components.declare import NEVER as NEVER
from components.declare import NOBODY as NOBODY
from components.declare import Component as Component
from components.declare import Field as Field
from components.devices import AdapterTimes as AdapterTimes
from components.devices import DiskTimes as DiskTimes
from components.devices import NetworkLink as NetworkLink
from components.devices import ReceiveQueue as ReceiveQueue
from components.devices import StoragePlace as StoragePlace
from components.devices import StorageVolume as StorageVolume
from components.devices import VirtualAdapter as VirtualAdapter
from components.devices import VirtualDisk as VirtualDisk
from components.devices import VirtualSwitch as VirtualSwitch
from components.distribution import Distribution as Distribution
from components.host import Clock as Clock
from components.host import Costs as Costs
from components.host import HostIdentity as HostIdentity
from components.host import HostState as HostState
from components.host import RandomKeys as RandomKeys
from components.host import RootActivity as RootActivity
from components.host import SchedulerState as SchedulerState
from components.host import SchedulingParameters as SchedulingParameters
from components.io import DeviceServer as DeviceServer
from components.io import IoPath as IoPath
from components.memory import DemandPoint as DemandPoint
from components.memory import DynamicMemory as DynamicMemory
from components.memory import MemoryDemand as MemoryDemand
from components.memory import MemoryNode as MemoryNode
from components.memory import MemoryOperation as MemoryOperation
from components.memory import MemoryParameters as MemoryParameters
from components.memory import MemoryProgress as MemoryProgress
from components.memory import MemoryState as MemoryState
from components.memory import PageFrame as PageFrame
from components.memory import PartitionMemory as PartitionMemory
from components.migration import ClusterState as ClusterState
from components.migration import Migration as Migration
from components.migration import MigrationEnd as MigrationEnd
from components.migration import MigrationLink as MigrationLink
from components.migration import MigrationParameters as MigrationParameters
from components.migration import MigrationRecord as MigrationRecord
from components.migration import MigrationState as MigrationState
from components.migration import MigrationTimes as MigrationTimes
from components.partition import GuestBoot as GuestBoot
from components.partition import GuestScheduler as GuestScheduler
from components.partition import GuestTimes as GuestTimes
from components.partition import Lifetime as Lifetime
from components.partition import MemoryCalls as MemoryCalls
from components.partition import PagingPath as PagingPath
from components.partition import PartitionLayout as PartitionLayout
from components.processor import AffinitySet as AffinitySet
from components.processor import CacheDomain as CacheDomain
from components.processor import CodeClock as CodeClock
from components.processor import LpState as LpState
from components.processor import LpTimes as LpTimes
from components.processor import LpTopology as LpTopology
from components.processor import NumaNode as NumaNode
from components.processor import Stretch as Stretch
from components.sample import MemorySample as MemorySample
from components.sample import RequestSample as RequestSample
from components.sample import VpSample as VpSample
from components.tier import Attempt as Attempt
from components.tier import OutstandingGroup as OutstandingGroup
from components.tier import Tier as Tier
from components.tier import TierCall as TierCall
from components.tier import TierGuest as TierGuest
from components.tier import TierSample as TierSample
from components.tier import TierScaling as TierScaling
from components.tier import TierTimes as TierTimes
from components.tier import Visit as Visit
from components.tier import VpTask as VpTask
from components.traps import Company as Company
from components.traps import GuestTraps as GuestTraps
from components.traps import InterceptRate as InterceptRate
from components.traps import InterceptRecord as InterceptRecord
from components.traps import LpTraps as LpTraps
from components.traps import TrapState as TrapState
from components.traps import VpTraps as VpTraps
from components.virtual_processor import VpControls as VpControls
from components.virtual_processor import VpIdentity as VpIdentity
from components.virtual_processor import VpInLine as VpInLine
from components.virtual_processor import VpState as VpState
from components.virtual_processor import VpTimes as VpTimes
from components.virtual_processor import VpWaits as VpWaits
from components.workload import ClosedWorkload as ClosedWorkload
from components.workload import GuestLock as GuestLock
from components.workload import GuestThread as GuestThread
from components.workload import OpenWorkload as OpenWorkload
from components.workload import Request as Request
from components.workload import RequestTimes as RequestTimes

# isort: split
# rows of pools and buffers, which no entity carries, come last where components are listed
from components.task import Journey as Journey
from components.task import PageRead as PageRead
from components.task import Task as Task
from components.trace import DispatchRecord as DispatchRecord
