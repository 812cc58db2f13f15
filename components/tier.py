"""Components of tiers: streams of requests that a balancer spreads over guests, and that may call further tiers."""

from components.declare import NEVER, Component, flag, int64, key64, real64, row_of

ROUND_ROBIN, RANDOM, LEAST_OUTSTANDING, TWO_CHOICES, WEIGHTED = range(5)

CPU_BUSY, REQUESTS = range(2)
"""What a tier scales by: how busy the VPs of its guests are, or the requests in the tier for each guest."""

AWAY, QUEUED, ON_VP, CALLING = range(4)
"""Where the time of an attempt goes: I/O and the network, the queue in the guest, a VP, calls of other tiers."""


class Tier(Component):
    """A tier: its stream of requests, its balancer, and what a request does."""

    stable_id = key64("names the tier in the random streams")
    interarrival = row_of("distribution of the time between arrivals; none if it is only called by others")
    draws = int64("arrivals drawn so far", "count")
    first_step = int64("first of its rows in the table of rates", "index")
    steps = int64("how many it has; none where its rate never changes", "count")
    step = int64("the one that the last drawn request arrives in", "count")
    service = row_of("distribution of a request's work before its calls")
    service_after = row_of("distribution of its work after them; none if there is none")
    begun = int64("requests so far, which number their draws of work", "count")
    in_system = int64("requests now", "count")
    policy = flag("ROUND_ROBIN, RANDOM, LEAST_OUTSTANDING, TWO_CHOICES or WEIGHTED")
    choices = int64("numbers drawn so far to choose a guest", "count")
    last_turn = int64("weighted: turn of the guest chosen last", "2^32 / weight")
    limit = int64("requests outstanding at a guest at most", "count", default=NEVER)
    most_waiting = int64("requests that wait at the balancer at most; others fail", "count", default=NEVER)
    waiting = int64("requests that wait there", "count")
    timeout_ns = int64("how long a try may take; NEVER for no bound", "ns", default=NEVER)
    retries = int64("further tries of a request", "count")
    holds_thread = flag("1 if a request keeps its thread of the guest while it calls other tiers")
    first_call = int64("first of its rows in the table of calls", "index")
    calls = int64("how many it has", "count")
    first_member = int64("first of its rows among the guests of tiers", "index")
    members = int64("how many it has", "count")
    up = int64("those of them that take requests: they run, are up and not paused", "count")
    free_group = row_of("first free row of its groups of guests by outstanding requests")


class TierScaling(Component):
    """How a tier starts and stops guests by its load."""

    every_ns = int64("time between two looks at the load; NEVER where it does not scale", "ns", default=NEVER)
    metric = flag("CPU_BUSY or REQUESTS")
    above = real64("load above which another guest is started", "% of VP time, or requests a guest")
    below = real64("load below which one is stopped", "% of VP time, or requests a guest")
    least = int64("guests that are on at least", "count")
    most = int64("guests that are on at most", "count")
    cooldown_ns = int64("time after a start or stop in which there is no other", "ns")
    delay_ns = int64("time from the decision to the start", "ns")
    drain_ns = int64("time from the decision to the stop, in which the guest gets no more requests", "ns")
    on = int64("guests that are on, or will be: the first of the tier", "count")
    quiet_until_ns = int64("no start or stop is decided up to then", "ns")
    looked_ns = int64("when the load was looked at last", "ns")
    held_ns = int64("requests in the tier since then, times how long", "ns")
    up_ns = int64("guests that take requests since then, times how long", "ns")
    counted_ns = int64("time up to which held_ns and up_ns hold", "ns")


class TierCall(Component):
    """Calls of another tier that each request of a tier makes: a row of a table, no entity."""

    tier = row_of("the tier that is called")
    times = int64("how often", "count")
    parallel = flag(
        "1 if all at once, together with its neighbours that are so too; 0 if one after the other"
    )


class TierGuest(Component):
    """A guest as a member of one tier: a row of a table, no entity."""

    tier = row_of("its tier")
    guest = row_of("the partition")
    workload = row_of("the open workload of that guest")
    next_of_guest = row_of("the same guest in another tier")
    up = flag("1 while it takes requests")
    draining = flag("1 from when the tier decides to stop it until it starts it again")
    busy_ns = int64("run time of its VPs when the load was looked at last", "ns")
    off_ns = int64("time for which they had been suspended then", "ns")
    outstanding = int64("requests sent to it and not answered", "count")
    position = int64("where it stands in the order of its tier's guests by outstanding requests", "index")
    group = row_of("the group of those that have as many")
    threads = int64("requests of the tier that the guest serves at once", "count", default=NEVER)
    busy = int64("those that hold such a thread", "count")
    first_waiting = row_of("request that has waited longest in the guest for a thread")
    last_waiting = row_of("the last one")
    stride = int64("weighted: by how much its turn moves on when it is chosen", "2^32 / weight")
    turn = int64("weighted: when its next turn is", "2^32 / weight")


class OutstandingGroup(Component):
    """Guests of a tier that have equally many outstanding requests: a row of a table, no entity."""

    count = int64("outstanding requests of each", "count")
    first = int64("position of the first of them in the order", "index")
    last = int64("position of the last", "index")
    next_free = row_of("next in the list of free groups of the tier")


class TierTimes(Component):
    """What a tier has measured since the start of the run; the parts of the response time sum to it exactly."""

    arrivals = int64("requests that came to the balancer", "count")
    completions = int64("requests answered", "count")
    failed = int64("requests that were not", "count")
    rejected = int64("those of them that found the balancer's queue full", "count")
    retried = int64("further tries", "count")
    timed_out = int64("tries that took too long", "count")
    response_ns = int64("response times of requests answered, summed", "ns")
    balancer_ns = int64("time that they waited at the balancer", "ns")
    retry_ns = int64("time of tries that were lost or took too long", "ns")
    queue_ns = int64("time in the guest without a thread or a VP", "ns")
    ready_ns = int64("time that their VP waited for an LP, or was held back or paused", "ns")
    native_ns = int64("guest code at native speed", "ns")
    hypervisor_ns = int64("hypervisor code on behalf of their VP, and intercepts that the root handled", "ns")
    lost_ns = int64("guest code that did no native work: lost to other LPs, to caches, to memory", "ns")
    io_ns = int64("time with the root, the disk and devices", "ns")
    calls_ns = int64("time in other tiers", "ns")


class TierSample(Component):
    """A tier at the last sample; of response times, those of requests answered since the one before, NaN without any."""

    response_p50_ns = real64("median response time", "ns")
    response_p95_ns = real64("95th percentile of the response time", "ns")
    response_p99_ns = real64("99th percentile of the response time", "ns")


class Visit(Component):
    """A request of a tier: a row of the pool of tasks, no entity."""

    tier = row_of("its tier")
    parent = row_of("the attempt of another tier that called it")
    attempt = row_of("its present attempt; none while it waits at the balancer")
    came_ns = int64("when it came", "ns")
    began_ns = int64("when its present try began", "ns")
    sent_ns = int64("when that was sent to a guest, or joined the queue", "ns")
    tries_left = int64("further tries that it may make", "count")
    service_ns = int64("its work before its calls", "ns of work")
    after_ns = int64("its work after them", "ns of work")
    balancer_ns = int64("time that it waited at the balancer", "ns")
    retry_ns = int64("time of tries that were lost", "ns")


class Attempt(Component):
    """A try of a request at a guest: the row of the pool that makes its way there, no entity."""

    visit = row_of("the request; none if it gave up")
    gone = flag("1 once its guest was turned off or restarted")
    lacking = flag("1 if its work was lost, or a call of its failed")
    has_thread = flag("1 while it holds one of the guest's threads for the tier")
    entered = flag("1 once it has come to its guest")
    after = flag("1 once its calls are over")
    next_call = int64("calls of its tier that are begun", "count")
    times_left = int64("how often the last of them is still to be made", "count")
    pending = int64("calls under way", "count")
    where = flag("AWAY, QUEUED, ON_VP or CALLING")
    since_ns = int64("time up to which its accounts hold", "ns")
    queue_ns = int64("time without a thread or a VP", "ns")
    ready_ns = int64("time that its VP waited for an LP", "ns")
    native_ns = int64("guest code at native speed", "ns")
    hypervisor_ns = int64("hypervisor code", "ns")
    lost_ns = int64("guest code that did no native work", "ns")
    io_ns = int64("time with the root, the disk and devices", "ns")
    calls_ns = int64("time in other tiers", "ns")


class VpTask(Component):
    """What had been counted of a VP when it took its present task."""

    left_ns = int64("when it left the one before", "ns")
    guest_run_ns = int64("VpTimes.guest_run_ns then", "ns")
    hypervisor_run_ns = int64("VpTimes.hypervisor_run_ns then", "ns")
    intercepted_ns = int64("VpTimes.intercepted_ns then", "ns")
    progress_ns = int64("VpTimes.progress_ns then", "ns")
