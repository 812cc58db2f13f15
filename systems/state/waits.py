"""Waits for an LP, by their length."""

from systems.kernels.jit import small
from systems.state.tables import Tables


@small
def bucket_of_wait(w: Tables, waited_ns: int) -> int:
    """Return the bucket of the waits from the edge below, inclusive, to the next."""
    bucket, left = 0, len(w.wait_edges)
    while left > 0:
        half = (left + 1) >> 1
        # a product, not a branch: where a wait lies is not to be foretold
        bucket += half * int(waited_ns >= w.wait_edges[bucket + half - 1])
        left -= half
    return bucket
