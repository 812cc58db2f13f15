"""Components of partitions: their VPs and threads, and how the guest runs the ones on the others."""

from components.declare import NEVER, Component, flag, int64, row_of

NO_WORKLOAD = 0
CLOSED = 1
OPEN = 2


class Lifetime(Component):
    """When a partition runs."""

    start_ns = int64("when it is started", "ns")
    stop_ns = int64("when it is turned off", "ns", default=NEVER)
    running = int64("1 between the two", "")
    denied = int64("1 if it got no memory, and therefore does not start", "")


class PartitionLayout(Component):
    """Where a partition's rows lie."""

    workload = flag("NO_WORKLOAD, CLOSED or OPEN")
    workload_row = row_of("its row among the closed, or the open, workloads")
    first_vp = int64("its first VP", "index")
    vps = int64("how many VPs it has", "count")
    first_thread = int64("its first guest thread", "index")
    threads = int64("how many guest threads it has", "count")


class GuestScheduler(Component):
    """The guest's own scheduling: one queue of ready threads (or requests), served round robin by its VPs."""

    quantum_ns = int64("the guest's slice; NEVER when a task runs to its end", "ns")
    first_ready = row_of("head of the queue of ready tasks")
    last_ready = row_of("tail of that queue")
    ready = int64("tasks in that queue (Processor Queue Length)", "count")
    first_idle = row_of("the VP that has been idle longest")
    last_idle = row_of("the VP that became idle last")
    lock = row_of("its lock, if its threads have one")
    spin_retry_ns = int64(
        "spinning after which a VP notifies the hypervisor; NEVER without that", "ns", default=NEVER
    )
    queued_since_ns = int64("time up to which queued_ns holds", "ns")
    fault_every_ns = int64(
        "mean work between hard page faults; NEVER without any", "ns of work", default=NEVER
    )
    slowness = int64("work that a ns of native work takes, for small pages", "2^-20", default=1 << 20)
    first_touch_ns = int64("hypervisor time for pages touched for the first time, not yet charged", "ns")
    first_paging = row_of("task that has waited longest for a page from disk")
    last_paging = row_of("task that came last to wait for one")


class GuestTimes(Component):
    """What a guest has measured since the start of the run."""

    queued_ns = int64("time that its tasks spent in the queue, summed over tasks", "ns")
    bursts = int64("bursts of threads, or requests, completed", "count")
    hard_faults = int64("pages read from disk because they were not in memory", "count")
    paging_ns = int64("time that its tasks waited for them, summed over tasks", "ns")
    first_touch_ns = int64("hypervisor time charged for pages touched for the first time", "ns")
