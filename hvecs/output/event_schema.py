"""The tables of events: dispatches, intercepts with hypercalls, and operations on memory."""

from hvecs.output.leading_columns import PARTITION_NAME, VP_INDEX
from hvecs.output.table import TIMESTAMP, Table, null, real, text, whole

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
            "reason",
            "why it left: slice, idle, preempted, capped, stopped, run end, yielded, intercepted or paused",
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

EVENT = Table(
    "event",
    "What was changed by the events of the scenario, a row a guest, or CPU group, and setting, in order of time.",
    (
        whole("time_ns", "ns", "simulated time at which it was changed"),
        TIMESTAMP,
        null(text("partition", "name of the guest"), "where it is of a CPU group"),
        text("action", "set, start, stop, pause, resume or checkpoint"),
        null(text("path", "path of the setting"), "where it is no setting"),
        null(text("value", "what it was set to, as the scenario has it"), "where it is no setting"),
        text(
            "result",
            "done; no reserve where a reserve did not fit beside those of the guests that are on, and was left as it was; not started "
            "where a guest was refused its memory or reserve; not running where one that was to be paused or resumed was not on",
        ),
    ),
    "event",
)
