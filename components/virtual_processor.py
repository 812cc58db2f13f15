"""Components of virtual processors (VPs)."""

from components.declare import NOBODY, Component, Field, flag, int64, row_of

SUSPENDED, IDLE, READY, RUNNING, CAPPED = range(5)

NO_CAP = -1

NOT_DRAWN = -1
NONE_BEFORE_END = -2
"""What VpState.beyond_fault_ns says of the next fault where that does not cut the work."""


class VpIdentity(Component, hot="owner host tied_lp ideal_node fellow"):
    """Which VP this is."""

    owner = row_of("its partition")
    host = int64("the host that it is on: that of its partition", "index")
    vp_index = int64("its number within the partition", "index")
    tied_lp = row_of("root VPs: the LP to which it is tied, and where it is served at once [NE-CPU]")
    fellow = row_of(
        "the VP that is the other thread of its virtual core, if there is one [WSD scheduler types]"
    )
    ideal_node = int64("the NUMA node that holds its memory", "index")
    virtual_node = int64("its node in the eyes of its guest", "index")


class VpControls(Component, hot="weight cap_ns cpu_group affinity_set slack_ns pool"):
    """The resource controls of a VP [TLFS2 18.2]."""

    weight = int64("share of an LP in proportion to others that want it, 1 to 10000", "", default=100)
    cap_ns = int64("most LP time in a cap period; NO_CAP for none", "ns", default=NO_CAP)
    cap_phase_ns = int64("when its cap is first renewed; then every cap period", "ns")
    want_ns = int64("LP time in a cap period that it can use; twice that if it takes a core for itself", "ns")
    pool = row_of("the affinity set that stands for the LPs that it shares with others")
    reserve_ns = int64("LP time that it is sure of in a period", "ns")
    cpu_group = row_of("its CPU group")
    affinity_set = row_of("the LPs that it may use")
    slack_ns = int64(
        "host.scheduling.slack at its weight, or the mean one if that is more", "ns at weight 100"
    )


class VpState(
    Component,
    hot="state since_ns ready_ns lp ideal_lp home_lp virtual_ns reserve_left_ns task remaining_ns "
    "quantum_left_ns quantum_from_ns level waits guest_idle beyond_fault_ns virtual_rest counted_ns woke "
    "ran_before slice_left_ns extended left_ns spin_left_ns",
):
    """What a VP does now.

    States follow the specification [TLFS2 9-10]: SUSPENDED (its partition is off, or its parent handles an intercept), IDLE (halted), READY, RUNNING, and
    CAPPED (Waiting, held back by its cap). READY with an LP means that the LP is waking for it.
    """

    state = flag("SUSPENDED, IDLE, READY, RUNNING or CAPPED")
    since_ns = int64("time up to which it is charged, unless RUNNING (then its LP knows)", "ns")
    ready_ns = int64("when it last became ready", "ns")
    lp = row_of("the LP that it has")
    ideal_lp = Field("i8", "the LP that it ran on last; where it goes if it can", "index", NOBODY)
    ran_before = int64("1 once it has been dispatched", "")
    home_lp = row_of(
        "the LP in whose run list it waits: the last one that it ran on, on the node of its memory"
    )
    cache_domain = row_of("the cache domain in which it ran last")
    cached_bytes = int64("what was there of its working set when that was last known", "bytes")
    displaced_before = int64("CacheDomain.displaced then", "2^-24")
    virtual_ns = int64("virtual run time: LP time scaled by 100 / weight", "ns at weight 100")
    virtual_rest = int64("rest of that division", "ns x 100 / weight")
    boost = int64("root scheduler: levels of priority that it still has from its last waking", "count")
    cap_period = int64("the cap period for which cap_used_ns holds", "index")
    cap_used_ns = int64("LP time used in that period, with what earlier ones overran", "ns")
    reserve_left_ns = int64("LP time that it lacks of its reserve; negative: that it had beyond it", "ns")
    granted_ns = int64("time in which it wanted an LP for which its reserve has been granted", "ns")
    lacks_place = flag("1 if its group, not a cap of its own, has held it back last")
    lacked_place_ns = int64("time held back for want of a place in its group", "ns")
    task = row_of("the guest thread, or the request, that it runs")
    remaining_ns = int64("work left of the task's burst when the VP last stopped running it", "ns of work")
    beyond_fault_ns = int64(
        "work left of the task beyond a page fault in which remaining_ns ends; NOT_DRAWN or NONE_BEFORE_END if it ends in none",
        "ns of work",
        default=NOT_DRAWN,
    )
    slice_left_ns = int64("what is left of the slice in which it was preempted", "ns")
    extended = int64("1 while it runs in the extension of a slice that ended while it held a lock", "")
    left_ns = int64("when it last left an LP", "ns")
    level = int64("priorities that its task stands above its base", "count")
    quantum_left_ns = int64("guest run time left of the guest's own slice", "ns")
    quantum_from_ns = int64("what was left of it when the task got the VP", "ns")
    waits = int64("1 while its task spins for a lock", "")
    spin_left_ns = int64("spinning left before it notifies the hypervisor", "ns")
    guest_idle = int64("1 while the guest's idle thread is the current thread", "", default=1)
    counted_ns = int64("scarce_ns of its pool up to which its LP time is charged", "ns")
    ring = row_of("the list of its guest's idle VPs, or shared virtual cores, in which it stands")
    next_vp = row_of("next in the list of VPs that an event has made ready")
    woke = flag("how it joins a run list next: in its turn, or as host.scheduling.wake says")


class VpInLine(Component, hot="run_list key_ns due_ns order waits_for"):
    """Where a ready VP stands in a run list (see `systems.scheduling.run_lists`); links hold only while it stands there."""

    run_list = row_of("the run list; none if it stands in none")
    key_ns = int64("place in the list: least first", "ns at weight 100")
    order = int64("place among equals: least first", "count")
    due_ns = int64("virtual time beyond which LPs of other lists take it", "ns at weight 100")
    child = row_of("first VP below it in the heap")
    following = row_of("next VP below the same one, or next of those that have just woken")
    previous = row_of("the VP before it, or above it; of those that have just woken, the one before it")
    waits_for = int64(
        "VPs that leave the list before one that has just woken gets a place", "count", default=-1
    )


_BUCKETS = [f"bucket_x{number}" for number in range(7, 0, -1)] + [f"bucket_{number}" for number in range(7)]
_WAITS = ["dispatches after the shortest waits", *["longer ones"] * 12, "dispatches after the longest waits"]


class VpWaits(
    Component, first={name: int64(doc, "count") for name, doc in zip(_BUCKETS, _WAITS, strict=True)}
):
    """Dispatches of a VP since the start of the run by how long it had waited, in ascending order of the wait.

    The names are those of CPU Wait Time Bucket X7 to X1, then 0 to 6 [LIST]; their edges are not published, but parameters.
    """


class VpTimes(
    Component,
    hot="guest_run_ns hypervisor_run_ns ready_ns dispatches wait_ns contention_ns wake_up_ns progress_ns "
    "lost_memory_contention_ns lost_nested_paging_ns migrations guest_idle_ns",
):
    """Where a VP's time went since the start of the run; the six times sum to the time elapsed, exactly."""

    guest_run_ns = int64("guest code", "ns")
    hypervisor_run_ns = int64("hypervisor code on behalf of the VP", "ns")
    ready_ns = int64("ready, waiting for an LP", "ns")
    idle_ns = int64("idle", "ns")
    capped_ns = int64("held back by the cap", "ns")
    suspended_ns = int64("off, or waiting for the parent", "ns")
    intercepted_ns = int64("suspended until the parent had handled an intercept, part of suspended_ns", "ns")
    dispatches = int64("dispatches on an LP", "count")
    migrations = int64("dispatches on another LP than the last", "count")
    wait_ns = int64("waits of the dispatches that took place, from ready to dispatched", "ns")
    contention_ns = int64("part of those waits in which the LP was busy with others", "ns")
    wake_up_ns = int64("part of those waits in which an idle LP woke", "ns")
    spin_ns = int64("guest code that spun on a lock, part of guest_run_ns", "ns")
    answer_wait_ns = int64(
        "guest code that spun until other VPs had answered an interrupt, part of guest_run_ns", "ns"
    )
    remote_run_ns = int64("run time on another NUMA node than its ideal one, part of the two run times", "ns")
    progress_ns = int64(
        "guest code that did native work; with both kinds of spinning and what was lost it is guest_run_ns",
        "ns",
    )
    lost_smt_ns = int64("guest code lost to the other thread of the core", "ns")
    lost_memory_contention_ns = int64("guest code lost to other LPs on the way to memory", "ns")
    lost_nested_paging_ns = int64("guest code lost to second-level address translation", "ns")
    lost_cache_refill_ns = int64("guest code that fetched what others had displaced from the cache", "ns")
    lost_remote_memory_ns = int64("guest code lost to memory on other NUMA nodes", "ns")
    lost_small_pages_ns = int64("guest code lost to memory mapped 4 KiB by 4 KiB", "ns")
    guest_idle_ns = int64("time in which the guest's own clock sees its idle thread", "ns")
