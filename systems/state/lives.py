"""The lives of a guest: it begins one when it is started, and another when it is restarted; what belongs to one before is lost."""

from components.declare import NOBODY
from components.task import LOCAL, REQUEST
from systems.kernels.jit import part, small
from systems.state.tables import Tables


@small
def is_lost(w: Tables, request: int, guest: int) -> bool:
    """Tell whether `guest` is off, or has been off or restarted since `request` arrived there, or the page was asked for that it reads."""
    lifetime = w.lifetimes[guest]
    return not lifetime.running or w.journeys[request].life != lifetime.life


@small
def has_root(w: Tables, guest: int) -> bool:
    """Tell whether the root of the host of `guest` is up, and is not the one that is being turned off at this instant."""
    return bool(w.lifetimes[w.hosts[w.layouts[guest].host].root].running)


@part
def free_task(w: Tables, task: int) -> None:
    """Return the row of `task` to the pool."""
    w.tasks[task].next_task = w.scheduler[0].first_free_task
    w.scheduler[0].first_free_task = task
    w.scheduler[0].free_tasks += 1


@part
def take_row(w: Tables) -> int:
    """Take a free row out of the pool, which has one, and return it."""
    row = w.scheduler[0].first_free_task
    w.scheduler[0].first_free_task = w.tasks[row].next_task
    w.scheduler[0].free_tasks -= 1
    return int(row)


@small
def begin_task(w: Tables, row: int, kind: int, owner: int, work_ns: int) -> None:
    """Make `row`, which was free, a task of a kind for partition `owner`, of so much work, at its base priority and in no list."""
    t = w.tasks[row]
    t.kind = kind
    t.owner = owner
    t.stage = LOCAL
    t.remaining_ns = work_ns
    t.next_task = NOBODY
    t.level = 0
    t.quantum_left_ns = 0


@part
def new_request(w: Tables, workload: int, arrival_ns: int, work_ns: int) -> int:
    """Take a row of the pool, which has a free one, for a request of open workload `workload`, and return it."""
    row = take_row(w)
    begin_task(w, row, REQUEST, w.open[workload].owner, work_ns)
    r = w.requests[row]
    r.arrival_ns = arrival_ns
    r.workload = workload
    r.member = NOBODY
    r.in_ring = 0
    r.answers = 0
    r.ios_left = w.io_paths[workload].per_request
    return row


@small
def pool_has_room(w: Tables) -> bool:
    """Tell whether the pool has all rows that one event may take for requests of tiers."""
    scheduler = w.scheduler[0]
    return bool(scheduler.free_tasks >= scheduler.spare_tasks + scheduler.visits)
