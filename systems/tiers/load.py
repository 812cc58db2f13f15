"""The requests in a tier over time, as its scaling looks at them."""

from components.declare import NEVER
from systems.kernels.jit import small
from systems.state.tables import Tables


@small
def count_held(w: Tables, tier: int, now: int) -> None:
    """Count the requests in `tier` up to `now`, before they become more or fewer."""
    s = w.tier_scaling[tier]
    if s.every_ns == NEVER:  # nobody asks, and a sum over the whole run could overflow
        return
    s.held_ns += w.tiers[tier].in_system * (now - s.held_since_ns)
    s.held_since_ns = now
