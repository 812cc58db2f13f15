"""What guests are asked to do, whatever the host does: the requests of open workloads."""

from systems.guest.arrivals import draw_first_arrival, last_to_draw, next_arrival
from systems.guest.tasks import draw
from systems.kernels.jit import part, rare
from systems.state.lives import new_request
from systems.state.memory import Memory
from systems.state.tables import OK, POOL_EMPTY, Tables
from systems.state.timers import set_arrival_timer
from systems.system import System, components


@rare
def first_arrivals(w: Tables) -> None:
    """Draw when the first request of every open workload arrives, counted from the partition's start."""
    for row in range(len(w.open)):
        draw_first_arrival(w, row, w.open[row].next_arrival_ns)


@part
def demand(w: Tables, m: Memory, until: int) -> int:  # noqa: ARG001 - all kernels of a step take the same
    """Draw the requests that arrive up to and including `until`, each with its work, from the partition's own streams.

    Returns OK, or POOL_EMPTY when the pool of tasks must grow first, after which the call is made again.
    """
    for row in range(len(w.open)):
        o = w.open[row]
        stop = w.lifetimes[o.owner].stop_ns
        last = last_to_draw(w, row, until)
        while o.next_arrival_ns <= last and (o.relative or o.next_arrival_ns < stop):
            if w.scheduler[0].first_free_task < 0:
                return POOL_EMPTY
            _draw_request(w, row)
    return OK


@part
def _draw_request(w: Tables, row: int) -> None:
    o = w.open[row]
    work = max(1, draw(w, o.service, w.keys[0].service, o.stable_id, o.draws))
    request = new_request(w, row, o.next_arrival_ns, work)
    if o.last_future >= 0:
        w.tasks[o.last_future].next_task = request
    else:
        o.first_future = request
        if not o.relative:
            set_arrival_timer(w, row, o.next_arrival_ns)
    o.last_future = request
    o.draws += 1
    o.next_arrival_ns = next_arrival(w, row, o.next_arrival_ns)


class Demand(System):
    """Draws the requests of each open workload for the coming step, and those of the root's own load.

    Threads of closed workloads are no business of this system: when they wake depends on when they ran.
    """

    kernel = staticmethod(demand)
    begin = staticmethod(first_arrivals)
    why_here = "first: what arrives within the step must be known before anyone is scheduled"
    reads = components("IoPath Lifetime RandomKeys")
    writes = components("Clock OpenWorkload Request SchedulerState Task")
