"""The tables and columns of machine memory, by the names of Windows' counters [WE, LIST]."""

from dataclasses import replace

from hvecs.output.balancing_schema import DYNAMIC_MEMORY_BALANCER, DYNAMIC_MEMORY_VM
from hvecs.output.leading_columns import ENTITY, PARTITION_NAME, TIME
from hvecs.output.source import Computed, Constant, Scaled, Source, from_fields
from hvecs.output.table import Column, Table, of_field, rate, text, whole

_VID = r"\Hyper-V VM Vid Partition(*)"
_PARTITION = r"\Hyper-V Hypervisor Partition(*)"
_ROOT = r"\Hyper-V Hypervisor Root Partition(*)"
_HELD = "memory.partitions.held"


def _gpa(name: str, doc: str, counter: str, source: Source) -> Column:
    paths = rf"{_PARTITION}\{counter}", rf"{_ROOT}\{counter}"
    return Column(name, "int64", "count", paths[0], doc, root_counter=paths[1], source=source)


PARTITION_MEMORY = (
    _gpa(
        "gpa_pages",
        "guest pages that are backed by memory, in 4 KiB; none for the root, whose memory the hypervisor does not map page by page",
        "GPA Pages",
        Computed((_HELD,)),
    ),
    _gpa(
        "gpa_4k_pages",
        "of them, mapped 4 KiB by 4 KiB",
        "4K GPA pages",
        Computed(("memory_sample.small",)),
    ),
    _gpa("gpa_2m_pages", "mappings of 2 MiB", "2M GPA pages", Computed((_HELD, "memory_sample.small"))),
    _gpa(
        "deposited_pages",
        "4 KiB pages that the root has deposited with the hypervisor for it",
        "Deposited Pages",
        from_fields("memory.partitions.deposited"),
    ),
    _gpa(
        "address_spaces",
        "constant 0: there is no virtual TLB where the processor translates addresses (SLAT)",
        "Address Spaces",
        Constant(0),
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
