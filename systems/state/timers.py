"""The event heap: one slot for everything that can happen next, in the order (time, event, sequence).

Events are numbered in the order in which the schedule lists them (`w.schedule`), which is the order in which they happen at one instant.
The slots of one event, a row an entity, lie side by side from `w.first_slot[event]` on.
"""

from systems.kernels.heap import contains, key_of, push, remove, replace
from systems.kernels.jit import part, small
from systems.state.tables import Tables

EVENT_BITS = 56
"""An event's order holds its number above so many bits of its sequence."""

_ARRIVALS = 2**36


@part
def set_timer(w: Tables, event: int, row: int, time_ns: int) -> None:
    """Set the timer of `event` for entity `row` to `time_ns`, whether or not it was set before."""
    clock = w.clock[0]
    clock.sequence += 1
    _set(w, w.first_slot[event] + row, time_ns, (event << EVENT_BITS) + clock.sequence)


@part
def bring_forward(w: Tables, event: int, row: int, time_ns: int) -> None:
    """Set the timer of `event` for entity `row` to `time_ns` unless it is due earlier."""
    slot = w.first_slot[event] + row
    if not contains(w.timers, slot) or key_of(w.timers, 0, slot) > time_ns:
        set_timer(w, event, row, time_ns)


@part
def set_arrival_timer(w: Tables, row: int, time_ns: int) -> None:
    """Set the timer of the next arrival of open workload `row` to `time_ns`.

    Arrivals of one instant happen in the order of their workloads: their sequence would depend on when they were drawn,
    and so on the step.
    """
    clock = w.clock[0]
    clock.sequence += 1
    event = w.schedule.arrival
    order = (event << EVENT_BITS) + row * _ARRIVALS + clock.sequence % _ARRIVALS
    _set(w, w.first_slot[event] + row, time_ns, order)


@small
def _set(w: Tables, slot: int, time_ns: int, order: int) -> None:
    if contains(w.timers, slot):
        replace(w.timers, 0, slot, time_ns, order)
    else:
        push(w.timers, 0, slot, time_ns, order)


@small
def is_due(w: Tables, event: int, row: int, now: int) -> bool:
    """Tell whether `event` of entity `row` is still to happen at `now`."""
    slot = w.first_slot[event] + row
    return contains(w.timers, slot) and key_of(w.timers, 0, slot) <= now


@small
def is_set(w: Tables, event: int, row: int) -> bool:
    """Tell whether the timer of `event` for entity `row` is set."""
    return contains(w.timers, w.first_slot[event] + row)


@part
def cancel_timer(w: Tables, event: int, row: int) -> None:
    """Cancel the timer of `event` for entity `row`."""
    slot = w.first_slot[event] + row
    if contains(w.timers, slot):
        remove(w.timers, 0, slot)
