"""When the requests of tiers come: as those of an open workload do, whatever the host does, from the beginning of the run."""

from components.declare import NEVER, NOBODY
from systems.guest.arrivals import arrives_at
from systems.guest.tasks import draw
from systems.kernels.jit import part, rare
from systems.state.tables import Tables
from systems.state.timers import set_timer
from systems.tiers.balancing import send
from systems.tiers.scaling import begin_scaling
from systems.tiers.visits import begin_visit


@rare
def begin_tiers(w: Tables) -> None:
    """Set the timer of the first request of every tier, and of its first look at its load."""
    begin_scaling(w)
    for tier in range(len(w.tiers)):
        _set_next(w, tier, 0)


@part
def tier_arrival_event(w: Tables, tier: int, now: int) -> None:
    """Take the next request of `tier` from outside."""
    send(w, begin_visit(w, tier, NOBODY, now), now)
    _set_next(w, tier, now)


@part
def _set_next(w: Tables, tier: int, now: int) -> None:
    t = w.tiers[tier]
    if t.interarrival < 0:
        return
    gap = max(1, draw(w, t.interarrival, w.keys[0].arrival, t.stable_id, t.draws))
    t.draws += 1
    at = now + gap
    if t.steps > 0:
        at, t.step = arrives_at(w, t.first_step, t.steps, t.step, now, gap)
    if at < NEVER:
        set_timer(w, w.schedule.tier_arrival, tier, at)
