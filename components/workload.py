"""Components of workloads: closed ones (threads that share a pool of work and a lock) and open ones (requests that arrive)."""

from components.declare import Component, flag, int64, key64, real64, row_of

SPIN_LOCK, PARK_LOCK, TICKET_LOCK = range(3)


class ClosedWorkload(Component):
    """A fixed amount of work, done burst by burst by a fixed set of threads."""

    compute = row_of("distribution of a burst's work")
    sleep = row_of("distribution of the sleep after a burst; none if the thread stays runnable")
    pool_ns = int64("work not yet begun", "ns of work")
    begun = int64("bursts begun and not yet completed", "count")
    bursts = int64("bursts completed", "count")
    done_ns = int64("work completed; once the workload has ended, work done", "ns of work")
    parts = int64(
        "serial and parallel parts that it has, in turn; 0 if all of it is for all threads", "count"
    )
    part = int64("number of the present part; -1 before the first", "index", default=-1)
    part_ns = int64("work of that not yet begun", "ns of work")
    serial_ns = int64("work of the serial parts together", "ns of work")
    parallel_ns = int64("work of the others together", "ns of work")
    solo = row_of("the thread that does the present part, if that is serial")
    first_waiting = row_of("the thread that has waited longest at the barrier")
    last_waiting = row_of("the thread that came to it last")
    started_ns = int64("when the guest was started; -1 before", "ns", default=-1)
    finished_ns = int64("when the last burst was completed; -1 before", "ns", default=-1)


class GuestLock(Component):
    """The one critical section of a closed workload; a share of the bursts ends inside it."""

    kind = flag("SPIN_LOCK, PARK_LOCK or TICKET_LOCK")
    share = real64("share of the bursts that enter the section; 0 where there is none", "")
    hold_ns = int64(
        "work inside the section; a burst shorter than that is inside from its start", "ns of work"
    )
    holder = row_of("the thread inside the section")
    first_parked = row_of("the thread that has been parked longest, or whose ticket is next")
    last_parked = row_of("the thread that was parked, or took a ticket, last")
    entries = int64("bursts that entered the section", "count")
    contended = int64("bursts that found the lock held", "count")
    wait_ns = int64("time from wanting the lock to having it, summed over entries", "ns")


class GuestThread(Component):
    """A thread of a closed workload; its task has the same number (see components.task)."""

    stable_id = key64("names the thread in the random streams: partition name and index within it")
    draws = int64("bursts drawn so far", "count")
    burst_ns = int64("work of the present burst", "ns of work")
    section_ns = int64(
        "work of the burst's end that the lock protects, until the thread has the lock", "ns of work"
    )
    waits = int64("1 while it spins for the lock, off its VP", "")
    wanted_ns = int64("when it last came to want the lock", "ns")
    spin_left_ns = int64("spinning left before it notifies the hypervisor, when it last left a VP", "ns")
    faults = int64("distances to page faults drawn so far", "count")
    page = row_of("the task that reads its pages from disk; none where it takes no faults, as in the root")
    next_ticket = row_of("the thread that took the next ticket")


class OpenWorkload(Component):
    """Requests that arrive whatever the host does."""

    owner = row_of("its partition")
    stable_id = key64("names the workload in the random streams")
    interarrival = row_of("distribution of the time between arrivals")
    service = row_of("distribution of a request's work")
    keeps_time = flag(
        "1 if that work takes as long whatever the other thread of the core does, as it was measured so"
    )
    limit = int64("requests served at once; NEVER for no bound", "count")
    draws = int64("requests drawn so far", "count")
    next_arrival_ns = int64("arrival of the next request to be drawn", "ns")
    relative = int64("1 while arrivals count from the end of the guest's boot, which is not known yet", "")
    first_future = row_of("next request to arrive")
    last_future = row_of("last request drawn")
    first_waiting = row_of("first request that waits for one of the `limit` places")
    last_waiting = row_of("last such request")
    admitted = int64("requests that hold a place", "count")
    faults = int64("distances to page faults drawn so far", "count")
    first_step = int64("first of its rows in the table of rates", "index")
    steps = int64("how many it has; none where its rate never changes", "count")
    step = int64("the one that the last drawn request arrives in", "count")
    most_times = real64("the highest rate of them, as a multiple of the first one", "", default=1.0)


class RequestTimes(Component):
    """What an open workload has measured since the start of the run."""

    arrivals = int64("requests arrived", "count")
    completions = int64("requests completed", "count")
    failed = int64(
        "requests lost for want of memory, or because the guest was turned off or restarted while they were in it, or on their way",
        "count",
    )
    response_ns = int64("response times of those completed, summed", "ns")
    dropped = int64("requests that found the ring of the network full", "count")
    io_submitted = int64("I/Os submitted", "count")
    io_completed = int64("I/Os back at the guest", "count")
    io_latency_ns = int64(
        "time from the request's asking for it, a wait in the guest for the device's queue included, to that, summed",
        "ns",
    )


class Request(Component):
    """A request of an open workload: a row for each task."""

    arrival_ns = int64("when it arrives", "ns")
    workload = row_of("its open workload")
    member = row_of("the guest of a tier that it was sent to, if it is an attempt (see components.tier)")
    ios_left = int64("I/Os still to come", "count")
    posted_by = int64("which VP of its root it was whose message for it was refused", "index")
    in_ring = int64("1 while it fills a place of the network's ring", "")
    io_bytes = int64("bytes of its present I/O on shared storage, or of its message on a shared network", "B")
    io_writes = flag("1 if that I/O is a write")
    io_order = int64("number of that I/O among those that came to its storage", "count")
    answers = flag("1 while an answer over a shared network is still to be sent")
    io_since_ns = int64("when that I/O came there", "ns")
