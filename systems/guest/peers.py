"""Lists of the VPs of a guest that has a spin lock: those that spin, and those in whose favour one of them may give way.

Both are lists per guest, in order of joining, from which a VP can leave at any place; a VP stands in one at most. They are
kept as rings: row v of the table of peers holds next and previous of VP v, and a further row a list closes its ring.
"""

from typing import Any

import numpy as np

from components.declare import NEVER, NOBODY
from systems.kernels.jit import part
from systems.state.tables import Tables

SPINNERS = 0
ELIGIBLE = 1

_NEXT = 0
_PREVIOUS = 1


def make_peers(vps: int, partitions: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the table of peers with all lists empty: rings of nothing but their closing rows."""
    rows = np.arange(vps + 2 * partitions)
    return np.column_stack((rows, rows))


@part
def _ring(w: Tables, which: int, guest: int) -> int:
    return len(w.vps) + 2 * guest + which


@part
def first_peer(w: Tables, which: int, guest: int) -> int:
    """Return the VP that joined the list of `guest` before the others; NOBODY if it is empty."""
    ring = _ring(w, which, guest)
    first = w.peers[ring, _NEXT]
    return NOBODY if first == ring else first


@part
def join_peers(w: Tables, which: int, vp: int) -> None:
    """Put `vp` at the end of its guest's list."""
    ring = _ring(w, which, w.vp_identity[vp].owner)
    last = w.peers[ring, _PREVIOUS]
    w.peers[vp, _NEXT] = ring
    w.peers[vp, _PREVIOUS] = last
    w.peers[last, _NEXT] = vp
    w.peers[ring, _PREVIOUS] = vp


@part
def leave_peers(w: Tables, vp: int) -> None:
    """Take `vp` out of the list in which it stands."""
    following, previous = w.peers[vp, _NEXT], w.peers[vp, _PREVIOUS]
    w.peers[previous, _NEXT] = following
    w.peers[following, _PREVIOUS] = previous


@part
def is_eligible(w: Tables, vp: int) -> bool:
    """Tell whether `vp`, which waits in line, could do better with an LP than spin, and its guest notifies of long spins."""
    return w.guests[w.vp_identity[vp].owner].spin_retry_ns < NEVER and not w.vps[vp].waits
