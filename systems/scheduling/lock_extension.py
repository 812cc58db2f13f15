"""The extension of a slice that ends while its VP holds a spin lock, so that others do not spin for a VP that waits.

`host.scheduling.lock_extension` bounds it. It ends once the VP has let go of the lock, and there is one to a slice: a VP that the root takes off
its LP meanwhile goes on with the rest of it. Under the core scheduler the two threads of a virtual core, which have one slice, are given it together.
A patent claims a shorter extension of a slice that ends inside a critical section [P451]; that a version of the product does it, and for how
long, is not published. By default there is none.
"""

from systems.guest.sections import holds_spin_lock
from systems.kernels.jit import part, rare, small
from systems.state.tables import Tables


@part
def extend_slice(w: Tables, lp: int, now: int) -> bool:
    """Extend the slice on `lp`, which is over, if its VP holds a spin lock, or that on the companion does; tell whether it is extended."""
    if w.parameters[w.lp_topology[lp].host].lock_extension_ns == 0:
        return False
    other = w.policy.companion(w, lp)
    if not _may_extend(w, lp) and (other < 0 or not _may_extend(w, other)):
        return False
    _extend(w, lp, now)
    if other >= 0 and w.lps[other].vp >= 0:
        _extend(w, other, now)
    return True


@rare
def end_extension(w: Tables, lp: int, now: int) -> None:
    """End the extended slice on `lp`, whose VP lets go of the lock, or holds it and waits for a page."""
    if w.vps[w.lps[lp].vp].extended:
        w.lps[lp].slice_end_ns = min(w.lps[lp].slice_end_ns, now)


@small
def _may_extend(w: Tables, lp: int) -> bool:
    """Tell whether `lp` runs a guest's VP whose thread holds a spin lock, and whose slice has not been extended before."""
    vp = w.lps[lp].vp
    return vp >= 0 and not w.vps[vp].extended and holds_spin_lock(w, vp)


@small
def _extend(w: Tables, lp: int, now: int) -> None:
    w.vps[w.lps[lp].vp].extended = 1
    w.lps[lp].slice_end_ns = max(
        w.lps[lp].slice_end_ns, now + w.parameters[w.lp_topology[lp].host].lock_extension_ns
    )
