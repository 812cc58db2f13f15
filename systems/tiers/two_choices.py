"""The policy "two-choices": of two members chosen at random the one with fewer outstanding requests [Mitzenmacher 2001]."""

from systems.kernels.jit import part
from systems.state.tables import Tables
from systems.tiers.chance import one_of
from systems.tiers.order import member_at


@part
def choose_of_two(w: Tables, tier: int, count: int) -> int:
    """Return the better of two different members among the first `count` of the order; of equals the first that was chosen."""
    one = one_of(w, tier, count)
    if count == 1:
        return member_at(w, tier, one)
    other = one_of(w, tier, count - 1)
    if other >= one:
        other += 1
    first, second = member_at(w, tier, one), member_at(w, tier, other)
    return second if w.members[second].outstanding < w.members[first].outstanding else first
