"""Components of partitions: their VPs and threads, and how the guest runs the ones on the others."""

from components.declare import NEVER, Component, flag, int64, key64, real64, row_of

NO_WORKLOAD, CLOSED, OPEN = range(3)


NO_ROOM, UNRESERVED, UNCOMMITTED = range(1, 4)

NOT_SAVED, SAVING, SAVED, RESTORING = range(4)


FOR_MEMORY, FOR_HOST = 1, 2
"""What a start that is late has waited for."""


class Lifetime(Component):
    """When a partition runs."""

    start_ns = int64("when it is started", "ns")
    stop_ns = int64("when it is turned off", "ns", default=NEVER)
    restart_ns = int64("when it is restarted", "ns", default=NEVER)
    awaits_memory = int64("1 while it is restarted and waits for memory", "")
    running = int64("1 between start and stop", "")
    denied = flag(
        "why it does not start: NO_ROOM (it got no memory yet), UNRESERVED (its reserve does not fit), UNCOMMITTED (the root may not commit "
        "what it takes); 0 if it does"
    )
    late = int64(
        "FOR_MEMORY or FOR_HOST if it started later than it should have, for want of that; else 0", ""
    )
    paused = int64("1 while it is paused: its VPs are suspended, its memory stays", "")
    saved = flag(
        "NOT_SAVED, or SAVING, SAVED or RESTORING its memory to and from disk; what it reserves is free while SAVED"
    )
    failed = flag("1 while it is off because its host failed, until it is restarted, or was to be stopped")
    waits_elsewhere = flag(
        "1 while it is to be started, or restored, on any host: its own failed while it waited for that, or had failed before"
    )
    life = int64(
        "times that it was turned off or restarted: all that belongs to a life before is lost", "count"
    )
    next_span = row_of("its next start and stop in the table of life spans, if it is started again")
    last_span = row_of("the last of them")


class PartitionLayout(Component):
    """Where a partition's rows lie, and which host it is on."""

    host = int64("its host", "index")
    workload = flag(
        "what becomes of it when the guest starts and stops: NO_WORKLOAD, CLOSED, OPEN, or another of systems.WORKLOADS"
    )
    job = row_of(
        "its row among the closed workloads: what its threads do; the root's may have it beside requests"
    )
    requests = row_of("its row among the open workloads")
    first_member = row_of("its first row among the guests of tiers")
    first_vp = int64("its first VP", "index")
    vps = int64("how many VPs it has", "count")
    first_thread = int64("its first guest thread", "index")
    threads = int64("how many guest threads it has", "count")
    first_lasting = row_of(
        "the first task that only its kind of workload has, and that lasts as long as the run"
    )
    lasting = int64("how many such tasks it has", "count")
    first_ring = int64(
        "its first list of idle VPs in the table of rings; two a virtual node, and one more", "index"
    )
    virtual_nodes = int64("virtual NUMA nodes that it sees", "count")


class GuestScheduler(
    Component,
    hot="spin_retry_ns levels booting memory_bound code home_pace small_pace memory_node fault_every_ns lock "
    "ready queued_since_ns quantum_ns protect_ns first_zeroings idle_vps",
):
    """The guest's own scheduling: ready threads (or requests) by priority, those of one priority served round robin by its VPs."""

    quantum_ns = int64("the guest's slice; NEVER when a task runs to its end", "ns")
    protect_ns = int64("how long a task runs before one of a higher priority takes its VP", "ns")
    booting = flag("1 while it boots")
    levels = int64("bit n is 1 while a task is ready that stands n priorities above its base", "")
    last_queued = row_of("the task that was queued last")
    ready = int64("ready tasks that have no VP (Processor Queue Length)", "count")
    page_boost = int64("priorities that a task gains when its page from disk is there", "count")
    event_boost = int64("priorities that a thread gains when the lock that it was parked for is its", "count")
    timer_boost = int64("priorities that a thread gains when its sleep ends", "count")
    code = int64("which of the host's kinds of code, by memory_bound, it runs", "index")
    memory_bound = int64("share of native time in which its code waits for memory", "2^-20")
    working_set_bytes = int64("memory that each of its VPs uses again whenever it runs", "bytes")
    idle_vps = int64("VPs that are idle", "count")
    shared_cores = int64("virtual cores of which both VPs are busy", "count")
    rebalance_ns = int64(
        "how long a virtual core is idle before it takes one of two threads that share another", "ns"
    )
    lock = row_of("its lock, if its threads have one")
    spin_retry_ns = int64(
        "spinning after which a VP notifies the hypervisor; NEVER without that", "ns", default=NEVER
    )
    spin_halts = flag("1 if a VP that spins so long halts, until whoever lets go of the lock wakes it")
    queued_since_ns = int64("time up to which queued_ns holds", "ns")
    fault_every_ns = int64(
        "mean work between hard page faults; NEVER without any", "ns of work", default=NEVER
    )
    memory_node = row_of(
        "NUMA node that holds its memory, or most of it; none if it knows where each VP's memory is"
    )
    home_pace = int64("speed of its code on that node", "2^-20", default=1 << 20)
    away_pace = int64("speed of its code on another node", "2^-20", default=1 << 20)
    cache_share = real64("share of the hard page faults that are reads of file data", "")
    refused_share = real64("share of what the guest would commit that it may not", "")
    small_pace = int64("speed of its code in memory mapped as its own is", "2^-20", default=1 << 20)
    first_faults = int64("nested page faults at first touches that no VP has taken yet", "count")
    first_zeroings = int64("4 KiB pages that are zeroed then", "count")
    first_paging = row_of("request, or journey of a thread, that has waited longest for the disk")
    last_paging = row_of("the one that came last to wait for it")


class GuestBoot(Component):
    """How a guest boots: bursts of work, each followed by a wait for its disk."""

    bursts = int64("bursts of a boot; 0 if it is up as soon as it is started", "count")
    burst_ns = int64("work of each; 0 if there is nothing but the waits", "ns of work")
    wait_ns = int64("wait after each", "ns")
    left = int64("bursts still to be done", "count")
    ready = int64("1 while the next of them waits for a VP", "")
    vp = row_of("the VP that has begun it")


class GuestTimes(Component):
    """What a guest has measured since the start of the run."""

    queued_ns = int64("time that its tasks spent in the queue, summed over tasks", "ns")
    bursts = int64("bursts of threads, or requests, completed", "count")
    hard_faults = int64("pages read from disk because they were not in memory", "count")
    cache_reads = int64("those of them that held file data", "count")
    allocation_failures = int64("times that it could not commit what it would", "count")
    killed = int64("bursts and requests whose work was lost for that", "count")
    paging_ns = int64("time that its tasks waited for them, summed over tasks", "ns")
    gpa_modifications = int64("mappings of its memory made or taken away", "count")


class MemoryCalls(Component):
    """What the root has still to ask of the hypervisor for the memory of a partition, by hypercall."""

    root_vp = row_of("the VP of the root that makes the calls")
    to_map = int64("mappings of guest pages, of 2 MiB or 4 KiB", "count")
    to_unmap = int64("mappings taken away", "count")
    to_deposit = int64("4 KiB pages deposited for the hypervisor's own use", "count")
    to_withdraw = int64("such pages taken back", "count")


class PagingPath(Component):
    """How pages from disk come to a guest by way of the root."""

    stable_id = key64("names the path in the random streams")
    draws = int64("pages asked for so far", "count")
    work = row_of("distribution of the root's work for a page on its way to the disk")
    completion = row_of("distribution of the root's work for a page that is there; none if it needs none")
