"""Tries: one that takes too long is given up, as is one whose guest is gone; the request makes another, as often as it may."""

from components.declare import NEVER
from systems.kernels.jit import rare
from systems.state.rings import leave_ring
from systems.state.tables import Tables
from systems.state.timers import set_timer
from systems.tiers.balancing import give_up_attempt, leave_queue, send
from systems.tiers.due import await_answer, first_due
from systems.tiers.visits import fail


@rare
def try_again(w: Tables, visit: int, now: int) -> None:
    """Retry `visit`, which has lost its attempt, or fail it."""
    v = w.visits[visit]
    if v.tries_left == 0:
        fail(w, visit, now)
        return
    v.tries_left -= 1
    w.tier_times[v.tier].retried += 1
    if w.tiers[v.tier].timeout_ns < NEVER:
        leave_ring(w.due_lists, len(w.tiers) + visit)
    await_answer(w, visit, now)
    send(w, visit, now)


@rare
def timeout_event(w: Tables, tier: int, now: int) -> None:
    """Give up the try of the request of `tier` that is due first, if it is due, and set the time of the next."""
    timeout = w.tiers[tier].timeout_ns
    visit = first_due(w, tier)
    if visit >= 0 and w.visits[visit].began_ns + timeout <= now:
        w.tier_times[tier].timed_out += 1
        if w.visits[visit].attempt < 0:
            leave_queue(w, visit, now)
        give_up_attempt(w, visit, now)
        try_again(w, visit, now)
        visit = first_due(w, tier)
    if visit >= 0:
        set_timer(w, w.schedule.tier_timeout, tier, w.visits[visit].began_ns + timeout)
