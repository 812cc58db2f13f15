"""The lives of a guest: it begins one when it is started, and another when it is restarted; what belongs to one before is lost."""

from components.declare import NOBODY
from components.io import LOCAL
from systems.kernels.jit import part, small
from systems.state.tables import Tables


@small
def is_lost(w: Tables, request: int, guest: int) -> bool:
    """Tell whether `guest` is off, or has been off or restarted since `request` arrived there, or asked for its page."""
    lifetime = w.lifetimes[guest]
    return not lifetime.running or w.requests[request].life != lifetime.life


@part
def free_request(w: Tables, request: int) -> None:
    """Return `request` to the pool."""
    w.requests[request].next_task = w.scheduler[0].first_free_request
    w.scheduler[0].first_free_request = request
    w.scheduler[0].free_requests += 1


@part
def take_row(w: Tables) -> int:
    """Take a free row out of the pool, which has one, and return it."""
    row = w.scheduler[0].first_free_request
    w.scheduler[0].first_free_request = w.requests[row].next_task
    w.scheduler[0].free_requests -= 1
    return int(row)


@part
def new_request(w: Tables, workload: int, arrival_ns: int, work_ns: int) -> int:
    """Take a row of the pool, which has a free one, for a request of open workload `workload`, and return it."""
    row = take_row(w)
    r = w.requests[row]
    r.arrival_ns = arrival_ns
    r.remaining_ns = work_ns
    r.next_task = NOBODY
    r.workload = workload
    r.member = NOBODY
    r.stage = LOCAL
    r.level = 0
    r.quantum_left_ns = 0
    r.in_ring = 0
    r.answers = 0
    r.ios_left = w.io_paths[workload].per_request
    return row


@small
def pool_has_room(w: Tables) -> bool:
    """Tell whether the pool has all rows that one event may take for requests of tiers."""
    scheduler = w.scheduler[0]
    return bool(scheduler.free_requests >= scheduler.spare_requests + scheduler.visits)
