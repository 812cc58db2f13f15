"""Components of live migration: what hosts allow, where each guest's migration stands, and the rows of the table of migrations."""

from components.declare import NEVER, Component, flag, int64, key64, real64, row_of

NOT_MOVING, QUEUED, COPYING, LAST_COPY, BLACKOUT, LANDED = range(6)

UP, DRAINED, FAILED = range(3)

SENDER, RECEIVER = range(2)
"""The two ends of a migration."""

MIGRATION_OUTCOMES = (
    "done",
    "unfinished",
    "no memory",
    "no reserve",
    "no host",
    "target not up",
    "same host",
    "not running",
    "unsuited",
    "cancelled",
    "restarted",
    "registered",
)
ARRIVED, UNFINISHED, NO_MEMORY, NO_RESERVE, NO_HOST, TARGET_NOT_UP, SAME_HOST = range(7)
NOT_RUNNING, UNSUITED, CANCELLED, RESTARTED, REGISTERED = range(7, 12)


class MigrationParameters(Component):
    """How a host sends guests to others and takes them (host.live_migration)."""

    most_at_once = int64("migrations from it and to it at once", "count", default=2)
    most_passes = int64("passes over the memory while the guest runs, at most", "count", default=5)
    ratio = int64(
        "bytes of memory that a compressed byte stands for; 2^10 where it compresses none",
        "2^-10",
        default=1 << 10,
    )
    transfer_ns = int64("work of a root for a MiB that crosses the network", "ns of work")
    compression_ns = int64("work of the source's root for a MiB that it compresses", "ns of work")
    decompression_ns = int64("work of the target's root for such a MiB", "ns of work")
    blackout_ns = int64("how long a guest stands still beside its last transfer", "ns")
    most_pending = int64("pieces of work for a migration that its root may have to do yet", "count")
    by_smb = flag("1 if it sends by SMB Direct")


class MigrationState(Component):
    """What live migration knows of a host."""

    state = flag("UP, DRAINED (its guests go to other hosts, and none comes to it), or FAILED")
    failover_ns = int64(
        "when its guests are next restarted elsewhere, after it has failed", "ns", default=NEVER
    )
    restarts = flag("1 if they are once the present event is over")
    leaves = flag(
        "1 if guests that are off are to leave it, which is drained, once the present event is over"
    )
    waiting = int64("guests that are to be on, and found no host the last time", "count")
    busy = real64("share of its LP time that was taken when hosts were last balanced", "")
    taken = real64("share of its memory that was", "")
    frames = int64("its memory", "frames")
    ran_ns = int64("LP time taken up to then", "ns")
    tries = int64("times that its guests were to be restarted since it failed", "count")
    under_way = int64("migrations from it and to it", "count")
    turns = int64("pieces of work that its root has had for migrations so far", "count")


class MigrationLink(Component):
    """One direction of the network by which the migrations of a host go: of host n row 2n sends, row 2n + 1 receives."""

    link = row_of("the link of a shared NIC that it is; none where nothing else uses it")
    bandwidth = int64("bytes that it carries in a second", "B/s")
    most = int64("of those, migrations together may have at most", "B/s")
    left = int64("while it is shared: what nobody has yet", "B/s")
    room = int64("while it is shared: what migrations may still have of it", "B/s")
    streams = int64("while it is shared: migrations by it that have no share yet", "count")
    others = int64("while it is shared: 1 if messages of guests wait for it", "count")


class ClusterState(Component):
    """What live migration knows of all hosts together."""

    first_queued = row_of("guest that has waited longest for its migration to begin")
    last_queued = row_of("guest that waits last")
    first_under_way = row_of("guest whose migration began first of those under way")
    last_under_way = row_of("the one whose began last")
    asked = flag("1 while a migration may begin, or a guest has arrived, once the present event is over")
    failing = row_of("the host that fails once the present event is over")
    detection_ns = int64("how long it takes until the failure of a host is noticed", "ns")
    delay_ns = int64("how long after a try to restart guests the next three follow", "ns")
    pause_ns = int64("and how long after those the next four", "ns")
    balance_ns = int64("how often hosts are balanced; NEVER if they are not", "ns", default=NEVER)
    balances = flag("1 if they are once the present event is over")
    looked_ns = int64("when they were last", "ns")
    threshold = real64("share of LP time, or of memory, above which a host sends guests to others", "")
    rows = int64("rows in the buffer of the table of migrations", "count")


class Migration(Component):
    """Where the live migration of a guest stands; a row a partition, where there are several hosts."""

    memory_turn = key64("says which VP of a root makes the calls for its memory")
    parent_turn = key64("says which VP of a root handles its intercepts first")
    rank = int64("its place among guests that are restarted: 0 first, 3 not at all", "")
    failed_ns = int64("when its host failed", "ns")
    lack = flag(
        "why no host could take it when it was last to be started elsewhere, as an outcome; ARRIVED if that is still to come"
    )
    tried_ns = int64("when that was", "ns")
    to_be_had = int64(
        "then: memory free for it on the host with most, of those that are up, suit it and have too little",
        "frames",
    )
    looked_ns = int64("run time of its VPs when hosts were last balanced", "ns")
    lps = real64("LPs that it has kept busy between the last two looks", "")
    dirty_rate = int64("memory that it writes in a second of guest run time", "B/s")
    stage = flag(
        "NOT_MOVING, QUEUED, COPYING, LAST_COPY (it stands still while what is left is sent), BLACKOUT, or LANDED (it goes on at once)"
    )
    source = row_of("host that it leaves")
    target = row_of("host that it goes to; none while it is queued for whichever suits best")
    change = row_of("the change that asked for it; none if a drain did")
    following = row_of("guest that is behind it in the queue, or under way")
    previous = row_of("guest that is before it")
    asked_ns = int64("when it was asked for", "ns")
    started_ns = int64("when it began; -1 before", "ns", default=-1)
    paused_ns = int64("when its guest was suspended for the blackout; -1 before", "ns", default=-1)
    waits = flag("1 while it waits for a root that is behind with its work")
    was_paused = flag("1 if its guest is paused whatever becomes of the migration")
    passes = int64("passes begun", "count")
    memory = int64("memory that it moves", "bytes")
    left = int64("memory that the present pass has still to send", "bytes")
    in_chunk = int64("memory sent that the roots have not worked for", "bytes")
    share = int64("what it may send of the bandwidth now", "B/s")
    ratio = int64(
        "bytes of memory that a byte on the network stands for in this pass", "2^-10", default=1 << 10
    )
    rate = int64("memory that it sends in a second now", "B/s")
    rest = int64("what of the memory sent is left of whole bytes", "1e-9 B")
    since_ns = int64("time up to which left holds", "ns")
    ran_ns = int64("guest run time of its VPs when the present pass began", "ns")
    sent = int64("memory sent", "bytes")
    wire = int64("bytes that crossed the network for it", "B")
    crossed_rest = int64("what of the compressed bytes is left of whole ones", "2^-10 B / ratio")
    dirty = int64("memory written in the last pass, still to be sent", "bytes")


class MigrationEnd(Component):
    """One end of the last migration of a guest: of guest n row 2n sends, row 2n + 1 receives. As it ended once it is over."""

    host = row_of("the host at this end")
    peer = row_of("the host at the other")
    under_way = flag("1 while the migration is under way")
    pending = int64("pieces of work that the root at this end has still to do, of earlier ones too", "count")
    number = int64("at the sender: the present pass, from 1; that of the blackout is one more", "count")
    is_blackout = flag("at the sender: 1 while the guest stands still")
    pages = int64("at the sender: 4 KiB pages that the present pass has to send", "count")
    plain = int64("at the sender: memory of this migration sent as it is", "bytes")
    to_compress = int64("at the sender: memory of it sent compressed", "bytes")
    compressed = int64("at the sender: compressed bytes of it sent", "B")
    smb = int64("at the sender: bytes of it sent by SMB", "B")


class MigrationTimes(Component):
    """What all migrations of a guest have done at an end, rows as those of MigrationEnd; its fields only grow."""

    brownout_ns = int64("time in which memory was sent while the guest ran", "ns")
    blackout_ns = int64("time in which the guest stood still", "ns")
    read = int64("memory sent", "bytes")
    plain = int64("of that, sent as it is", "bytes")
    to_compress = int64("of that, sent compressed", "bytes")
    compressed = int64("compressed bytes sent", "B")
    tcp = int64("bytes sent by TCP", "B")
    smb = int64("bytes sent by SMB", "B")
    plain_in = int64("memory received as it is", "bytes")
    compressed_in = int64("compressed bytes received", "B")
    decompressed = int64("memory received in those", "bytes")
    written = int64("memory received", "bytes")
    tcp_in = int64("bytes received by TCP", "B")


class MigrationRecord(Component):
    """A row of the table of migrations, or of a guest that was restarted on another host, or came to it while it was off."""

    guest = row_of("the guest")
    source = row_of("host that it was to leave")
    target = row_of("host that it was to go to; none if none was found")
    asked_ns = int64("when it was asked for", "ns")
    started_ns = int64("when it began; -1 if it did not", "ns", default=-1)
    ended_ns = int64("when the guest was resumed on the target, or it failed", "ns")
    passes = int64("passes over the memory while the guest ran", "count")
    memory = int64("memory that it was to move", "bytes")
    sent = int64("memory sent", "bytes")
    wire = int64("bytes that crossed the network", "B")
    dirty = int64("memory sent while the guest stood still", "bytes")
    brownout_ns = int64("time in which memory was sent while the guest ran", "ns")
    blackout_ns = int64("time in which the guest stood still", "ns")
    outcome = flag("see MIGRATION_OUTCOMES")
