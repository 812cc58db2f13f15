"""The policy "weighted": members in turn, each as often as its weight says, evenly spread (stride scheduling, Waldspurger 1995).

The turn of a member moves on by 2^32 / weight whenever it is chosen. One that comes again goes on where the others are: it makes up for nothing.
"""

from systems.kernels.heap import push, remove, replace, top
from systems.kernels.jit import part
from systems.state.tables import Tables


@part
def choose_by_weight(w: Tables, tier: int) -> int:
    """Return the member whose turn is the earliest, and set its next."""
    member = top(w.weighted, tier)
    m = w.members[member]
    w.tiers[tier].last_turn = m.turn
    m.turn += m.stride
    replace(w.weighted, tier, member, m.turn, member)
    return member


@part
def join_weighted(w: Tables, member: int) -> None:
    """Give `member` turns from where the others are."""
    m = w.members[member]
    m.turn = max(m.turn, w.tiers[m.tier].last_turn)
    push(w.weighted, m.tier, member, m.turn, member)


@part
def leave_weighted(w: Tables, member: int) -> None:
    """Take `member` out of the turns."""
    remove(w.weighted, w.members[member].tier, member)
