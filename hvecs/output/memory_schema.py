"""The tables and columns of memory, by the names of Windows' counters [WE, LIST, BA].

MB in the names of these counters are MiB, as everywhere in Windows.
"""

from hvecs.output.table import TIMESTAMP, Column, Table, real, text, whole

_BALANCER = r"\Hyper-V Dynamic Memory Balancer(*)"
_VM = r"\Hyper-V Dynamic Memory VM(*)"
_VID = r"\Hyper-V VM Vid Partition(*)"
_PARTITION = r"\Hyper-V Hypervisor Partition(*)"
_ROOT = r"\Hyper-V Hypervisor Root Partition(*)"

_TIME = (
    whole("time_ns", "ns", "simulated time at the end of the interval"),
    whole("interval_ns", "ns", "length of the interval; the last one can be cut short"),
    TIMESTAMP,
)
_ENTITY = whole("entity", "id", "id of the entity in the simulated world")
_NAME = text("partition", "name of the partition")


def _null(name: str, unit: str, doc: str, counter: str | None = None) -> Column:
    return Column(name, "float64", unit, counter, doc, nullable=True)


def _gpa(name: str, doc: str, counter: str) -> Column:
    return Column(name, "int64", "count", rf"{_PARTITION}\{counter}", doc, root_counter=rf"{_ROOT}\{counter}")


PARTITION_MEMORY = (
    _gpa(
        "gpa_pages",
        "guest pages that are backed by memory, in 4 KiB; the root's are its reserve",
        "GPA Pages",
    ),
    _gpa("gpa_4k_pages", "of them, mapped 4 KiB by 4 KiB", "4K GPA pages"),
    _gpa("gpa_2m_pages", "mappings of 2 MiB", "2M GPA pages"),
    _gpa(
        "deposited_pages",
        "4 KiB pages that the root has deposited with the hypervisor for it",
        "Deposited Pages",
    ),
    whole("gpa_space_modifications", "count", "mappings of its memory made or taken away"),
    Column(
        "gpa_space_modifications_per_sec",
        "float64",
        "1/s",
        rf"{_PARTITION}\GPA Space Modifications/sec",
        "the same, a second",
        root_counter=rf"{_ROOT}\GPA Space Modifications/sec",
    ),
)
"""Further columns of the table `partition`."""

_NO_DEMAND = "null when the guest's demand for memory is not modelled, or it was off"

GUEST_MEMORY = (
    _null(
        "available_mib",
        "MiB",
        f"memory that the guest has not committed, its file cache included; {_NO_DEMAND}",
        r"\Memory\Available MBytes",
    ),
    _null("committed_bytes", "B", f"memory that it has committed; {_NO_DEMAND}", r"\Memory\Committed Bytes"),
    whole("pages_input", "count", "4 KiB pages read from disk at hard page faults"),
    real("pages_input_per_sec", "1/s", "the same, a second", r"\Memory\Pages Input/sec"),
    real("pages_per_sec", "1/s", "and those written to disk to make way for them", r"\Memory\Pages/sec"),
    whole(
        "paging_ns",
        "ns",
        "time that its tasks wait for those pages, summed over tasks; counted when asked for",
    ),
)
"""Further columns of the table `guest`."""

DYNAMIC_MEMORY_BALANCER = Table(
    "dynamic_memory_balancer",
    "The memory of the host that guests can have, one row a sample.",
    (
        *_TIME,
        text("instance", "always System Balancer"),
        real("available_memory_mib", "MiB", "memory that nobody has", rf"{_BALANCER}\Available Memory"),
        _null(
            "average_pressure_pct",
            "%",
            "mean pressure of the guests with Dynamic Memory over the interval; null when none runs",
            rf"{_BALANCER}\Average Pressure",
        ),
        _null(
            "current_pressure_pct",
            "%",
            "all that they have committed, of all that they hold; null when none runs",
            rf"{_BALANCER}\System Current Pressure",
        ),
        real(
            "added_memory_mib", "MiB", "memory given to running guests so far", rf"{_BALANCER}\Added Memory"
        ),
        real("removed_memory_mib", "MiB", "memory taken from them so far", rf"{_BALANCER}\Removed Memory"),
        whole(
            "add_operations",
            "count",
            "times that it was given, so far",
            rf"{_BALANCER}\Memory Add Operations",
        ),
        whole(
            "remove_operations",
            "count",
            "times that it was taken, so far",
            rf"{_BALANCER}\Memory Remove Operations",
        ),
    ),
)

_SINCE = "null when memory was not balanced in the interval"

DYNAMIC_MEMORY_VM = Table(
    "dynamic_memory_vm",
    "Each guest with Dynamic Memory, one row a sample while it runs.",
    (
        *_TIME,
        text("instance", "the partition's name"),
        _ENTITY,
        _NAME,
        real("physical_memory_mib", "MiB", "memory that it holds", rf"{_VM}\Physical Memory"),
        real(
            "guest_visible_mib",
            "MiB",
            "memory that the guest sees: the most it has been shown",
            rf"{_VM}\Guest Visible Physical Memory",
        ),
        real(
            "available_mib",
            "MiB",
            "memory that it holds and has not committed",
            rf"{_VM}\Guest Available Memory",
        ),
        real("committed_mib", "MiB", "memory that the guest has committed: its demand"),
        real("target_mib", "MiB", "its demand and the buffer: what it is given where there is enough"),
        real(
            "current_pressure_pct",
            "%",
            "demand as a percentage of the memory that it holds",
            rf"{_VM}\Current Pressure",
        ),
        _null("average_pressure_pct", "%", f"mean over the interval; {_SINCE}", rf"{_VM}\Average Pressure"),
        _null("maximum_pressure_pct", "%", f"highest in the interval; {_SINCE}", rf"{_VM}\Maximum Pressure"),
        _null("minimum_pressure_pct", "%", f"lowest in the interval; {_SINCE}", rf"{_VM}\Minimum Pressure"),
        real("added_memory_mib", "MiB", "memory given to it while it ran, so far", rf"{_VM}\Added Memory"),
        real(
            "removed_memory_mib", "MiB", "memory taken from it while it ran, so far", rf"{_VM}\Removed Memory"
        ),
        whole(
            "add_operations", "count", "times that it was given some, so far", rf"{_VM}\Memory Add Operations"
        ),
        whole(
            "remove_operations",
            "count",
            "times that it lost some, so far",
            rf"{_VM}\Memory Remove Operations",
        ),
    ),
)

VID_PARTITION = Table(
    "vid_partition",
    "The machine memory behind each guest, one row a sample while it runs.",
    (
        *_TIME,
        text("instance", "the partition's name"),
        _ENTITY,
        _NAME,
        whole("physical_pages", "count", "4 KiB pages that it holds", rf"{_VID}\Physical Pages Allocated"),
        whole(
            "preferred_node",
            "index",
            "NUMA node that its memory should come from",
            rf"{_VID}\Preferred NUMA Node Index",
        ),
        whole(
            "remote_pages",
            "count",
            "4 KiB pages that it holds on other nodes",
            rf"{_VID}\Remote Physical Pages",
        ),
    ),
)

MEMORY_OPERATION = Table(
    "memory_operation",
    "Each time that memory was given to a guest or taken from it, or should have been, in order of time.",
    (
        whole("time_ns", "ns", "simulated time"),
        TIMESTAMP,
        _NAME,
        text("operation", "add (at the start), remove (at the stop), balloon, unballoon or hot-add"),
        real("requested_mib", "MiB", "what was wanted"),
        real("given_mib", "MiB", "what was given or taken"),
        text(
            "reason",
            "start, stop, demand, shortage, surplus, start of another; no memory when a guest could not start",
        ),
    ),
)

MEMORY_TABLES = (DYNAMIC_MEMORY_BALANCER, DYNAMIC_MEMORY_VM, VID_PARTITION, MEMORY_OPERATION)
