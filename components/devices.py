"""Components of devices that guests share: volumes with the disks of guests on them, NICs with the adapters of guests."""

from components.declare import Component, flag, int64, real64, row_of


class StorageVolume(Component):
    """A volume, or a path to a SAN, that the disks of several guests lie on: its places, its transfer, whose turn it is."""

    latency = row_of("distribution of an I/O's latency at a place; none if it has none")
    bandwidth = int64(
        "bytes that it transfers a second, of all its I/Os one after the other; 0: no bound", "B/s"
    )
    link_free_ns = int64("when the last transfer so far ends", "ns")
    link_rest = int64("what of the transfers is left of whole nanoseconds", "1e-9 B")
    in_order = flag("1 if its I/Os are begun in the order in which they came, 0 if by minimum and fair share")
    normal_bytes = int64("bytes of a normalised operation", "B")
    by_bytes = flag("1 if an I/O counts for its bytes, 0 if for whole normalised operations, at least one")
    period_us = int64("how long the quota of a disk with a maximum lasts", "us")
    came = int64("I/Os that have come to it", "count")
    fair_time = int64("least share of those that wait, when the last I/O was begun", "1e-6 operations")
    most_share = int64("largest share that any disk has had so far", "1e-6 operations")
    first_free = row_of("place that is free")


class StoragePlace(Component):
    """One of the places at which a volume serves an I/O, from the beginning of its latency to the end of its transfer."""

    storage = row_of("its volume")
    request = row_of("the request whose I/O it serves")
    transfers = flag("1 while that waits for its transfer, or is transferred")
    next_free = row_of("next in the list of free places")


class VirtualDisk(Component):
    """The disk of a guest on shared storage: what it may have, what of that is used, and its I/Os that wait to be begun."""

    storage = row_of("its volume")
    path = row_of("the open workload that it belongs to")
    bytes = row_of("distribution of the bytes of an I/O")
    write_share = real64("share of I/Os that are writes", "")
    minimum = int64("normalised operations a second that it is sure of; 0: none", "1/s")
    maximum = int64("normalised operations a second that it may not exceed; 0: no bound", "1/s")
    maximum_bytes = int64("bytes a second that it may not exceed; 0: no bound", "B/s")
    quota = int64(
        "what is left of the maximum in the present period; below 0 is taken from the next", "1e-6 operations"
    )
    byte_quota = int64("what is left of the maximum of bytes, likewise", "1e-6 B")
    period = int64("number of that period", "count")
    first_waiting = row_of("its I/O that has waited longest to be begun")
    last_waiting = row_of("its I/O that came last")
    opened = int64(
        "I/Os that had come to the volume when its quota was last replenished for one that waited", "count"
    )
    share = int64(
        "its share after the I/O begun last: what it has had, or what others have had while it wanted nothing",
        "1e-6 operations",
    )
    due_ns = int64("when its next I/O must be begun for its minimum", "ns")
    outstanding = int64("I/Os that have come and are not done", "count")
    outstanding_bytes = int64("bytes of those", "B")
    outstanding_operations = int64("normalised operations of those", "1e-6 operations")
    unsent = int64("I/Os that wait in the guest for a place of its queue", "count")


class DiskTimes(Component):
    """What the disk of a guest on shared storage has done since the start of the run."""

    submitted = int64("I/Os that came", "count")
    submitted_bytes = int64("bytes of those", "B")
    reads = int64("reads completed", "count")
    writes = int64("writes completed", "count")
    read_bytes = int64("bytes read", "B")
    written_bytes = int64("bytes written", "B")
    cancelled = int64("I/Os that were not begun before their guest was turned off or restarted", "count")
    cancelled_bytes = int64("bytes of those", "B")
    operations = int64("normalised operations completed", "1e-6 operations")
    latency_ns = int64("time from its coming to its end, summed over I/Os completed", "ns")


class VirtualSwitch(Component):
    """The virtual switch of a shared NIC."""

    packet_bytes = int64("bytes of a packet at most", "B")
    packet_ns = int64("work of the root for each packet", "ns of work")


class NetworkLink(Component):
    """One direction of a shared NIC: row 2n receives, row 2n + 1 sends, for the switch n."""

    bandwidth = int64("bytes that cross it a second, of one message after the other; 0: no bound", "B/s")
    rest = int64("what of the messages is left of whole nanoseconds", "1e-9 B")
    taken = int64("of the bandwidth, what live migrations have of it now", "B/s")
    left = int64("what of the first message had to cross at since_ns", "1e-9 B")
    since_ns = int64("since when it crosses at the present rate", "ns")
    first = row_of("request whose message crosses it")
    last = row_of("request whose message will cross it last")


class ReceiveQueue(Component):
    """A ring of packets that have come and that the root has not taken, and the root VP that takes them."""

    root_vp = row_of("the root VP that is interrupted for it")
    room = int64("packets that it holds", "count")
    in_ring = int64("packets that it holds now", "count")
    busy = flag("1 while the root has a message of it")
    first = row_of("request whose message is handed to the root next")
    last = row_of("request whose message came last")


class VirtualAdapter(Component):
    """The adapter of a guest at the switch of a shared NIC."""

    switch = row_of("its switch")
    path = row_of("the open workload that it belongs to")
    queue = row_of("its receive queue")
    request_bytes = row_of("distribution of the bytes of a request; none if requests are empty")
    answer_bytes = row_of("distribution of the bytes of an answer; none if there are no answers")
    in_ring = int64("packets of it in its receive queue", "count")
    to_send = int64("answers that the guest has handed over and that have not left the link", "count")


class AdapterTimes(Component):
    """What has come and gone by an adapter since the start of the run."""

    arrived_packets = int64("packets that crossed the receiving link", "count")
    received_packets = int64("packets that the root has taken", "count")
    received_bytes = int64("bytes of those", "B")
    dropped_packets = int64("packets that found a ring full, or their guest off or restarted", "count")
    dropped_bytes = int64("bytes of those", "B")
    sent_packets = int64("packets that crossed the sending link", "count")
    sent_bytes = int64("bytes of those", "B")
