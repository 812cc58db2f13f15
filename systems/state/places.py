"""Where the VPs of a guest belong on each of several hosts that it may come to: settled before the run, as on the first."""

from systems.kernels.jit import small
from systems.state.tables import Tables

SET, POOL, HOME, NODE, LPS, SUITS = range(6)
"""Columns of `Tables.vp_places`, a row a host and VP: its affinity set, its pool, its home LP, its NUMA node, how many LPs it takes while it runs, and
1 if it may come there."""


@small
def place_of(w: Tables, vp: int, host: int, column: int) -> int:
    """Return where `vp` belongs on `host`."""
    return int(w.vp_places[host * len(w.vps) + vp, column])
