"""Calls: what a request asks of other tiers, one after the other or at once, between its work before and its work after them."""

from components.task import SENT
from components.tier import CALLING
from systems.kernels.jit import part
from systems.state.attempt_times import pass_to
from systems.state.deferred import defer
from systems.state.lives import free_task
from systems.state.tables import Tables
from systems.tiers.answers import finish
from systems.tiers.balancing import send
from systems.tiers.visits import begin_visit


@part
def go_on(w: Tables, attempt: int, now: int) -> None:
    """Go on with `attempt`, whose work so far is done and whose calls so far are over: its next calls, its work after them, or its end.

    One that nobody waits for any more makes no further calls; one whose guest is gone is nothing any more.
    """
    a = w.attempts[attempt]
    if a.gone:
        free_task(w, attempt)
    elif a.visit < 0 or a.lacking or a.after:
        finish(w, attempt, now)
    elif not _call(w, attempt, now):
        a.after = 1
        if w.visits[a.visit].after_ns > 0:
            w.tasks[attempt].remaining_ns = w.visits[a.visit].after_ns
            defer(w, attempt, SENT)
        else:
            finish(w, attempt, now)


@part
def _call(w: Tables, attempt: int, now: int) -> bool:
    """Begin the next calls of `attempt`: one, or all that stand together in the file and are to be made at once. Tell whether there are any."""
    a = w.attempts[attempt]
    t = w.tiers[w.members[w.requests[attempt].member].tier]
    if a.times_left == 0:
        if a.next_call == t.calls:
            return False
        a.times_left = w.tier_calls[t.first_call + a.next_call].times
        a.next_call += 1
    first = t.first_call + a.next_call - 1
    if not w.tier_calls[first].parallel:
        a.times_left -= 1
        _begin(w, attempt, 1, now)
        send(w, begin_visit(w, w.tier_calls[first].tier, attempt, now), now)
        return True
    a.times_left = 0
    end, times = first, 0
    while end < t.first_call + t.calls and w.tier_calls[end].parallel:
        times += w.tier_calls[end].times
        end += 1
    a.next_call = end - t.first_call
    _begin(w, attempt, times, now)
    for call in range(first, end):
        for _ in range(w.tier_calls[call].times):
            send(w, begin_visit(w, w.tier_calls[call].tier, attempt, now), now)
    return True


@part
def _begin(w: Tables, attempt: int, times: int, now: int) -> None:
    """Note that `attempt` waits for so many answers."""
    pass_to(w, attempt, CALLING, now)
    w.attempts[attempt].pending = times
