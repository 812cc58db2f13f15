"""The requests in a tier, and the guests that take them, over time, as its scaling looks at them."""

from components.declare import NEVER
from systems.kernels.jit import small
from systems.state.tables import Tables


@small
def count_load(w: Tables, tier: int, now: int) -> None:
    """Count the requests in `tier` and its guests that are up, up to `now`, before either become more or fewer."""
    s = w.tier_scaling[tier]
    if s.every_ns == NEVER:  # nobody asks, and a sum over the whole run could overflow
        return
    elapsed = now - s.counted_ns
    s.held_ns += w.tiers[tier].in_system * elapsed
    s.up_ns += w.tiers[tier].up * elapsed
    s.counted_ns = now
