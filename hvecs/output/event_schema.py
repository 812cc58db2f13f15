"""The tables of events: dispatches, intercepts with hypercalls, and operations on memory."""

from hvecs.output.leading_columns import PARTITION_NAME, VP_INDEX
from hvecs.output.table import TIMESTAMP, Table, real, text, whole

DISPATCH = Table(
    "dispatch",
    "One stay of a VP on an LP, in order of end_ns.",
    (
        whole("lp", "index", "the LP's number, from 0"),
        PARTITION_NAME,
        VP_INDEX,
        whole("ready_ns", "ns", "simulated time at which the VP became ready"),
        whole("start_ns", "ns", "simulated time at which it got the LP"),
        whole("end_ns", "ns", "simulated time at which it left the LP"),
        text(
            "reason", "why it left: slice, idle, preempted, capped, stopped, run end, yielded or intercepted"
        ),
    ),
    "event",
)

INTERCEPT = Table(
    "intercept",
    "What made the hypervisor work, a row each time that intercepts or hypercalls of a class are counted on a VP.",
    (
        whole(
            "time_ns",
            "ns",
            "simulated time at which they were counted; they happened since the last such row",
        ),
        TIMESTAMP,
        PARTITION_NAME,
        VP_INDEX,
        text("class", "the column of virtual_processor that counts them"),
        whole("count", "count", "how many"),
        whole("cost_ns", "ns", "hypervisor time that they cost together"),
    ),
    "event",
)

MEMORY_OPERATION = Table(
    "memory_operation",
    "Each time that memory was given to a guest or taken from it, or should have been, in order of time.",
    (
        whole("time_ns", "ns", "simulated time"),
        TIMESTAMP,
        PARTITION_NAME,
        text("operation", "add (at the start), remove (at the stop), balloon, unballoon or hot-add"),
        real("requested_mib", "MiB", "what was wanted"),
        real("given_mib", "MiB", "what was given or taken"),
        text(
            "reason",
            "start, stop, demand, shortage, surplus, start of another; no memory or no reserve when a guest could not start",
        ),
    ),
    "event",
)
