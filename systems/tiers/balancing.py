"""The balancer: where a request goes, or that it waits; and when one that waits goes."""

from components.declare import NOBODY
from components.task import SENT
from components.tier import AWAY
from systems.kernels.jit import part, small
from systems.state.deferred import defer
from systems.state.lives import new_request
from systems.state.rings import first_in, join_ring, leave_ring
from systems.state.tables import Tables
from systems.tiers.members import choose_member, lose_request, take_request
from systems.tiers.order import open_members
from systems.tiers.visits import fail


@small
def _row(w: Tables, row: int) -> int:
    """Return where a row of the pool stands in the lists of tiers, after their closing rows."""
    return len(w.tiers) + len(w.members) + row


@part
def send(w: Tables, visit: int, now: int) -> None:
    """Send `visit` to a guest; where none may take it, it waits, or fails if the queue is full."""
    v = w.visits[visit]
    t = w.tiers[v.tier]
    v.sent_ns = now
    count = open_members(w, v.tier)
    if count > 0:
        _dispatch(w, visit, count, now)
    elif t.waiting < t.most_waiting:
        t.waiting += 1
        join_ring(w.tier_lists, v.tier, _row(w, visit))
    else:
        w.tier_times[v.tier].rejected += 1
        fail(w, visit, now)


@part
def serve_queue(w: Tables, tier: int, now: int) -> None:
    """Send requests that wait at the balancer, the first first, while a guest may take one."""
    t = w.tiers[tier]
    while t.waiting > 0:
        count = open_members(w, tier)
        if count == 0:
            break
        visit = first_in(w.tier_lists, tier) - _row(w, 0)
        leave_queue(w, visit, now)
        _dispatch(w, visit, count, now)


@part
def leave_queue(w: Tables, visit: int, now: int) -> None:
    """Take `visit` out of the balancer's queue."""
    v = w.visits[visit]
    leave_ring(w.tier_lists, _row(w, visit))
    w.tiers[v.tier].waiting -= 1
    v.balancer_ns += now - v.sent_ns
    v.sent_ns = now


@part
def _dispatch(w: Tables, visit: int, count: int, now: int) -> None:
    """Make an attempt of `visit` at one of `count` guests; it enters there after the present event."""
    v = w.visits[visit]
    member = choose_member(w, v.tier, count)
    take_request(w, member)
    m = w.members[member]
    attempt = new_request(w, m.workload, now, v.service_ns)
    w.requests[attempt].member = member
    w.journeys[attempt].life = w.lifetimes[m.guest].life
    a = w.attempts[attempt]
    a.visit = visit
    a.gone, a.lacking, a.has_thread, a.entered, a.after = 0, 0, 0, 0, 0
    a.next_call, a.times_left, a.pending = 0, 0, 0
    a.where, a.since_ns = AWAY, now
    a.queue_ns, a.ready_ns, a.native_ns, a.hypervisor_ns, a.lost_ns, a.io_ns, a.calls_ns = 0, 0, 0, 0, 0, 0, 0
    v.attempt = attempt
    join_ring(w.tier_lists, len(w.tiers) + member, _row(w, attempt))
    defer(w, attempt, SENT)


@part
def leave_member(w: Tables, attempt: int) -> None:
    """Take `attempt` from its member, which may take another."""
    leave_ring(w.tier_lists, _row(w, attempt))
    lose_request(w, w.requests[attempt].member)


@part
def first_attempt(w: Tables, member: int) -> int:
    """Return the attempt that has been with `member` longest; NOBODY if it has none."""
    row = first_in(w.tier_lists, len(w.tiers) + member)
    return row - _row(w, 0) if row >= 0 else NOBODY


@part
def give_up_attempt(w: Tables, visit: int, now: int) -> None:
    """Part `visit` from its attempt, if it has one; what its guest still does for that is for nobody."""
    v = w.visits[visit]
    if v.attempt < 0:
        return
    w.attempts[v.attempt].visit = NOBODY
    v.attempt = NOBODY
    v.retry_ns += now - v.sent_ns
