"""The tables of Dynamic Memory, by the names of Windows' counters [WE, LIST, BA].

MB in the names of these counters are MiB, as everywhere in Windows.
"""

from dataclasses import replace

from hvecs.output.leading_columns import ENTITY, PARTITION_NAME, TIME
from hvecs.output.source import Computed, Scaled, Source
from hvecs.output.table import Table, null, of_field, rate, real, text, whole

_BALANCER = r"\Hyper-V Dynamic Memory Balancer(*)"
_VM = r"\Hyper-V Dynamic Memory VM(*)"


def _mib(*of: str) -> Source:
    return Scaled(of, "MiB")


_HELD = "memory.partitions.held"
_COMMITTED = "memory.partitions.committed"
_REPORTED = "memory.dynamic.reported"
_RUNNING = "lifetimes.running"
_STATIC = "memory.dynamic.is_static"
_PRESSURE = ("memory.dynamic.pressure_sum", "memory.dynamic.pressure_count")

_ROOTS = "when the root's demand for memory is not modelled"

DYNAMIC_MEMORY_BALANCER = Table(
    "dynamic_memory_balancer",
    "The memory of the host that guests can have, one row a sample.",
    (
        *TIME,
        text("instance", "always System Balancer"),
        real(
            "available_memory_mib",
            "MiB",
            "memory that nobody has",
            rf"{_BALANCER}\Available Memory",
            _mib("memory.nodes.free"),
        ),
        real(
            "available_for_balancing_mib",
            "MiB",
            "of that, what no start waits for; the exact meaning of the counter is not published",
            rf"{_BALANCER}\Available Memory For Balancing",
            Computed(("memory.nodes.free", "memory.partitions.gathers", "memory.partitions.lacks")),
        ),
        real(
            "root_memory_mib",
            "MiB",
            "memory that the root holds: its reserve, without what it has deposited",
            None,
            Computed((_HELD,)),
        ),
        null(
            real(
                "root_available_mib",
                "MiB",
                "of that, what it has not committed",
                r"\Memory\Available MBytes",
                Computed((_HELD, _COMMITTED)),
            ),
            _ROOTS,
        ),
        null(
            real(
                "root_committed_bytes",
                "B",
                "memory that the root has committed, for itself and for the guests that run",
                r"\Memory\Committed Bytes",
                Computed((_COMMITTED,)),
            ),
            _ROOTS,
        ),
        whole(
            "root_pages_input",
            "count",
            "4 KiB pages that the root read from disk at hard page faults",
            None,
            Computed(("guest_times.hard_faults",)),
        ),
        rate("root_pages_input", "the same, a second", r"\Memory\Pages Input/sec"),
        real(
            "in_transit_mib",
            "MiB",
            "memory that guests have given up and the host has not yet taken, and that which is kept for guests on their way to it",
            None,
            _mib("memory.partitions.ballooned", "memory.state.kept"),
        ),
        real(
            "hypervisor_memory_mib",
            "MiB",
            "memory that holds the pages deposited with the hypervisor; with available, in transit, that of the root and "
            "gpa_pages of all partitions, this is the memory of the host",
            None,
            _mib("memory.state.hypervisor_frames"),
        ),
        null(
            real(
                "average_pressure_pct",
                "%",
                "mean pressure of the guests with Dynamic Memory over the interval",
                rf"{_BALANCER}\Average Pressure",
                Computed((*_PRESSURE, _RUNNING, _STATIC)),
            ),
            "when none runs",
        ),
        null(
            real(
                "current_pressure_pct",
                "%",
                "all that they had committed by their last reports, of all that they hold",
                rf"{_BALANCER}\System Current Pressure",
                Computed((_HELD, _REPORTED, _RUNNING, _STATIC)),
            ),
            "when none runs",
        ),
        real(
            "added_memory_mib",
            "MiB",
            "memory given to running guests so far",
            rf"{_BALANCER}\Added Memory",
            _mib("memory.dynamic.added"),
        ),
        real(
            "removed_memory_mib",
            "MiB",
            "memory taken from them so far",
            rf"{_BALANCER}\Removed Memory",
            _mib("memory.dynamic.removed"),
        ),
        of_field(
            "add_operations",
            "count",
            "times that it was given, so far",
            "memory.dynamic.add_operations",
            rf"{_BALANCER}\Memory Add Operations",
        ),
        of_field(
            "remove_operations",
            "count",
            "times that it was taken, so far",
            "memory.dynamic.remove_operations",
            rf"{_BALANCER}\Memory Remove Operations",
        ),
    ),
    "host",
)

_SINCE = "when memory was not balanced in the interval"
_UNKNOWN = "when its demand is not modelled"
_STATICALLY = "for static memory"

DYNAMIC_MEMORY_VM = Table(
    "dynamic_memory_vm",
    "Each guest's memory as the host knows it, one row a sample while it runs; before Windows Server 2016 only those with Dynamic Memory.",
    (
        *TIME,
        text("instance", "the partition's name"),
        ENTITY,
        PARTITION_NAME,
        real("physical_memory_mib", "MiB", "memory that it holds", rf"{_VM}\Physical Memory", _mib(_HELD)),
        real(
            "guest_visible_mib",
            "MiB",
            "memory that the guest sees: the most it has been shown",
            rf"{_VM}\Guest Visible Physical Memory",
            _mib("memory.partitions.visible"),
        ),
        real(
            "smart_paging_mib",
            "MiB",
            "memory that it sees and that is lent to it from disk, since a restart",
            rf"{_VM}\Smart Paging Working Set Size",
            _mib("memory.partitions.lent"),
        ),
        null(
            real(
                "available_mib",
                "MiB",
                "memory that it holds and has not committed",
                rf"{_VM}\Guest Available Memory",
                Computed((_HELD, _COMMITTED)),
            ),
            _UNKNOWN,
        ),
        null(
            real(
                "committed_mib",
                "MiB",
                "memory that the guest has committed: its demand",
                None,
                Computed((_COMMITTED,)),
            ),
            _UNKNOWN,
        ),
        null(
            real(
                "target_mib",
                "MiB",
                "its demand by its last report and the buffer: what it is given where there is enough",
                None,
                Computed((_REPORTED, "memory.dynamic.buffer", _STATIC)),
            ),
            _STATICALLY,
        ),
        null(
            real(
                "current_pressure_pct",
                "%",
                "demand, by its last report, as a percentage of the memory that it holds",
                rf"{_VM}\Current Pressure",
                Computed((_HELD, _REPORTED, "memory.dynamic.reported_ns", _STATIC)),
            ),
            f"{_UNKNOWN}, and before the first report of a guest with static memory",
        ),
        null(
            real(
                "average_pressure_pct",
                "%",
                "mean over the interval",
                rf"{_VM}\Average Pressure",
                Computed(_PRESSURE),
            ),
            f"{_SINCE}, and where the current one is",
        ),
        null(
            real(
                "maximum_pressure_pct",
                "%",
                "upper end of the band of pressures in which balancing leaves the guest alone: with the buffer, and the deadband less than "
                "its target; the exact meaning of the counter is not published",
                rf"{_VM}\Maximum Pressure",
                Computed(("memory.dynamic.buffer", _STATIC)),
            ),
            _STATICALLY,
        ),
        null(
            real(
                "minimum_pressure_pct",
                "%",
                "lower end of that band",
                rf"{_VM}\Minimum Pressure",
                Computed(("memory.dynamic.buffer", _STATIC)),
            ),
            _STATICALLY,
        ),
        replace(
            text(
                "memory_status",
                "as Hyper-V Manager shows it: OK; Low, with less than dynamic_memory.low_buffer of its buffer left; Warning, with "
                "less than its demand; empty for static memory",
            ),
            source=Computed((_HELD, _REPORTED, "memory.dynamic.buffer", _STATIC)),
        ),
        real(
            "added_memory_mib",
            "MiB",
            "memory given to it while it ran, so far",
            rf"{_VM}\Added Memory",
            _mib("memory.dynamic.added"),
        ),
        real(
            "removed_memory_mib",
            "MiB",
            "memory taken from it while it ran, so far",
            rf"{_VM}\Removed Memory",
            _mib("memory.dynamic.removed"),
        ),
        of_field(
            "add_operations",
            "count",
            "times that it was given some, so far",
            "memory.dynamic.add_operations",
            rf"{_VM}\Memory Add Operations",
        ),
        of_field(
            "remove_operations",
            "count",
            "times that it lost some, so far",
            "memory.dynamic.remove_operations",
            rf"{_VM}\Memory Remove Operations",
        ),
        of_field(
            "add_failures",
            "count",
            "times that it could not be given memory beyond what it has been shown, as it cannot bring any online, so far",
            "memory.dynamic.add_failures",
        ),
    ),
    "dynamic guest",
)
