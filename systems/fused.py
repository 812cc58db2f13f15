"""The fast path: the compiled kernels of a step, in the order of the systems, in one compiled loop over steps."""

from systems.demand import demand, first_arrivals
from systems.kernels.jit import njit
from systems.scheduling.lifetime import schedule_starts
from systems.scheduling.loop import schedule
from systems.tables import OK, Tables


@njit
def prepare(w: Tables) -> None:
    """Set the first events of a new world: starts of partitions, first arrivals."""
    schedule_starts(w)
    first_arrivals(w)


@njit
def advance(w: Tables, until: int) -> int:
    """Make all steps up to `until` (ns); steps end at multiples of the step, and at `until`.

    Returns OK, or the status of the kernel that could not go on (see systems.tables); after what it asks for, the call
    is made again and goes on where it stopped.
    """
    clock = w.clock[0]
    while clock.stepped_ns < until:
        step_end = min((clock.stepped_ns // clock.step_ns + 1) * clock.step_ns, until)
        status = demand(w, step_end)
        if status != OK:
            return status
        status = schedule(w, step_end)
        if status != OK:
            return status
        clock.stepped_ns = step_end
    return OK
