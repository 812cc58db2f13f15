"""The policy "random": any of the members that may take a request, all equally likely."""

from systems.kernels.jit import part
from systems.state.tables import Tables
from systems.tiers.chance import one_of
from systems.tiers.order import member_at


@part
def choose_random(w: Tables, tier: int, count: int) -> int:
    """Return one of the first `count` members of the order."""
    return member_at(w, tier, one_of(w, tier, count))
