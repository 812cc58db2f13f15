"""The fast path: the compiled kernels of a step, in the order of the systems, in one compiled loop over steps."""

from systems.guest.demand import demand, first_arrivals
from systems.kernels.jit import njit
from systems.memory.admission import admit
from systems.memory.balancing import balance_memory
from systems.memory.demand import demand_memory, next_memory_time
from systems.memory.paging import page_guests
from systems.scheduling.lifetime import schedule_starts
from systems.scheduling.loop import schedule
from systems.state.memory import Memory
from systems.state.tables import OK, Tables


@njit
def prepare(w: Tables) -> None:
    """Set the first events of a new world: starts of partitions, first arrivals."""
    schedule_starts(w)
    first_arrivals(w)


@njit
def advance(w: Tables, m: Memory, until: int) -> int:
    """Make all steps up to `until` (ns); steps end at multiples of the step, when memory is balanced, and at `until`.

    Returns OK, or the status of the kernel that could not go on (see systems.state.tables); after what it asks for, the call
    is made again and goes on where it stopped.
    """
    clock = w.clock[0]
    while clock.stepped_ns < until:
        step_end = (clock.stepped_ns // clock.step_ns + 1) * clock.step_ns
        step_end = min(step_end, next_memory_time(m, clock.stepped_ns), until)
        status = demand(w, step_end)
        if status != OK:
            return status
        status = admit(w, m, step_end)
        if status != OK:
            return status
        status = schedule(w, step_end)
        if status != OK:
            return status
        demand_memory(w, m, step_end)
        page_guests(w, m, step_end)
        status = balance_memory(w, m, step_end)
        if status != OK:
            return status
        clock.stepped_ns = step_end
    return OK
