"""The requests in a tier over time, as its scaling looks at them."""

from systems.kernels.jit import small
from systems.state.tables import Tables


@small
def count_held(w: Tables, tier: int, now: int) -> None:
    """Count the requests in `tier` up to `now`, before they become more or fewer."""
    s = w.tier_scaling[tier]
    s.held_ns += w.tiers[tier].in_system * (now - s.held_since_ns)
    s.held_since_ns = now
