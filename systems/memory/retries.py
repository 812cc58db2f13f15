"""When starts that were refused, or wait for something, are looked at again."""

from components.declare import NEVER
from systems.kernels.jit import part
from systems.state.memory import Memory


@part
def next_retry_ns(m: Memory) -> int:
    """Return when the next start is tried again, on whichever host; NEVER if none is."""
    first = NEVER
    for host in range(len(m.state)):
        first = min(first, m.state[host].next_retry_ns)
    return first


@part
def note_next_retry(m: Memory, host: int) -> None:
    """Note when the next start is tried again on `host`."""
    first = NEVER
    s = m.host_states[host]
    for partition in m.residents[s.first_resident : s.first_resident + s.residents]:
        first = min(first, m.partitions[partition].retry_ns)
    m.state[host].next_retry_ns = first
