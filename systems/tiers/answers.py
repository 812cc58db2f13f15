"""An attempt is over: it is answered, or lost to its guest."""

from components.task import LOST, SENT
from components.tier import AWAY
from systems.guest.places import give_up_thread
from systems.io.network import begin_answer, is_answered
from systems.kernels.histogram import bucket_of
from systems.kernels.jit import part, rare
from systems.state.attempt_times import pass_to
from systems.state.deferred import defer
from systems.state.lives import free_task
from systems.state.tables import Tables
from systems.tiers.balancing import give_up_attempt, leave_member, serve_queue
from systems.tiers.visits import answer, fail


@part
def finish(w: Tables, attempt: int, now: int) -> None:
    """End `attempt`, which is done at its guest: at once, or, where its answer goes by a shared NIC, once that has been sent."""
    if w.attempts[attempt].lacking or not is_answered(w, attempt):
        end_attempt(w, attempt, now)
        return
    pass_to(w, attempt, AWAY, now)
    begin_answer(w, attempt)


@part
def end_attempt(w: Tables, attempt: int, now: int) -> None:
    """End `attempt`, which is done at its guest: its request is answered, or fails with it. The balancer sends the next."""
    r, a = w.requests[attempt], w.attempts[attempt]
    pass_to(w, attempt, AWAY, now)
    _count(w, attempt, now)
    _free_thread(w, attempt)
    tier = w.members[r.member].tier
    leave_member(w, attempt)
    visit = a.visit
    if visit >= 0 and a.lacking:
        fail(w, visit, now)
    elif visit >= 0:
        answer(w, visit, attempt, now)
    free_task(w, attempt)
    serve_queue(w, tier, now)


@rare
def drop_attempt(w: Tables, attempt: int, now: int) -> None:
    """End `attempt`, which has not come to its guest; its request makes another try, if it may."""
    tier = w.members[w.requests[attempt].member].tier
    visit = w.attempts[attempt].visit
    leave_member(w, attempt)
    if visit >= 0:
        give_up_attempt(w, visit, now)
        defer(w, visit, LOST)
    free_task(w, attempt)
    serve_queue(w, tier, now)


@part
def _count(w: Tables, attempt: int, now: int) -> None:
    """Count `attempt` among the requests of its guest."""
    r = w.requests[attempt]
    times = w.request_times[r.workload]
    if w.attempts[attempt].lacking:
        times.failed += 1
        return
    response = now - r.arrival_ns
    times.completions += 1
    times.response_ns += response
    w.responses[r.workload, bucket_of(response)] += 1


@part
def _free_thread(w: Tables, attempt: int) -> None:
    following = give_up_thread(w, attempt)
    if following >= 0:
        defer(w, following, SENT)
