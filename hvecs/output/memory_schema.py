"""The tables and columns of memory, by the names of Windows' counters [WE, LIST, BA].

MB in the names of these counters are MiB, as everywhere in Windows.
"""

from dataclasses import replace

from hvecs.output.leading_columns import ENTITY, PARTITION_NAME, TIME
from hvecs.output.source import Computed, Mean, Scaled, Source, from_fields
from hvecs.output.table import Column, Table, null, of_field, rate, real, text, whole

_BALANCER = r"\Hyper-V Dynamic Memory Balancer(*)"
_VM = r"\Hyper-V Dynamic Memory VM(*)"
_VID = r"\Hyper-V VM Vid Partition(*)"
_PARTITION = r"\Hyper-V Hypervisor Partition(*)"
_ROOT = r"\Hyper-V Hypervisor Root Partition(*)"


def _gpa(name: str, doc: str, counter: str, source: Source) -> Column:
    paths = rf"{_PARTITION}\{counter}", rf"{_ROOT}\{counter}"
    return Column(name, "int64", "count", paths[0], doc, root_counter=paths[1], source=source)


def _mib(*of: str) -> Source:
    return Scaled(of, "MiB")


_HELD = "memory.partitions.held"
_COMMITTED = "memory.partitions.committed"
_REPORTED = "memory.dynamic.reported"
_RUNNING = "lifetimes.running"
_PRESSURE = ("memory.dynamic.pressure_sum", "memory.dynamic.pressure_count")


PARTITION_MEMORY = (
    _gpa(
        "gpa_pages",
        "guest pages that are backed by memory, in 4 KiB; the root's are its reserve",
        "GPA Pages",
        Scaled((_HELD,), "4 KiB"),
    ),
    _gpa(
        "gpa_4k_pages",
        "of them, mapped 4 KiB by 4 KiB",
        "4K GPA pages",
        Scaled(("memory_sample.small",), "4 KiB"),
    ),
    _gpa("gpa_2m_pages", "mappings of 2 MiB", "2M GPA pages", Computed((_HELD, "memory_sample.small"))),
    _gpa(
        "deposited_pages",
        "4 KiB pages that the root has deposited with the hypervisor for it",
        "Deposited Pages",
        from_fields("memory.partitions.deposited"),
    ),
    of_field(
        "gpa_space_modifications",
        "count",
        "mappings of its memory made or taken away",
        "guest_times.gpa_modifications",
    ),
    replace(
        rate("gpa_space_modifications", "the same, a second", rf"{_PARTITION}\GPA Space Modifications/sec"),
        root_counter=rf"{_ROOT}\GPA Space Modifications/sec",
    ),
)
"""Further columns of the table `partition`."""

_NO_DEMAND = "when the guest's demand for memory is not modelled, or it was off"

GUEST_MEMORY = (
    null(
        real(
            "available_mib",
            "MiB",
            "memory that the guest has not committed, its file cache included",
            r"\Memory\Available MBytes",
            Computed((_HELD, _COMMITTED, _RUNNING)),
        ),
        _NO_DEMAND,
    ),
    null(
        real(
            "committed_bytes",
            "B",
            "memory that it has committed",
            r"\Memory\Committed Bytes",
            Computed((_COMMITTED, _RUNNING)),
        ),
        _NO_DEMAND,
    ),
    of_field(
        "pages_input", "count", "4 KiB pages read from disk at hard page faults", "guest_times.hard_faults"
    ),
    rate("pages_input", "the same, a second", r"\Memory\Pages Input/sec"),
    real(
        "pages_per_sec",
        "1/s",
        "and those written to disk to make way for them",
        r"\Memory\Pages/sec",
        Computed(("pages_input_per_sec",)),
    ),
    of_field(
        "paging_ns",
        "ns",
        "time that its tasks wait for those pages, summed over tasks; counted when asked for",
        "guest_times.paging_ns",
    ),
)
"""Further columns of the table `guest`."""

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
            "in_transit_mib",
            "MiB",
            "memory that guests have given up and the host has not yet taken",
            None,
            _mib("memory.partitions.ballooned"),
        ),
        real(
            "hypervisor_memory_mib",
            "MiB",
            "memory that holds the pages deposited with the hypervisor; with the two above and gpa_pages of all "
            "partitions, this is the memory of the host",
            None,
            _mib("memory.state.hypervisor_frames"),
        ),
        null(
            real(
                "average_pressure_pct",
                "%",
                "mean pressure of the guests with Dynamic Memory over the interval",
                rf"{_BALANCER}\Average Pressure",
                Computed((*_PRESSURE, _RUNNING)),
            ),
            "when none runs",
        ),
        null(
            real(
                "current_pressure_pct",
                "%",
                "all that they had committed by their last reports, of all that they hold",
                rf"{_BALANCER}\System Current Pressure",
                Computed((_HELD, _REPORTED, _RUNNING)),
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

DYNAMIC_MEMORY_VM = Table(
    "dynamic_memory_vm",
    "Each guest with Dynamic Memory, one row a sample while it runs.",
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
            "available_mib",
            "MiB",
            "memory that it holds and has not committed",
            rf"{_VM}\Guest Available Memory",
            Computed((_HELD, _COMMITTED)),
        ),
        real(
            "committed_mib",
            "MiB",
            "memory that the guest has committed: its demand",
            None,
            Computed((_COMMITTED,)),
        ),
        real(
            "target_mib",
            "MiB",
            "its demand by its last report and the buffer: what it is given where there is enough",
            None,
            Computed((_REPORTED, "memory.dynamic.buffer")),
        ),
        real(
            "current_pressure_pct",
            "%",
            "demand, by its last report, as a percentage of the memory that it holds",
            rf"{_VM}\Current Pressure",
            Computed((_HELD, _REPORTED)),
        ),
        null(
            real(
                "average_pressure_pct",
                "%",
                "mean over the interval",
                rf"{_VM}\Average Pressure",
                Mean(*_PRESSURE),
            ),
            _SINCE,
        ),
        null(
            real(
                "maximum_pressure_pct",
                "%",
                "highest in the interval",
                rf"{_VM}\Maximum Pressure",
                Computed(("memory.dynamic.pressure_high", _PRESSURE[1])),
            ),
            _SINCE,
        ),
        null(
            real(
                "minimum_pressure_pct",
                "%",
                "lowest in the interval",
                rf"{_VM}\Minimum Pressure",
                Computed(("memory.dynamic.pressure_low", _PRESSURE[1])),
            ),
            _SINCE,
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
    ),
    "dynamic guest",
)

VID_PARTITION = Table(
    "vid_partition",
    "The machine memory behind each guest, one row a sample while it runs.",
    (
        *TIME,
        text("instance", "the partition's name"),
        ENTITY,
        PARTITION_NAME,
        whole(
            "physical_pages",
            "count",
            "4 KiB pages that it holds",
            rf"{_VID}\Physical Pages Allocated",
            Scaled((_HELD,), "4 KiB"),
        ),
        whole(
            "in_transit_pages",
            "count",
            "4 KiB pages that it has given up and the host has not yet taken",
            None,
            Scaled(("memory.partitions.ballooned",), "4 KiB"),
        ),
        of_field(
            "preferred_node",
            "index",
            "NUMA node that its memory should come from",
            "memory.partitions.preferred_node",
            rf"{_VID}\Preferred NUMA Node Index",
        ),
        whole(
            "remote_pages",
            "count",
            "4 KiB pages that it holds on other nodes",
            rf"{_VID}\Remote Physical Pages",
            Scaled(("memory.partitions.remote",), "4 KiB"),
        ),
    ),
    "running guest",
)

MEMORY_TABLES = (DYNAMIC_MEMORY_BALANCER, DYNAMIC_MEMORY_VM, VID_PARTITION)
