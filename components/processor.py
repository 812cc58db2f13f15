"""Components of logical processors (LPs), of the cache domains they share, and of affinity sets."""

from components.declare import Component, flag, int64, row_of

IDLE, WAKING, HYPERVISOR, REFILL, GUEST, SPINNING, AWAITING = range(7)


class LpTopology(Component, hot="host domain sibling node root_vp first_set sets"):
    """Where an LP lies."""

    host = int64("its host", "index")
    domain = row_of("its cache domain")
    sibling = row_of("the other LP of its core (SMT), if there is one")
    node = int64("its NUMA node", "index")
    root_vp = row_of("the root VP that is tied to it (Root Vp Index)")
    first_set = int64("first of its affinity sets in the list of sets by LP", "index")
    sets = int64("how many affinity sets hold it", "count")


class NumaNode(Component):
    """LPs, and the memory beside them; the LPs of a node have adjacent numbers."""

    first_lp = int64("its first LP", "index")
    lps = int64("how many LPs it has", "count")


class LpState(
    Component,
    hot="phase since_ns phase_end_ns slice_end_ns vp last_vp pace refill_ns virtual_ns served_ns waiting "
    "turns dozes dispatched_ns yields demand",
):
    """What an LP does now.

    Phases: IDLE; WAKING (an idle LP on its way to a VP that is still ready); HYPERVISOR (paying for a dispatch, not
    preemptible) or for a hypercall; REFILL (guest code on cold caches, no progress); GUEST (guest code at the speed of
    such code in its domain); SPINNING (guest code that waits for a lock, no progress); AWAITING (guest code that waits for other VPs
    to answer an interrupt, no progress). From REFILL on all are guest code.
    """

    phase = flag("IDLE, WAKING, HYPERVISOR, REFILL, GUEST, SPINNING or AWAITING")
    since_ns = int64("time up to which this LP and its VP are charged", "ns")
    idle_clock_ns = int64(
        "how long it has been idle, its root VP too; what an idle root does follows from it", "ns"
    )
    phase_end_ns = int64("end of WAKING, HYPERVISOR or REFILL", "ns")
    refill_ns = int64("REFILL that follows the present HYPERVISOR phase", "ns")
    slice_end_ns = int64("end of the running slice", "ns")
    dispatched_ns = int64("start of the running dispatch", "ns")
    yields = int64("1 while its VP tells the hypervisor of a long spin, and may lose the LP for it", "")
    vp = row_of("the VP that has the LP")
    last_vp = row_of("the VP that had it last")
    virtual_ns = int64("virtual time of the last guest VP served here", "ns at weight 100")
    served_ns = int64("virtual time at which the last guest VP began its slice here", "ns at weight 100")
    waiting = int64("ready VPs in its run list (Scheduler Local Run List Size)", "count")
    turns = int64("VPs that have left its run list, and slices that went on", "count")
    dozes = int64("1 while its slices end without an event, for nobody waits who could follow", "")
    interrupts_before = int64(
        "device interrupts that its root VP had taken when they were last counted", "count"
    )
    interrupted = int64("1 if its root VP took many of them in the last window", "")
    kept_off = int64("1 while it is kept from guests, for its core takes many interrupts", "")
    pace = int64("speed of the burst that it runs, against that of its code", "2^-20", default=2**20)
    demand = int64("memory that its VP asks for now, of what the LP can ask for", "2^-20")


class Stretch(
    Component,
    hot="began_ns work_ns sibling_pace node_pace small_pace time_ns progress_ns nested_ns",
):
    """The stretch of guest code that an LP runs at one pace, and what is booked of it (`systems.guest.attribution`)."""

    began_ns = int64("when it began", "ns")
    work_ns = int64("work that was left then", "ns of work")
    sibling_pace = int64("part of its pace that its sibling leaves it", "2^-20", default=2**20)
    node_pace = int64("part of its pace by where its memory is", "2^-20", default=2**20)
    small_pace = int64("part of its pace by how its memory is mapped", "2^-20", default=2**20)
    time_ns = int64("its time that is booked", "ns")
    progress_ns = int64("of that: work done", "ns of work")
    smt_ns = int64("of that: lost to SMT", "ns")
    remote_ns = int64("of that: lost to remote memory", "ns")
    small_ns = int64("of that: lost to small pages", "ns")
    nested_ns = int64("of that: lost to nested paging", "ns")


class LpTimes(Component):
    """Where an LP's time went since the start of the run; guest + hypervisor + idle = elapsed, exactly."""

    guest_run_ns = int64("guest code, that of the root partition included", "ns")
    hypervisor_run_ns = int64("hypervisor code, waking from idle included", "ns")
    idle_ns = int64("idle", "ns")
    context_switches = int64("switches from one VP to another", "count")


class CacheDomain(Component):
    """LPs that share a cache, and a part of the memory bus."""

    host = int64("their host", "index")
    first_clock = int64("its first clock; one for each code, in the order of GuestScheduler.code", "index")
    clocks = int64("its clocks", "count")
    bus_share = int64("part of the domain's bandwidth that one LP can ask for", "2^-20")
    demand = int64("what all its LPs ask for now, of what one LP can ask for", "2^-20")
    cache_bytes = int64("size of its cache", "bytes")
    held_bytes = int64("what VPs hold of that", "bytes")
    displaced = int64("minus the logarithm of what is left of what was in the cache at first", "2^-24")


class CodeClock(Component):
    """The clock of work of the code of one `memory_bound` in a cache domain: all LPs that run it there do so at one speed.

    It advances by elapsed time x speed, rounded down to the ns, and carries the rest, so that nothing is lost however often it is
    read; it stands still while no LP runs such code.
    """

    domain = row_of("its cache domain")
    bound = int64("share of native time in which the code waits for memory", "2^-20")
    waiting = int64("that share, as long as it takes under the hypervisor on an idle bus", "2^-20")
    speed = int64("speed of the code now", "2^-20", default=2**20)
    work_ns = int64(
        "the clock: work done by an LP that has run such code whenever the clock went", "ns of work"
    )
    rest = int64("part of a ns not yet shown by the clock", "ns / 2^20")
    updated_ns = int64("time to which the clock is advanced", "ns")


class AffinitySet(Component):
    """The LPs that some VPs may use; VPs with the same set share run lists, one for each of its LPs.

    Sets that have LPs, or a CPU group, in common are one pool; the first of them stands for it.
    """

    host = int64("the host of its LPs", "index")
    virtual_ns = int64("highest virtual time at which a VP of the set was served", "ns at weight 100")
    room_ns = int64("pool: LP time of its LPs in a cap period", "ns")
    wanted_ns = int64("pool: LP time in a cap period that its runnable VPs could use, up to their caps", "ns")
    wanting = int64("pool: VPs that stand in line, or wait for a place in their CPU group", "count")
    scarce_ns = int64("pool: time so far in which its LPs were too few for all", "ns")
    scarce_since_ns = int64("pool: time up to which scarce_ns holds", "ns")
    waiting = int64("ready VPs of the set that have no LP", "count")
    first_list = int64("its first run list; one for each of its LPs, in order", "index")
    lists = int64("its run lists", "count")
    kept_off = int64("its LPs that are kept from guests, for their root VPs take many interrupts", "count")
    tree = int64("its tree in the table of trees: the row before that of the root", "index")
    leaves = int64("leaves of that tree, a power of two", "count")
