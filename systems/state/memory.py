"""The memory of all hosts as kernels take it, apart from the other tables: scheduling has no use for it."""

from typing import Annotated, Any, NamedTuple

import components as nouns
from systems.kernels.numba_ext.by_address import by_address
from systems.state.table_components import components_of

Table = Any  # np.recarray in Python, an array of records in a kernel


@by_address
class Memory(NamedTuple):
    """All tables of memory, with what says which host a partition is on. `m` is the customary name of a value of this type."""

    progress: Annotated[Table, nouns.MemoryProgress]
    hosts: Annotated[Table, nouns.HostIdentity]
    host_states: Annotated[Table, nouns.HostState]
    layouts: Annotated[Table, nouns.PartitionLayout]
    parameters: Annotated[Table, nouns.MemoryParameters]
    state: Annotated[Table, nouns.MemoryState]
    nodes: Annotated[Table, nouns.MemoryNode]
    frames: Annotated[Table, nouns.PageFrame]
    partitions: Annotated[Table, nouns.PartitionMemory]
    dynamic: Annotated[Table, nouns.DynamicMemory]
    demand: Annotated[Table, nouns.MemoryDemand]
    points: Annotated[Table, nouns.DemandPoint]
    operations: Annotated[Table, nouns.MemoryOperation]
    """Buffer of the trace of memory operations."""

    free: Table
    """int32, a stack of free frames for each node, as MemoryNode says."""
    pages: Table
    """int32 by PartitionMemory.first_page + page: 1 + the frame that backs the page; 0 for none."""
    events: Table
    """int64 rows of time (ns), kind (see systems.memory.admission), partition, row of the change or NOBODY; in the order in which they happen."""
    residents: Table
    """Partitions by host (systems.state.tables)."""
    dynamic_by_host: Table
    """Rows of `dynamic` by host, those of a host in their order, as MemoryState.first_dynamic and dynamics say."""
    there: Table
    """int32 by the same: 1 + the frame kept for the page on the host that the guest is migrated to; empty where there is one host."""
    dynamic_of: Table
    """Row of each partition in `dynamic`, or NOBODY."""
    demand_of: Table
    """Row of each partition in `demand`, or NOBODY."""


MEMORY_COMPONENTS = components_of(Memory)
"""The component whose rows each table holds."""
