"""Rows of the event tables, as kernels record them."""

from components.declare import Component, flag, int64, row_of

SLICE, WENT_IDLE, PREEMPTED, HIT_CAP, STOPPED, RUN_ENDED, YIELDED, INTERCEPTED, PAUSED = range(9)

DISPATCH_REASONS = (
    "slice",
    "idle",
    "preempted",
    "capped",
    "stopped",
    "run end",
    "yielded",
    "intercepted",
    "paused",
)


class DispatchRecord(Component):
    """One stay of a VP on an LP."""

    lp = row_of("the LP")
    vp = row_of("the VP")
    ready_ns = int64("when the VP became ready for it", "ns")
    start_ns = int64("when it got the LP", "ns")
    end_ns = int64("when it left it", "ns")
    reason = flag(
        "why it left: SLICE, WENT_IDLE, PREEMPTED, HIT_CAP, STOPPED, RUN_ENDED, YIELDED, INTERCEPTED or PAUSED"
    )
