"""Caps: each VP may have so much LP time in each of its own cap periods.

The periods of VPs that share LPs are set off against each other, so that as few as possible run at once: the first begins at 0, the
next when the first has used up its cap, and so on, round the period. That is the wrap-around rule of McNaughton (1959): always-runnable
VPs whose caps come to n LPs never need more than n, rounded up. The product's rule is not published.
"""

from systems.kernels.jit import small
from systems.state.tables import Tables


@small
def period_offset(period: int, phase_ns: int) -> int:
    """Return what is added to a time (ns) so that cap periods of length `period` that begin at `phase_ns` begin at multiples of it."""
    return (period - phase_ns) % period


@small
def cap_offset(w: Tables, vp: int) -> int:
    """Return that of the cap periods of `vp`."""
    return period_offset(w.parameters[w.vp_identity[vp].host].cap_period_ns, w.vp_controls[vp].cap_phase_ns)


@small
def next_renewal(w: Tables, vp: int, now: int) -> int:
    """Return when the cap of `vp` is renewed next, after `now`."""
    period = w.parameters[w.vp_identity[vp].host].cap_period_ns
    offset = cap_offset(w, vp)
    return ((now + offset) // period + 1) * period - offset
