"""The policy "round-robin": the members that may take a request in turn, in the order of the file; one that may again is last."""

from systems.kernels.jit import part
from systems.state.rings import first_in, join_ring, leave_ring
from systems.state.tables import Tables


@part
def choose_in_turn(w: Tables, tier: int) -> int:
    """Return the member whose turn it is, and let it be the last."""
    closing = len(w.members) + tier
    member = first_in(w.turns, closing)
    leave_ring(w.turns, member)
    join_ring(w.turns, closing, member)
    return member


@part
def join_turns(w: Tables, member: int) -> None:
    """Give `member` turns, after the others."""
    join_ring(w.turns, len(w.members) + w.members[member].tier, member)


@part
def leave_turns(w: Tables, member: int) -> None:
    """Take `member` out of the turns."""
    leave_ring(w.turns, member)
