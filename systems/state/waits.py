"""Waits for an LP, by their length."""

from systems.kernels.jit import part
from systems.state.tables import Tables


@part
def bucket_of_wait(w: Tables, waited_ns: int) -> int:
    """Return the bucket of the waits from the edge below, inclusive, to the next."""
    bucket = 0
    while bucket < len(w.wait_edges) and waited_ns >= w.wait_edges[bucket]:
        bucket += 1
    return bucket
