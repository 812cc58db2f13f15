"""Visits begin and end, and what a tier counts of them."""

from components.declare import NEVER, NOBODY
from components.task import SERVED, VISIT
from systems.guest.tasks import draw
from systems.kernels.histogram import bucket_of
from systems.kernels.jit import part, rare
from systems.state.deferred import defer
from systems.state.lives import free_task, take_row
from systems.state.rings import leave_ring
from systems.state.tables import Tables
from systems.tiers.due import await_answer
from systems.tiers.load import count_load


@part
def begin_visit(w: Tables, tier: int, parent: int, now: int) -> int:
    """Begin a request of `tier`, called by the attempt `parent` or by none, and return it; it is to be sent."""
    visit = take_row(w)
    t, v = w.tiers[tier], w.visits[visit]
    w.scheduler[0].visits += 1
    count_load(w, tier, now)
    t.in_system += 1
    w.tier_times[tier].arrivals += 1
    w.tasks[visit].kind = VISIT
    v.tier = tier
    v.parent = parent
    v.attempt = NOBODY
    v.came_ns = now
    v.tries_left = t.retries
    v.balancer_ns = 0
    v.retry_ns = 0
    v.service_ns = max(1, draw(w, t.service, w.keys[0].service, t.stable_id, t.begun))
    v.after_ns = 0
    if t.service_after >= 0:
        v.after_ns = max(1, draw(w, t.service_after, w.keys[0].service_after, t.stable_id, t.begun))
    t.begun += 1
    await_answer(w, visit, now)
    return visit


@part
def answer(w: Tables, visit: int, attempt: int, now: int) -> None:
    """End `visit`, which `attempt`, whose accounts are complete, has answered."""
    v, a = w.visits[visit], w.attempts[attempt]
    times = w.tier_times[v.tier]
    response = now - v.came_ns
    times.completions += 1
    times.response_ns += response
    w.tier_responses[v.tier, bucket_of(response)] += 1
    times.balancer_ns += v.balancer_ns
    times.retry_ns += v.retry_ns
    times.queue_ns += a.queue_ns
    times.ready_ns += a.ready_ns
    times.native_ns += a.native_ns
    times.hypervisor_ns += a.hypervisor_ns
    times.lost_ns += a.lost_ns
    times.io_ns += a.io_ns
    times.calls_ns += a.calls_ns
    _end(w, visit, False, now)


@rare
def fail(w: Tables, visit: int, now: int) -> None:
    """End `visit`, which is not answered."""
    w.tier_times[w.visits[visit].tier].failed += 1
    _end(w, visit, True, now)


@part
def _end(w: Tables, visit: int, failed: bool, now: int) -> None:
    v = w.visits[visit]
    t = w.tiers[v.tier]
    if t.timeout_ns < NEVER:
        leave_ring(w.due_lists, len(w.tiers) + visit)
    count_load(w, v.tier, now)
    t.in_system -= 1
    w.scheduler[0].visits -= 1
    if v.parent >= 0:
        _reply(w, v.parent, failed)
    free_task(w, visit)


@part
def _reply(w: Tables, attempt: int, failed: bool) -> None:
    """Note that a call of `attempt` is over; after the last of those under way it goes on."""
    a = w.attempts[attempt]
    a.pending -= 1
    if failed:
        a.lacking = 1
    if a.pending == 0:
        defer(w, attempt, SERVED)
