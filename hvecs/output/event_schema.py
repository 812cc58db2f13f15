"""The tables of events: dispatches, intercepts with hypercalls, operations on memory, what a scenario lists as [[event]], and migrations."""

from collections.abc import Sequence

from components.memory import MEMORY_OPERATIONS, MEMORY_REASONS
from components.migration import MIGRATION_OUTCOMES
from components.trace import DISPATCH_REASONS
from hvecs.output.leading_columns import PARTITION_NAME, VP_INDEX
from hvecs.output.table import TIMESTAMP, Table, null, real, text, whole


def _one_of(values: Sequence[str]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}"


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
        text("reason", f"why it left: {_one_of(DISPATCH_REASONS)}"),
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
        text(
            "operation",
            f"{_one_of(MEMORY_OPERATIONS)}; add and remove are at a start and a stop, lend and return are of Smart Paging",
        ),
        real("requested_mib", "MiB", "what was wanted"),
        real("given_mib", "MiB", "what was given or taken"),
        text(
            "reason",
            f"{_one_of(MEMORY_REASONS)}; no memory, no reserve and no commit when a guest could not start, "
            "no hot-add when it could not be shown more",
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
        null(text("partition", "name of the guest"), "where it is of a CPU group, a tier or a host"),
        text(
            "action",
            "set, start, stop, restart, pause, resume, save, checkpoint, migrate, drain, undrain, fail or recover",
        ),
        null(text("path", "path of the setting"), "where it is no setting"),
        null(
            text(
                "value",
                "what it was set to, as the scenario has it; the host that is drained, undrained, fails or recovers, or is migrated to",
            ),
            "where it is neither",
        ),
        text(
            "result",
            "done; no reserve where a reserve did not fit beside those of the guests that are on, and was left as it was; not started "
            "where a guest was refused its memory or reserve; not running where one that was to be restarted, paused, resumed, saved or resized was not on; "
            "in part where static memory was resized by less than asked; migrating where a guest is on its way to another host, or may not be saved "
            "or resized for that, refused where it could not go (table migration says why) or was asked to already, cancelled where it was turned off or restarted "
            "first, or one of the hosts failed; of a drain done at once, whatever its guests do",
        ),
    ),
    "event",
)

MIGRATION = Table(
    "migration",
    "Live migrations that are over, and guests that were restarted on, or registered with, another host, a row each in order of time; then migrations "
    "that were not over when the run ended.",
    (
        whole("time_ns", "ns", "simulated time at which it was over: the guest went on, or it failed"),
        TIMESTAMP,
        PARTITION_NAME,
        text("source", "name of the host that it was to leave"),
        null(text("target", "name of the host that it was to come to"), "where none was found"),
        whole("asked_ns", "ns", "simulated time at which it was asked for"),
        null(whole("started_ns", "ns", "simulated time at which it began"), "where it did not"),
        whole("passes", "count", "passes over the memory while the guest ran"),
        whole("bytes_held", "count", "memory that the guest held, and that was to be moved"),
        whole("bytes_sent", "count", "memory sent, some of it several times"),
        whole("bytes_crossed", "count", "bytes that crossed the network for that"),
        whole("dirty_pages", "count", "4 KiB pages that were left to be sent while the guest stood still"),
        whole("brownout_ns", "ns", "time in which memory was sent while the guest ran"),
        whole("blackout_ns", "ns", "time in which the guest stood still"),
        text("outcome", f"{_one_of(MIGRATION_OUTCOMES)}"),
    ),
    "event",
)
