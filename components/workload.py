"""Components of workloads: closed ones (threads that share a pool of work and a lock) and open ones (requests that arrive)."""

from components.declare import Component, flag, int64, key64, real64, row_of

SLEEPING = 0
RUNNABLE = 1
ON_VP = 2
FINISHED = 3
PARKED = 4
PAGING = 5
AT_BARRIER = 6

SPIN_LOCK = 0
PARK_LOCK = 1
TICKET_LOCK = 2


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
    """A thread of a closed workload."""

    owner = row_of("its partition")
    stable_id = key64("names the thread in the random streams: partition name and index within it")
    draws = int64("bursts drawn so far", "count")
    state = flag("SLEEPING, RUNNABLE, ON_VP, PARKED, PAGING, AT_BARRIER or FINISHED")
    vp = row_of("the VP that it is on, or was on last")
    level = int64("priorities that it stands above its base", "count")
    quantum_left_ns = int64(
        "guest run time left of its slice when it last lost a VP to a higher priority; else 0", "ns"
    )
    burst_ns = int64("work of the present burst", "ns of work")
    remaining_ns = int64("work left of it when the thread last left a VP", "ns of work")
    section_ns = int64(
        "work of the burst's end that the lock protects, until the thread has the lock", "ns of work"
    )
    waits = int64("1 while it spins for the lock, on a VP or not", "")
    wanted_ns = int64("when it last came to want the lock", "ns")
    spin_left_ns = int64("spinning left before it notifies the hypervisor, when it last left a VP", "ns")
    faults = int64("distances to page faults drawn so far", "count")
    next_ticket = row_of("the thread that took the next ticket")
    next_task = row_of(
        "next in the guest's queue, in the lock's list of parked threads, at the barrier, or among those that wait for pages"
    )


class OpenWorkload(Component):
    """Requests that arrive whatever the host does."""

    owner = row_of("its partition")
    stable_id = key64("names the workload in the random streams")
    interarrival = row_of("distribution of the time between arrivals")
    service = row_of("distribution of a request's work")
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
    """A request: a row of a pool that grows between kernel calls, no entity of its own.

    The first rows are no requests but messages to the parent, one a VP, and then, one a guest thread, journeys of
    pages from disk, which are the bursts of threads of the root.
    """

    arrival_ns = int64("when it arrives", "ns")
    remaining_ns = int64("work left, of the guest's or of the root's present step", "ns of work")
    page_in_ns = int64("when the page that it waits for is there", "ns")
    next_task = row_of("next in the list that holds it")
    workload = row_of("its open workload")
    member = row_of("the guest of a tier that it was sent to, if it is an attempt (see components.tier)")
    stage = flag(
        "where it is: LOCAL, ARRIVING, ARRIVED, SUBMITTING, AT_DEVICE, COMPLETING, BACK, MESSAGE, RESUMED, PAGE_ASKED, PAGE_READ, PAGE_BACK, OWN_BURST (of a thread of the root), ON_LINK, ANSWERING, ANSWERED or MIGRATING (work of the root for a live migration); SENT, SERVED or LOST of tiers"
    )
    ios_left = int64("I/Os still to come", "count")
    journey = int64(
        "number of its journey through the root, among those of its workload; of MIGRATING: the row of MigrationEnd that it is work for",
        "count",
    )
    service_ns = int64("its work in the guest, while it arrives through the root", "ns of work")
    posted_by = row_of("the root VP whose message for it was refused")
    submitted_ns = int64("when it asked for its present I/O", "ns")
    level = int64("priorities that it stands above its base, in its guest or in the root", "count")
    quantum_left_ns = int64(
        "guest run time left of its slice when it last lost a VP to a higher priority; else 0", "ns"
    )
    in_ring = int64("1 while it fills a place of the network's ring", "")
    io_bytes = int64("bytes of its present I/O on shared storage, or of its message on a shared network", "B")
    io_writes = flag("1 if that I/O is a write")
    io_order = int64("number of that I/O among those that came to its storage", "count")
    answers = flag("1 while an answer over a shared network is still to be sent")
    io_since_ns = int64("when that I/O came there", "ns")
    life = int64("the life of its guest in which it arrived, or asked for its page", "count")
    under_way = int64(
        "1 while a message, or the journey of a thread's page, is with the root or the disk", ""
    )
