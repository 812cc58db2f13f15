"""The state of all hosts as kernels take it: every component table, the heaps and the buffers, in one value."""

from functools import partial
from typing import Annotated, Any, NamedTuple

import components
from systems.kernels.heap import Heap
from systems.kernels.numba_ext.by_address import by_address
from systems.policy import Policy
from systems.state.table_components import components_of

Table = Any  # np.recarray in Python, an array of records in a kernel


@partial(by_address, views=("trap_counts", "wait_buckets"))
class Tables(NamedTuple):
    """All tables; the row of a table is the index of its entity among those of its archetype.

    Those of the simulation have one row. `w` is the customary name of a value of this type.
    """

    policy: Policy
    """The decisions of the scheduler, settled when a kernel is compiled."""

    schedule: Any
    """The systems and events (systems.schedule.Schedule), settled when a kernel is compiled."""

    clock: Annotated[Table, components.Clock]
    scheduler: Annotated[Table, components.SchedulerState]
    keys: Annotated[Table, components.RandomKeys]

    hosts: Annotated[Table, components.HostIdentity]
    host_states: Annotated[Table, components.HostState]
    parameters: Annotated[Table, components.SchedulingParameters]
    costs: Annotated[Table, components.Costs]
    root_activity: Annotated[Table, components.RootActivity]

    lp_topology: Annotated[Table, components.LpTopology]
    lps: Annotated[Table, components.LpState]
    stretches: Annotated[Table, components.Stretch]
    lp_times: Annotated[Table, components.LpTimes]
    lp_traps: Annotated[Table, components.LpTraps]
    domains: Annotated[Table, components.CacheDomain]
    code_clocks: Annotated[Table, components.CodeClock]
    nodes: Annotated[Table, components.NumaNode]
    affinity_sets: Annotated[Table, components.AffinitySet]
    cpu_groups: Annotated[Table, components.CpuGroup]

    vp_identity: Annotated[Table, components.VpIdentity]
    vp_controls: Annotated[Table, components.VpControls]
    vps: Annotated[Table, components.VpState]
    in_line: Annotated[Table, components.VpInLine]
    vp_times: Annotated[Table, components.VpTimes]
    trap_state: Annotated[Table, components.TrapState]
    vp_traps: Annotated[Table, components.VpTraps]
    vp_waits: Annotated[Table, components.VpWaits]
    vp_tasks: Annotated[Table, components.VpTask]

    lifetimes: Annotated[Table, components.Lifetime]
    layouts: Annotated[Table, components.PartitionLayout]
    guests: Annotated[Table, components.GuestScheduler]
    boots: Annotated[Table, components.GuestBoot]
    guest_times: Annotated[Table, components.GuestTimes]
    guest_traps: Annotated[Table, components.GuestTraps]
    company: Annotated[Table, components.Company]
    memory_calls: Annotated[Table, components.MemoryCalls]
    paging_paths: Annotated[Table, components.PagingPath]
    closed: Annotated[Table, components.ClosedWorkload]
    locks: Annotated[Table, components.GuestLock]
    open: Annotated[Table, components.OpenWorkload]
    request_times: Annotated[Table, components.RequestTimes]
    io_paths: Annotated[Table, components.IoPath]
    servers: Annotated[Table, components.DeviceServer]
    storages: Annotated[Table, components.StorageVolume]
    places: Annotated[Table, components.StoragePlace]
    disks: Annotated[Table, components.VirtualDisk]
    disk_times: Annotated[Table, components.DiskTimes]
    switches: Annotated[Table, components.VirtualSwitch]
    links: Annotated[Table, components.NetworkLink]
    receive_queues: Annotated[Table, components.ReceiveQueue]
    adapters: Annotated[Table, components.VirtualAdapter]
    adapter_times: Annotated[Table, components.AdapterTimes]
    threads: Annotated[Table, components.GuestThread]
    distributions: Annotated[Table, components.Distribution]
    rates: Annotated[Table, components.InterceptRate]
    changes: Annotated[Table, components.Change]

    tiers: Annotated[Table, components.Tier]
    tier_scaling: Annotated[Table, components.TierScaling]
    tier_times: Annotated[Table, components.TierTimes]
    tier_calls: Annotated[Table, components.TierCall]
    members: Annotated[Table, components.TierGuest]
    groups: Annotated[Table, components.OutstandingGroup]

    rate_steps: Annotated[Table, components.RateStep]
    spans: Annotated[Table, components.LifeSpan]
    tasks: Annotated[Table, components.Task]
    journeys: Annotated[Table, components.Journey]
    page_reads: Annotated[Table, components.PageRead]
    requests: Annotated[Table, components.Request]
    """The pool of tasks, and what some kinds have beside; replaced by larger ones between kernel calls when it is exhausted."""

    visits: Annotated[Table, components.Visit]
    attempts: Annotated[Table, components.Attempt]
    """Rows of the pool of tasks as requests of tiers, and as tries of those at a guest; none where there are no tiers."""
    tier_lists: Table
    """Rings (systems.state.rings) of requests that wait at each balancer, then of attempts at each guest of a tier; the closing rows come
    first, so that the pool can grow."""
    due_lists: Table
    """Rings of requests of each tier by the time at which their try takes too long; the closing rows come first."""
    turns: Table
    """Rings of guests of each tier in the order of their turns (round robin)."""
    weighted: Heap
    """A heap of the guests of each tier by their turns (weighted)."""
    orders: Heap
    """The guests that tiers will start or stop, by when; the order says which (systems.state.orders)."""
    by_outstanding: Table
    """Guests of each tier that take requests, by outstanding requests: the places from Tier.first_member on."""
    tier_responses: Table
    """Histogram of response times since the last sample, one row a tier."""

    timers: Heap
    """One heap of event slots, by time, event and sequence."""
    first_slot: Table
    """First slot of each event, by its number."""
    happened: Table
    """How often each event has happened, by its number."""
    entitled: Heap
    """A heap of ready VPs below their reserve for each affinity set, by what they lack."""
    held: Heap
    """The VPs that their caps hold back: heap 0 by the time of renewal, then one for each CPU group, of its VPs that wait for a place,
    by their turns (`systems.state.cpu_groups`)."""
    group_lines: Heap
    """A heap for each CPU group, of its VPs that stand in line for an LP, that whose turn is last first."""
    bursts: Heap
    """A heap of LPs for each code clock, by that clock at the end of the burst they run."""
    disk_turns: Heap
    """A heap for each shared volume, of the disks whose I/Os may be begun: by their order, or by the shares that the disks have had."""
    disk_dues: Heap
    """A heap for each shared volume, of those of these disks that have a minimum: by when an I/O is due for it."""

    residents: Table
    """Partitions by host, those of a host in their order, as HostState.first_resident and residents say."""
    group_members: Table
    """VPs by CPU group, as CpuGroup.first_member and members say."""
    peers: Table
    """Next and previous of each VP in a list of its guest's VPs, then first and last of each list (see systems.guest.peers)."""
    callers: Table
    """Next and previous of each VP that waits for answers, then first and last of each partition (see systems.interrupts.answers)."""
    ready_lists: Table
    """First and last ready task of each guest, a row a level of priority (see systems.guest.priorities)."""
    idle_vps: Table
    """Next and previous of each VP in a list of its guest's VPs, then first and last of each list (see systems.state.idle_vps)."""
    list_heads: Table
    """First VP, first and last of those that have just woken, and LP of each run list (see systems.scheduling.run_lists)."""
    list_trees: Table
    """Trees of run lists, one an affinity set: at each node the list whose first VP is due first, and when."""
    lists_of_lp: Table
    """The run lists of an LP, one for each of its affinity sets, in their order in `sets_of_lp`."""
    ranks: Table
    """How many LPs of an affinity set lie before each word of its `set_members`."""
    running_members: Table
    """uint64 words of each affinity set, one row a set: the LPs that run a VP of the set."""
    away_lps: Table
    """uint64 words, one bit an LP: 1 when it runs a guest VP off the NUMA node of its memory."""
    dozing_lps: Table
    """uint64 words, one bit an LP: 1 when its slices end without an event."""
    idle_lps: Table
    """uint64 words, one bit an LP: 1 when it is idle."""
    set_members: Table
    """uint64 words of each affinity set, one row a set."""
    sets_of_lp: Table
    """Affinity sets by LP, as LpTopology.first_set and sets say."""
    charge_ns: Table
    """What each charge costs (ns): for each host a row for guests, then a row for the root."""
    trap_counts: Table
    """The columns of `vp_traps` by number: the same memory as a matrix."""
    rate_rests: Table
    """What does not make up a whole intercept yet, by VP and place among its guest's rates, in 2^-44."""
    counted_ns: Table
    """The times by which the VP is settled that is settled now: TIME, CODE, RUNNING_OTHERS and BUSY_OTHERS of components.traps."""
    due_rates: Table
    """Places of the rates of this VP that have come to whole times."""
    due_times: Table
    """How many times each."""
    values_ns: Table
    """Values of the empirical distributions."""
    disk_free_ns: Table
    """When each channel of the paging disk is free, in turn."""
    responses: Table
    """Histogram of response times since the last sample, one row an open workload."""
    wait_edges: Table
    """The times (ns) that part the buckets of waits, ascending."""
    wait_buckets: Table
    """The columns of vp_waits, a row a VP, so that a kernel can number them."""
    dispatches: Annotated[Table, components.DispatchRecord]
    """Buffer of the dispatch trace."""
    intercepts: Annotated[Table, components.InterceptRecord]
    """Buffer of the intercept trace."""

    cluster: Annotated[Table, components.ClusterState]
    migration_parameters: Annotated[Table, components.MigrationParameters]
    migration_states: Annotated[Table, components.MigrationState]
    migration_links: Annotated[Table, components.MigrationLink]
    """Two rows a host, where guests may move: the link that sends migrations, the one that receives them."""
    migrations: Annotated[Table, components.Migration]
    """A row a partition; none where there is one host."""
    migration_ends: Annotated[Table, components.MigrationEnd]
    migration_times: Annotated[Table, components.MigrationTimes]
    """Two rows a partition, where there are several hosts: the end that sends, the end that receives."""
    migration_rows: Annotated[Table, components.MigrationRecord]
    """Buffer of the table of live migrations."""
    vp_places: Table
    """Where VPs belong on each host, a row a host and VP (systems.state.places); none where there is one host."""


COMPONENTS = components_of(Tables)
POOL = {name: COMPONENTS[name] for name in ("tasks", "journeys", "page_reads", "requests")}
"""Tables with a row for each task of the pool."""
TIER_POOL = {name: COMPONENTS[name] for name in ("visits", "attempts")}
"""Those that have one too where there are tiers."""

OK, RUN_FINISHED, POOL_EMPTY, BUFFER_FULL, OPERATIONS_FULL = range(5)
"""What a kernel returns: done; the last job is finished; the pool must grow; the trace of dispatches, or of memory operations, must be
drained."""
