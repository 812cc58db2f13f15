"""Components of tasks: what VPs work on. A task is a row of a pool that grows between kernel calls, no entity of its own.

The first rows are those of threads, each with the number of its thread; then, one each, those that read pages for a guest's threads, and
messages of VPs to the parent. The rest come and go. What only some kinds have stands beside, in the row of the same number.
"""

from components.declare import Component, flag, int64, row_of

THREAD, REQUEST, PAGE, MESSAGE, CHUNK, VISIT = range(6)
"""Kinds of tasks: a thread's burst; a request; the read of a page from disk, which a request does itself; a message of a VP to the parent; the
root's work for a chunk of memory that migrates; a request of a tier, which only its attempts at guests run."""

LOCAL, ARRIVING, ARRIVED, SUBMITTING, AT_DEVICE, COMPLETING, BACK = range(7)
POSTED, RESUMED, PAGE_ASKED, PAGE_READ, PAGE_BACK = range(7, 12)
ON_LINK, ANSWERING, ANSWERED = range(12, 15)
"""Stages: in the queue of its guest or on a VP; on its way through the root, to a device or the disk, and back (see systems.io)."""

SENT, SERVED, LOST, DROPPED = range(20, 24)
"""Stages of deferred attempts of tiers: it enters its guest, has been served there, found the ring of a NIC full; of LOST, a request has lost its
attempt."""

SLEEPING, PARKED, PAGING, AT_BARRIER, FINISHED = range(30, 35)
"""Stages of threads that are neither queued nor on a VP."""


class Task(Component):
    """What every task has, whatever its kind."""

    kind = flag("THREAD, REQUEST, PAGE, MESSAGE, CHUNK or VISIT")
    owner = row_of("the partition that it is for; the root may work on it meanwhile")
    stage = flag(
        "where it is: LOCAL, ARRIVING, ARRIVED, SUBMITTING, AT_DEVICE, COMPLETING, BACK, POSTED, RESUMED, PAGE_ASKED, PAGE_READ, PAGE_BACK, ON_LINK, ANSWERING or ANSWERED; SENT, SERVED, LOST or DROPPED of tiers; SLEEPING, PARKED, PAGING, AT_BARRIER or FINISHED of threads"
    )
    remaining_ns = int64(
        "work left when it last left a VP, of its own or of the root's present step", "ns of work"
    )
    next_task = row_of("next in the list that holds it")
    level = int64("priorities that it stands above its base, in its guest or in the root", "count")
    quantum_left_ns = int64(
        "guest run time left of its slice when it last lost a VP to a higher priority; else 0", "ns"
    )
    vp = row_of(
        "of a thread, the VP that it is on, or was on last; of a message, the VP that waits for its answer"
    )


class Journey(Component):
    """The way of a request or of a page through the root, or to the disk: a row for each task."""

    number = int64(
        "its number, among those of its workload, or of the pages of its guest; of a CHUNK the row of MigrationEnd that it is work for",
        "count",
    )
    life = int64("the life of its guest in which it arrived, or asked for its page", "count")
    service_ns = int64("its work in the guest, while it arrives, or waits for its page", "ns of work")
    submitted_ns = int64("when it asked for its present I/O, or its page", "ns")


class PageRead(Component):
    """The read of a page from disk: a row for each task."""

    waiter = row_of("the task that waits for the page")
    there_ns = int64("when the page is there", "ns")
    under_way = flag("1 while the root or the disk has it")
