"""Components of the simulation, its clock and random keys; and of each host, its parameters, costs and what is known of it."""

from components.declare import Component, flag, int64, key64, row_of


class Clock(Component):
    """Where the simulation stands."""

    now_ns = int64("simulated time", "ns")
    stepped_ns = int64("end of the last step that is complete", "ns")
    step_end_ns = int64("end of the step in progress", "ns")
    place = int64("kernels that have had their turn in that step", "count")
    step_ns = int64("the fixed step of the systems", "ns")
    sample_ns = int64("the sampling interval of the counters", "ns")
    sampled_ns = int64("time of the last sample", "ns")
    end_ns = int64("end of the run; earlier once the last closed workload is done", "ns")
    sequence = int64("events scheduled so far; breaks ties between events of one time and kind", "count")
    event = int64(
        "number of the event that happens; beyond all of them between events, when those of now have happened",
        "index",
    )
    unfinished_jobs = int64("closed workloads that the run still waits for", "count")
    has_jobs = int64(
        "closed workloads of guests that start; if there are any, the run ends with the last", "count"
    )


RESERVE_FIRST, PERIOD_BUDGET, FLOOR = range(3)

FAIR, TAIL, HEAD = range(3)

DIRECTED, YIELD, IGNORE, PARTITION = range(4)


class HostIdentity(Component):
    """Where the rows of a host lie."""

    root = row_of("its root partition; none on the bare machine")
    first_lp = int64("its first LP", "index")
    lps = int64("how many LPs it has", "count")
    first_node = int64("its first NUMA node, and its first node of memory", "index")
    nodes = int64("how many it has", "count")
    first_set = int64("its first affinity set", "index")
    sets = int64("how many it has", "count")
    first_channel = int64("the first channel of its paging disk in the list of when they are free", "index")
    channels = int64("how many it has", "count")


class HostState(Component):
    """What the systems know of a host as a whole."""

    first_resident = int64("its first partition in the list of partitions by host", "index")
    residents = int64("partitions on it, its root among them", "count")
    idle_lps = int64("LPs that are idle and given guests", "count")
    shared_cores = int64("cores with both LPs busy", "count")
    reserved_ns = int64("reserves of the guests that are on, in a period", "ns")
    reserving = int64("VPs with a reserve", "count")
    next_caller = row_of(
        "which of its partitions, by its place in the list, the root next makes calls for, after a balancing"
    )
    page_ins = int64("pages asked of its paging disk so far", "count")


class SchedulingParameters(Component):
    """The parameters of the scheduler; Microsoft publishes none of them."""

    slice_ns = int64("how long a VP runs before others of equal virtual time get the LP", "ns")
    cap_period_ns = int64("caps and reserves hold in every period of this length", "ns")
    reserve_mode = flag("how a reserve is honoured: RESERVE_FIRST, PERIOD_BUDGET or FLOOR")
    long_spin = flag("what a notified hypervisor does with the VP: PARTITION, YIELD, IGNORE or DIRECTED")
    parent_work = row_of("distribution of the root's work for an intercept that it handles for a guest")
    longest_stay_ns = int64("longest stay in the hypervisor before interrupts and other VPs get a turn", "ns")
    wake = flag("where a VP that wakes joins a run list: TAIL, FAIR or HEAD")
    rebalance_ns = int64("how long a core is idle before it takes one of two VPs that share another", "ns")
    lock_extension_ns = int64(
        "how much longer at most a slice lasts whose VP holds a spin lock; 0: no longer", "ns"
    )
    recent_ns = int64("a VP that wakes so soon after it ran waits at its busy last LP; 0: never", "ns")
    interrupt_window_ns = int64("time over which interrupts of a root VP are counted; 0: they are not", "ns")
    most_interrupts = int64(
        "device interrupts of a root VP in that time beyond which its LP is kept from guests", "count"
    )
    slack_ns = int64("host.scheduling.slack", "ns")
    wake_boost = int64("root scheduler: levels of priority that a VP gains when it wakes", "count")


class Costs(Component):
    """What the hypervisor's work costs; units and sources stand in the table of `hvecs show costs`."""

    dispatch_ns = int64("hypervisor time of every dispatch", "ns")
    lp_wake_up_ns = int64("what an idle LP takes before it runs a guest's VP", "ns")
    root_wake_up_ns = int64("what an idle LP takes before it runs its root VP", "ns")
    ipi_answer_ns = int64("what a VP waits for an answer to an interrupt from VPs that run guest code", "ns")
    paging_io_ns = int64("what a guest thread waits for a page from disk, at a disk that is free", "ns")
    cache_refill_ns = int64("guest time in which a VP fetches 1 MiB of its working set", "ns")
    interference = int64(
        "how much longer a wait for memory is when others ask for all of the bandwidth", "2^-20"
    )
    sibling_pace = int64("speed of guest code while the other LP of the core is busy", "2^-20", default=2**20)


class RootActivity(Component):
    """What the idle root does by itself on each idle LP: a wake-up at the beginning of each period, every one alike but for HLT and signals.

    And where it does what it does for guests.
    """

    period_ns = int64("idle time of the LP from one wake-up to the next; 0 without any", "ns")
    wanted_ns = int64("idle time in which there would be one, if each were over soon enough", "ns")
    hypercalls = int64("hypercalls of a wake-up", "count")
    accesses = int64("accesses to MSRs of a wake-up", "count")
    cost_ns = int64("hypervisor time of its dispatch, hypercalls and accesses", "ns")
    hlt_ns = int64("hypervisor time of a HLT", "ns")
    hlt_every = int64("one wake-up in so many ends with a HLT", "count", default=1)
    signal_every = int64("one in so many is a synthetic interrupt", "count", default=1)
    first_share = int64("share of its work for guests that is for root VP 0 beyond its turn", "2^-20")


class SchedulerState(Component):
    """What the event loop shares between all hosts: the order of what becomes ready, the pool of tasks, the traces."""

    ready_sequence = int64("VPs that became ready so far; round robin within equal virtual time", "count")
    dispatch_rows = int64("rows in the buffer of the dispatch trace", "count")
    dispatch_room = int64("rows that the buffer holds; 0 when dispatches are not traced", "count")
    intercept_rows = int64("rows in the buffer of the intercept trace", "count")
    intercept_room = int64("rows that the buffer holds; 0 when intercepts are not traced", "count")
    first_deferred = row_of("first task that goes on when the present event is over")
    last_deferred = row_of("last such task")
    first_free_task = row_of("first free row of the pool of tasks")
    free_tasks = int64("free rows of the pool", "count")
    spare_tasks = int64("rows that an event takes at most for new requests of tiers", "count")
    visits = int64("requests of tiers in the system: an event takes at most one more row for each", "count")


class RandomKeys(Component):
    """The key of each random stream."""

    compute = key64("length of a closed workload's bursts")
    sleep = key64("length of its sleeps")
    lock = key64("which of its bursts enter the lock")
    arrival = key64("time between the requests of an open workload")
    service = key64("work of a request")
    service_after = key64("work of a request of a tier after its calls")
    balance = key64("which guest a balancer sends a request to")
    fault = key64("work between the hard page faults of a guest")
    cache_read = key64("which of them are reads of file data")
    kill = key64("which bursts and requests are lost when memory cannot be committed")
    io_work = key64("the root's work for a request or an I/O on its way")
    io_completion = key64("the root's work for a completed I/O")
    parent = key64("the root's work for an intercept")
    io_device = key64("time of an I/O at its device")
    io_size = key64("bytes of an I/O on shared storage")
    io_write = key64("which of them are writes")
    message_size = key64("bytes of a message on a shared network")
