"""The trace of memory operations: what was asked for, what was given, and why."""

from systems.kernels.jit import part, rare
from systems.state.memory import Memory


@part
def record(
    m: Memory, now: int, partition: int, operation: int, reason: int, requested: int, given: int
) -> None:
    """Write a row, if operations are traced; amounts in frames."""
    state = m.progress[0]
    if state.room == 0:
        return
    row = m.operations[state.operations]
    row.time_ns = now
    row.owner = partition
    row.host = m.layouts[partition].host
    row.operation = operation
    row.reason = reason
    row.requested = requested
    row.given = given
    state.operations += 1


@rare
def has_room(m: Memory) -> bool:
    """Tell whether the buffer holds all rows that one balancing, or one start or stop, may write."""
    state = m.progress[0]
    return state.room == 0 or state.operations + 4 * len(m.partitions) + 4 <= state.room
