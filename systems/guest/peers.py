"""Lists of the VPs of a guest that has a spin lock: those that spin, and those in whose favour one of them may give way.

Both are lists per guest, kept as rings; a VP stands in one at most.
"""

from components.declare import NEVER
from components.host import PARTITION
from systems.kernels.jit import part
from systems.state.rings import first_in, join_ring, leave_ring
from systems.state.tables import Tables

SPINNERS, ELIGIBLE = range(2)

LISTS = 2
"""A guest's lists."""


@part
def _ring(w: Tables, which: int, guest: int) -> int:
    return len(w.vps) + LISTS * guest + which


@part
def first_peer(w: Tables, which: int, guest: int) -> int:
    """Return the VP that joined the list of `guest` before the others; NOBODY if it is empty."""
    return first_in(w.peers, _ring(w, which, guest))


@part
def join_peers(w: Tables, which: int, vp: int) -> None:
    """Put `vp` at the end of its guest's list."""
    join_ring(w.peers, _ring(w, which, w.vp_identity[vp].owner), vp)


@part
def leave_peers(w: Tables, vp: int) -> None:
    """Take `vp` out of the list in which it stands."""
    leave_ring(w.peers, vp)


@part
def is_eligible(w: Tables, vp: int) -> bool:
    """Tell whether a spinner may give its LP to `vp`, which waits in line and whose guest notifies of long spins.

    A hypervisor that knows of the guest's locks gives it to none that would only spin.
    """
    if w.guests[w.vp_identity[vp].owner].spin_retry_ns == NEVER:
        return False
    return w.parameters[w.vp_identity[vp].host].long_spin == PARTITION or not w.vps[vp].waits
