"""The requests of a tier in the order in which their present tries take too long: as all may take equally long, the order in which they began."""

from components.declare import NEVER
from systems.kernels.jit import part
from systems.state.rings import first_in, join_ring
from systems.state.tables import Tables
from systems.state.timers import is_set, set_timer


@part
def await_answer(w: Tables, visit: int, now: int) -> None:
    """Begin a try of `visit`, whose row stands in no list of those that are due."""
    v = w.visits[visit]
    t = w.tiers[v.tier]
    v.began_ns = now
    if t.timeout_ns == NEVER:
        return
    join_ring(w.due_lists, v.tier, len(w.tiers) + visit)
    if not is_set(w, w.schedule.tier_timeout, v.tier):
        set_timer(w, w.schedule.tier_timeout, v.tier, now + t.timeout_ns)


@part
def first_due(w: Tables, tier: int) -> int:
    """Return the request of `tier` whose try takes too long first; negative if there is none."""
    row = first_in(w.due_lists, tier)
    return row - len(w.tiers) if row >= 0 else row
