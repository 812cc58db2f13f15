"""Every table that a run can write, declared once; the Arrow schemas and the counter catalogue are derived from here.

Counter names and meanings follow sections J.1 to J.4 of the specification [TLFS2 J] and the counter lists [WE, LIST].
Windows averages and rates are kept beside the exact nanoseconds and counts from which they are computed.
"""

import hashlib
from functools import cache
from typing import Final

from hvecs.output.device_schema import DEVICE_TABLES
from hvecs.output.event_schema import DISPATCH, EVENT, INTERCEPT, MEMORY_OPERATION, MIGRATION
from hvecs.output.guest_schema import GUEST, JOB, REQUEST
from hvecs.output.leading_columns import PARTITION_NAME, TIME, sampled
from hvecs.output.live_migration_schema import LIVE_MIGRATION
from hvecs.output.memory_schema import MEMORY_TABLES, PARTITION_MEMORY
from hvecs.output.processor_schema import (
    DISPATCHES,
    LOGICAL_PROCESSOR,
    MIGRATIONS,
    ROOT_VIRTUAL_PROCESSOR,
    SPENT,
    VIRTUAL_PROCESSOR,
    VP_SUMS,
    WAIT,
)
from hvecs.output.source import Computed, Constant, from_fields, operands
from hvecs.output.table import Column, Table, of_field, text, whole
from hvecs.output.tier_schema import TIER
from hvecs.output.trap_schema import PARTITION_TRAPS

PARTITION = Table(
    "partition",
    "Sums over the VPs of each partition, one row a sample and partition, the root's among them.",
    (
        *sampled("web:HvPt; the root's is Root"),
        PARTITION_NAME,
        Column(
            "virtual_processors",
            "int64",
            "count",
            r"\Hyper-V Hypervisor Partition(*)\Virtual Processors",
            "VPs of the partition",
            root_counter=r"\Hyper-V Hypervisor Root Partition(*)\Virtual Processors",
            source=from_fields("layouts.vps"),
        ),
        *VP_SUMS,
        *SPENT,
        DISPATCHES,
        MIGRATIONS,
        WAIT,
        *PARTITION_TRAPS,
        *PARTITION_MEMORY,
    ),
    "partition",
)

HYPERVISOR = Table(
    "hypervisor",
    "What the host holds, one row a sample.",
    (
        *TIME,
        text("instance", "always Hypervisor: Windows has one instance, without a name"),
        whole(
            "logical_processors",
            "count",
            "LPs of the host",
            r"\Hyper-V Hypervisor\Logical Processors",
        ),
        whole(
            "partitions",
            "count",
            "partitions, the root included; a guest that is saved has none",
            r"\Hyper-V Hypervisor\Partitions",
            Computed(("lifetimes.running", "lifetimes.saved")),
        ),
        whole(
            "virtual_processors",
            "count",
            "VPs, the root's included; those of a guest that is saved are left out",
            r"\Hyper-V Hypervisor\Virtual Processors",
            Computed(("lifetimes.running", "lifetimes.saved", "layouts.vps")),
        ),
        of_field(
            "total_pages",
            "count",
            "4 KiB pages deposited with the hypervisor, for all partitions; those it took at the boot are left out: their number is not "
            "published",
            "memory.partitions.deposited",
            r"\Hyper-V Hypervisor\Total Pages",
        ),
        whole(
            "health_ok",
            "count",
            "guests that run: none is ever ill",
            r"\Hyper-V Virtual Machine Health Summary\Health Ok",
            Computed(("partitions",)),
        ),
        whole(
            "health_critical",
            "count",
            "constant 0: no guest is ever ill",
            r"\Hyper-V Virtual Machine Health Summary\Health Critical",
            Constant(0),
        ),
    ),
    "host",
)

RUNS = Table(
    "runs",
    "One row a run: what was run, how it ended, and its outcomes, each in a column of its own.",
    (
        text("scenario", "name of the scenario"),
        whole("seed", "id", "seed of the run"),
        text("status", "how the run ended: ok or failed"),
        Column("error", "string", "text", None, "what went wrong; null when nothing did", nullable=True),
        whole("simulated_ns", "ns", "simulated time"),
    ),
)

TABLES: Final = {
    table.name: table
    for table in (
        LOGICAL_PROCESSOR,
        VIRTUAL_PROCESSOR,
        ROOT_VIRTUAL_PROCESSOR,
        PARTITION,
        HYPERVISOR,
        GUEST,
        REQUEST,
        *DEVICE_TABLES,
        *MEMORY_TABLES,
        LIVE_MIGRATION,
        JOB,
        TIER,
        DISPATCH,
        INTERCEPT,
        MEMORY_OPERATION,
        EVENT,
        MIGRATION,
        RUNS,
    )
}
"""Every table by name; `runs` has further columns, one an outcome (`hvecs.output.runs`)."""


@cache
def sampled_fields() -> tuple[str, ...]:
    """Name the fields of components that the columns of sampled tables come from, each once."""
    sources = (column.source for table in TABLES.values() if table.sampled for column in table.columns)
    named = (operand for source in sources if source is not None for operand in operands(source))
    return tuple(dict.fromkeys(operand for operand in named if "." in operand))


SCHEMA_VERSION: Final = hashlib.sha256(repr(tuple(TABLES.values())).encode()).hexdigest()[:12]
"""A hash of the declarations: it changes with every change of a table, a column, a meaning or a source; part of the run id."""
