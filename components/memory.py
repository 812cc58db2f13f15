"""Components of memory: page frames, NUMA nodes, and what partitions hold of them.

Amounts are counted in frames, the size of which is a parameter of the host (2 MiB or 4 KiB). A guest's pages have the same
size and are numbered from 0; each is backed by one frame or by none.
"""

from components.declare import NEVER, Component, flag, int64, real64, row_of, small

FREE, HYPERVISOR, ROOT, GUEST, BALLOONED = range(5)

UNMAPPED, MAPPED_4K, MAPPED_2M = range(3)

UNIFORM_ACCESS, ZIPF_ACCESS = range(2)

BY_PRESSURE, BY_WEIGHT = range(2)

MEMORY_OPERATIONS = ("add", "remove", "balloon", "unballoon", "hot-add", "lend", "return")
ADD, REMOVE, BALLOON, UNBALLOON, HOT_ADD, LEND, RETURN = range(7)

MEMORY_REASONS = (
    "start",
    "stop",
    "demand",
    "shortage",
    "surplus",
    "no memory",
    "start of another",
    "no reserve",
    "no hot-add",
    "no commit",
    "restart",
    "resize",
    "save",
    "restore",
    "migration",
)
AT_START, AT_STOP, FOR_DEMAND, IN_SHORTAGE, OF_SURPLUS, NO_MEMORY, FOR_ANOTHER = range(7)
NO_RESERVE, NO_HOT_ADD, NO_COMMIT = range(7, 10)
AT_RESTART, AT_RESIZE, AT_SAVE, AT_RESTORE, AT_MIGRATION = range(10, 15)


class PageFrame(Component):
    """A frame of machine memory. Every frame has an entity id; esper learns of those that are asked for."""

    page = small("i4", "the page of its owner that it backs", "index", -1)
    owner = small("i4", "the partition that has it", "index", -1)
    node = small("i2", "the NUMA node on which it lies", "index")
    state = small(
        "i1", "FREE, HYPERVISOR, ROOT, GUEST or BALLOONED (given up by the guest, not yet taken by the host)"
    )
    size_class = small("i1", "how it is mapped: UNMAPPED, MAPPED_4K or MAPPED_2M")
    touched = small("i1", "1 once its owner has touched it")


class MemoryNode(Component):
    """The memory of a NUMA node."""

    host = int64("its host", "index")
    first_frame = int64("its first frame, and the bottom of its stack of free frames", "index")
    frames = int64("frames on it", "count")
    free = int64("free frames on it: the height of the stack", "count")


class MemoryParameters(Component):
    """The parameters of memory; what Microsoft does not publish of them is said in `hvecs show scenario`."""

    page_bytes = int64("size of a frame", "bytes")
    block = int64("frames that the balloon takes at a time, 2 MiB of them", "frames", default=1)
    period_ns = int64(
        "memory is balanced, and guests report, so often; NEVER if nothing ever changes", "ns", default=NEVER
    )
    first_report_ns = int64("first report of a guest, after its start [LNX-BAL]", "ns")
    report_ns = int64("and the time between two reports [LNX-BAL]", "ns", default=1)
    keeps_surplus = int64("1 if guests keep what they do not want as long as nobody wants it", "", default=1)
    retry_ns = int64(
        "a start that was refused is tried again after this; NEVER if it is not", "ns", default=NEVER
    )
    timeout_ns = int64("how long a start may wait for memory that others give up", "ns")
    cluster = int64("1 if starts are tried again as a cluster does [CLUS]", "")
    online_ns = int64("time that a guest takes to bring a chunk of hot-added memory online", "ns")
    chunk = int64("alignment of hot-added memory", "frames")
    most_added = int64("most that a guest is given at one balancing", "frames")
    most_removed = int64("most that a guest loses at one balancing", "frames")
    deadband = real64("distance from its goal at which a guest is left alone, as a share of the goal", "")
    policy = flag("how memory is shared when it is short: BY_PRESSURE or BY_WEIGHT")
    spanning = int64("1 if a guest may have memory of several nodes", "", default=1)
    has_hypervisor = int64("0 on the bare machine", "", default=1)
    remote_memory = real64("how much slower code runs whose memory is all on another node", "")
    small_pages = real64("how much slower code runs in memory mapped 4 KiB by 4 KiB", "")
    low_buffer = real64("share of its buffer below which a guest's memory status is Low", "")
    disk_bytes_per_s = int64("rate at which the memory of guests is saved and restored", "bytes/s", default=1)
    commit_per_guest = int64("what the root commits for each guest that runs", "bytes")


class MemoryState(Component):
    """What the memory systems know of a host as a whole."""

    first_dynamic = int64("its first guest in the list of those with `DynamicMemory` by host", "index")
    dynamics = int64("its guests there", "count")
    next_retry_ns = int64("when a start that was refused is next tried again", "ns", default=NEVER)
    balanced_ns = int64("time of the last balancing", "ns")
    deposited = int64("4 KiB pages deposited with the hypervisor, for all partitions", "count")
    hypervisor_frames = int64("frames that hold them", "frames")
    guests = int64("guests that have their memory", "count")
    kept = int64("frames kept for guests that are on their way to it", "frames")


class MemoryProgress(Component):
    """How far the memory systems have come with what is known before the run, and with their trace."""

    next_event = int64("the next start or stop in the list of them", "index")
    next_change = int64("the next change that may be one of memory", "index")
    operations = int64("rows in the buffer of memory operations", "count")
    room = int64("rows that the buffer holds; 0 when operations are not traced", "count")


class PartitionMemory(Component):
    """The memory of a partition, the root's among them."""

    startup = int64("what it starts with", "frames")
    first_page = int64("its first row in the table of guest pages", "index")
    most_pages = int64("rows that it has there", "count")
    visible = int64("pages that the guest sees: the high-water mark", "frames")
    held = int64("frames that back them", "frames")
    out_blocks = int64("blocks given up whole, from the top of the visible pages", "count")
    out_pieces = int64("further pages given up one by one, all over the rest", "frames")
    lent = int64("pages at the top that it sees and that lie on disk, by Smart Paging", "frames")
    ballooned = int64("frames given up and not yet taken by the host", "frames")
    planned_node = row_of("NUMA node on which its VPs belong")
    preferred_node = row_of("NUMA node that its memory should come from: that one")
    remote = int64("frames that it holds on other nodes", "frames")
    remote_share = real64("those as a share of what it holds", "")
    touched = int64("frames that it has touched", "frames")
    first_faults = int64("mappings that it has touched first since its guest was last told", "count")
    first_zeroings = int64("4 KiB pages zeroed for that", "count")
    mapped = int64("mappings made while it ran, since the root last called for them", "count")
    unmapped = int64("mappings taken away while it ran, since the root last called for that", "count")
    virtual_nodes = int64("NUMA nodes that the guest sees", "count", default=1)
    touch_mark = int64("pages below this one are touched as soon as they are backed", "index")
    deposited = int64("4 KiB pages deposited with the hypervisor for it", "count")
    page_file = int64(
        "what it may commit beyond the memory that it holds; NEVER for no bound", "bytes", NEVER
    )
    wanted = int64("what the guest would commit", "bytes")
    committed = int64("what it has committed: that, as far as it may", "bytes")
    working_set = int64("part of it that is touched steadily", "bytes")
    file_cache = int64("what its file cache would like to have", "bytes")
    boots = int64("times that it got its startup memory", "count")
    first_try_ns = int64("when it was first to be started", "ns", default=NEVER)
    retry_ns = int64(
        "when its start is tried again, or the disk has saved or restored it; NEVER if it does not wait for that",
        "ns",
        default=NEVER,
    )
    lacks = int64("what is still missing for its start or restart, while it waits for that", "frames")
    gathers = int64("1 while others give up memory so that it can start", "")
    saved_pages = int64("what was saved of it and is not back in use", "frames")
    restore = row_of("the change that starts it from what was saved, once that is due")
    refusals = int64("times that its start was refused, the last one if there were several", "count")
    refused_free = int64("memory that was to be had at the last of them", "frames")


class DynamicMemory(Component):
    """The settings of a guest with Dynamic Memory, and where it stands [WSD dynamic-memory.md].

    The host keeps the counters of static memory too (`is_static`); it moves none of that.
    """

    owner = row_of("its partition")
    minimum = int64("least that it is left with", "frames")
    maximum = int64("most that it is given", "frames")
    buffer = real64("memory beyond what is committed, as a share of that", "")
    weight = int64("its share against others' when memory is short", "", default=5000)
    is_static = int64("1 if it keeps what it starts with", "")
    cannot_add = int64("1 if the guest cannot bring online what it is shown while it runs", "")
    failed_adds = int64("times that hot-add has failed since its start; the host does not ask again", "count")
    add_failures = int64("and since the start of the run", "count")
    keeps_floor = int64("1 if its balloon leaves it some free memory, as that of Linux does [LNX-BAL]", "")
    reports_from_ns = int64("when it reports for the first time; NEVER while it is off", "ns", default=NEVER)
    reported_ns = int64("when it reported last; negative before the first report", "ns", default=-1)
    reported = int64(
        "what it had committed then; before that, what its startup memory is a target for", "bytes"
    )
    online_ns = int64("when it has brought online all memory added to it", "ns")
    goal = int64("what the last balancing wants it to hold", "frames")
    moving = int64("1 while it is on its way to the goal", "")
    paused = int64("1 while its guest is paused, which neither reports nor gives up memory", "")
    moves = int64("1 while it is live migrated, and its memory stays what it is", "")
    added = int64("frames given to it while it ran", "frames")
    removed = int64("frames taken from it while it ran", "frames")
    add_operations = int64("times that it was given some", "count")
    remove_operations = int64("times that it lost some", "count")
    pressure_sum = real64("its pressure, summed over the balancings since the last sample", "%")
    pressure_count = int64("balancings since the last sample", "count")


class MemoryDemand(Component):
    """What a guest commits over time, and how it touches that."""

    owner = row_of("its partition")
    first_point = int64("first of its rows in the table of points", "index")
    points = int64("how many", "count")
    at = int64("the point reached", "index")
    cycle_ns = int64("after which the points begin again; NEVER if they do not", "ns", default=NEVER)
    working_set = real64("share of the committed memory that is touched steadily", "", default=1.0)
    file_cache = int64("what its file cache would like to have", "bytes")
    access_every_ns = int64("mean work between two touches that may miss", "ns of work", default=NEVER)
    read_every_ns = int64(
        "mean work between two reads of file data that may miss", "ns of work", default=NEVER
    )
    pattern = flag("which pages of the working set are touched: UNIFORM_ACCESS or ZIPF_ACCESS")
    exponent = real64("of the Zipf distribution", "", default=1.0)


class DemandPoint(Component):
    """A point of a guest's demand over time; between two points the demand changes linearly."""

    at_ns = int64("simulated time", "ns")
    committed = int64("what is committed then", "bytes")


class MemoryOperation(Component):
    """A row of the trace of memory operations."""

    time_ns = int64("simulated time", "ns")
    owner = row_of("the partition")
    host = int64("the host that it was on", "index")
    operation = flag("ADD, REMOVE, BALLOON, UNBALLOON, HOT_ADD, LEND or RETURN (by Smart Paging)")
    reason = flag(
        "why: AT_START, AT_STOP, FOR_DEMAND, IN_SHORTAGE, OF_SURPLUS, NO_MEMORY, FOR_ANOTHER, NO_RESERVE, NO_HOT_ADD, NO_COMMIT, "
        "AT_RESTART, AT_RESIZE, AT_SAVE, AT_RESTORE or AT_MIGRATION"
    )
    requested = int64("how much was wanted", "frames")
    given = int64("how much it was", "frames")
