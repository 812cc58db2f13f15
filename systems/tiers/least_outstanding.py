"""The policy "least-outstanding": the member with the fewest requests sent to it and not answered; of several, any ("join the shortest queue")."""

from systems.kernels.jit import part
from systems.state.tables import Tables
from systems.tiers.chance import one_of
from systems.tiers.order import member_at


@part
def choose_least_outstanding(w: Tables, tier: int) -> int:
    """Return one of the first group of the order."""
    last = w.groups[w.members[member_at(w, tier, 0)].group].last
    return member_at(w, tier, 0 if last == 0 else one_of(w, tier, last + 1))
