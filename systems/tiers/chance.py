"""The numbers by which a balancer chooses: a stream of its own a tier, so that nothing else on the host changes them."""

from systems.kernels.jit import part
from systems.kernels.philox import uniform
from systems.state.tables import Tables


@part
def one_of(w: Tables, tier: int, count: int) -> int:
    """Return a number from 0 to `count - 1`, all equally likely."""
    t = w.tiers[tier]
    u = uniform(w.keys[0].balance, t.stable_id, t.choices)
    t.choices += 1
    return min(count - 1, int(u * count))
