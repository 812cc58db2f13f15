"""Components of what an administrator does while the host runs: changes of settings, and orders to guests."""

from components.declare import Component, flag, int64, real64, row_of

WEIGHT, CAP, RESERVE, GROUP_CAP, RATE = range(5)
MINIMUM, MAXIMUM, BUFFER, MEMORY_WEIGHT = range(5, 9)
START, STOP, PAUSE, RESUME, RESTART, STATIC_MEMORY, SAVE, RESTORE = range(9, 17)
MIGRATE, DRAIN, UNDRAIN, FAIL, RECOVER = range(17, 22)

CHANGE_RESULTS = (
    "",
    "done",
    "no reserve",
    "not started",
    "not running",
    "in part",
    "migrating",
    "refused",
    "cancelled",
)
AHEAD, DONE, NOT_RESERVED, NOT_STARTED, NOT_RUNNING, IN_PART, MIGRATING, REFUSED, CANCELLED = range(9)


class Change(Component):
    """A change that is made at a time which is known before the run: of one guest, one CPU group, one tier or one host."""

    at_ns = int64("when it is made", "ns")
    kind = flag(
        "WEIGHT, CAP, RESERVE, GROUP_CAP, RATE, MINIMUM, MAXIMUM, BUFFER, MEMORY_WEIGHT, START, STOP, PAUSE, RESUME, RESTART, STATIC_MEMORY, SAVE, RESTORE (a start of what was saved), MIGRATE, DRAIN, UNDRAIN, FAIL or RECOVER"
    )
    target = row_of("the partition, the CPU group, the tier or the host that it is made to")
    amount = int64(
        "what is set: weights as they are, LP time in a cap period (ns; NO_CAP for none), memory (frames), the host that a guest goes to",
        "",
    )
    share = real64("the buffer, as a share of what is committed", "")
    then = row_of("the change that follows once this one is through; of a RESTORE the RESUME")
    result = flag(
        "AHEAD of its time, DONE, or why it was not: NOT_RESERVED, NOT_STARTED, NOT_RUNNING, only IN_PART, REFUSED, CANCELLED, or MIGRATING still"
    )


class RateStep(Component):
    """A stretch of time in which the requests of an open workload arrive at one rate."""

    at_ns = int64("when it begins", "ns")
    times = real64("the rate in it, as a multiple of the first one", "")


class LifeSpan(Component):
    """A time from a start of a partition to its next stop."""

    start_ns = int64("when it is started", "ns")
    stop_ns = int64("when it is turned off; NEVER if it is not", "ns")
