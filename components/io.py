"""Components of I/O through the root: the path of a workload's requests, and the devices at its end. Those that guests share: `devices`."""

from components.declare import Component, flag, int64, key64, row_of


class IoPath(Component):
    """How the requests of an open workload use the root: a row for each open workload."""

    network = flag("1 if requests arrive through the root")
    by_message = flag("1 if the root posts messages to the guest, 0 if it signals events")
    buffers_left = int64("buffers of the guest's port that are free", "count")
    first_refused = row_of("request whose message found no buffer and waits longest for one")
    last_refused = row_of("request whose message was refused last")
    ring = int64(
        "requests that have come from the network and that the guest has not begun, at most", "count"
    )
    in_ring = int64("such requests now", "count")
    per_request = int64("I/Os of each request, one after the other, after its work", "count")
    depth = int64("I/Os between submission and completion at most; others wait in the guest", "count")
    outstanding = int64("such I/Os now", "count")
    first_unsent = row_of("request whose I/O is the next of those that wait in the guest")
    last_begun = row_of("the last of them that has had an I/O before: it and those before it go first")
    last_unsent = row_of("the last of them all")
    boost = int64("priorities that a request gains when its I/O is complete", "count")
    stable_id = key64("names the path in the random streams")
    draws = int64("I/Os and arrivals through the root so far", "count")
    work = row_of("distribution of the root's work for a request or an I/O on its way")
    completion = row_of("distribution of the root's work for a completed I/O; none if it needs none")
    device_time = row_of("distribution of the time at the device; none if it answers at once")
    first_free_server = row_of("server of the device that is free")
    first_waiting = row_of("I/O that waits longest for a server")
    last_waiting = row_of("I/O that waits last")
    disk = row_of("the guest's disk on shared storage; none if it has a device of its own")
    adapter = row_of("the guest's adapter of a shared NIC; none if its requests come by none")


class DeviceServer(Component):
    """One of the places at which a device serves an I/O."""

    request = row_of("the request whose I/O it serves")
    next_free = row_of("next in the list of free servers")
