"""Attempts of tiers' requests enter their guests: when they are sent, when they have a thread at last, and when their calls are over; or are dropped before that."""

from components.task import LOCAL
from systems.kernels.jit import part
from systems.scheduling.wake_ups import enter, join_guest
from systems.state.lives import free_task
from systems.state.tables import Tables
from systems.tiers.answers import drop_attempt


@part
def reach_member(w: Tables, attempt: int, now: int) -> None:
    """Bring `attempt` into its guest; drop one that comes from the network and finds the ring full."""
    a, r = w.attempts[attempt], w.requests[attempt]
    w.tasks[attempt].stage = LOCAL
    if a.entered:
        join_guest(w, r.workload, attempt, now)
        return
    a.entered = 1
    times, path = w.request_times[r.workload], w.io_paths[r.workload]
    times.arrivals += 1
    if path.network and path.adapter < 0 and path.in_ring >= path.ring:
        times.dropped += 1
        drop_attempt(w, attempt, now)
    else:
        enter(w, r.workload, attempt, now)


@part
def leave_network(w: Tables, attempt: int, now: int) -> None:
    """Drop `attempt`, for which the ring of its guest's NIC had no room, unless its guest is gone."""
    if w.attempts[attempt].gone:
        free_task(w, attempt)
    else:
        drop_attempt(w, attempt, now)
