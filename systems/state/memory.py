"""The memory of all hosts as kernels take it, apart from the other tables: scheduling has no use for it."""

from typing import Annotated, Any, NamedTuple

import components
from systems.kernels.numba_ext.by_address import by_address
from systems.state.table_components import components_of

Table = Any  # np.recarray in Python, an array of records in a kernel


@by_address
class Memory(NamedTuple):
    """All tables of memory, with what says which host a partition is on. `m` is the customary name of a value of this type."""

    progress: Annotated[Table, components.MemoryProgress]
    hosts: Annotated[Table, components.HostIdentity]
    host_states: Annotated[Table, components.HostState]
    layouts: Annotated[Table, components.PartitionLayout]
    parameters: Annotated[Table, components.MemoryParameters]
    state: Annotated[Table, components.MemoryState]
    nodes: Annotated[Table, components.MemoryNode]
    frames: Annotated[Table, components.PageFrame]
    partitions: Annotated[Table, components.PartitionMemory]
    dynamic: Annotated[Table, components.DynamicMemory]
    demand: Annotated[Table, components.MemoryDemand]
    points: Annotated[Table, components.DemandPoint]
    operations: Annotated[Table, components.MemoryOperation]
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
