"""Waits for an LP, by their length."""

from systems.kernels.jit import small
from systems.state.tables import Tables


@small
def bucket_of_wait(w: Tables, waited_ns: int) -> int:
    """Return the bucket of the waits from the edge below, inclusive, to the next."""
    bucket = 0
    # all of them, without a branch: where a wait lies is not to be foretold
    for edge in range(len(w.wait_edges)):
        bucket += int(waited_ns >= w.wait_edges[edge])
    return bucket
