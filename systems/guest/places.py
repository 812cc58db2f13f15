"""The threads with which a guest serves the requests of a tier: so many at once; the others wait in the guest.

An attempt has a thread from its coming to its answer. Where its tier does not hold threads, it gives its own up while it calls other
tiers, and queues for one again when it goes on.
"""

from components.declare import NOBODY
from components.task import SERVED
from components.tier import QUEUED
from systems.kernels.jit import part, small
from systems.state.attempt_times import pass_to
from systems.state.deferred import defer
from systems.state.request_lists import append_request
from systems.state.tables import Tables


@part
def take_thread(w: Tables, attempt: int, now: int) -> bool:
    """Give `attempt`, which is at its guest, a thread if one is free, and tell whether it has one; otherwise it waits in line."""
    m = w.members[w.requests[attempt].member]
    a = w.attempts[attempt]
    if a.has_thread:
        return True
    if m.busy < m.threads:
        m.busy += 1
        a.has_thread = 1
        return True
    pass_to(w, attempt, QUEUED, now)
    m.first_waiting = append_request(w, m.first_waiting, m.last_waiting, attempt)
    m.last_waiting = attempt
    return False


@part
def give_up_thread(w: Tables, attempt: int) -> int:
    """Take the thread of `attempt`, if it has one. Return the attempt that has it now, and is to be queued; NOBODY if none waits."""
    a = w.attempts[attempt]
    if not a.has_thread:
        return NOBODY
    a.has_thread = 0
    m = w.members[w.requests[attempt].member]
    following = m.first_waiting
    if following < 0:
        m.busy -= 1
        return NOBODY
    m.first_waiting = w.tasks[following].next_task
    if m.first_waiting < 0:
        m.last_waiting = NOBODY
    w.attempts[following].has_thread = 1
    return int(following)


@part
def end_service(w: Tables, attempt: int, lacks: bool) -> int:
    """End the work of `attempt` before its calls, or after them; it is lost if that `lacks` memory. Its tier goes on with it after this event.

    Returns what `give_up_thread` does.
    """
    a = w.attempts[attempt]
    if lacks:
        a.lacking = 1
    defer(w, attempt, SERVED)
    t = w.tiers[w.members[w.requests[attempt].member].tier]
    if t.holds_thread and a.next_call < t.calls:
        return NOBODY
    return give_up_thread(w, attempt)


@small
def is_last_work(w: Tables, attempt: int) -> bool:
    """Tell whether the work that `attempt` does at its guest now is its last: there are neither calls nor work after them to come."""
    a = w.attempts[attempt]
    calls = w.tiers[w.members[w.requests[attempt].member].tier].calls
    return bool(a.after or (calls == 0 and (a.visit < 0 or w.visits[a.visit].after_ns == 0)))
