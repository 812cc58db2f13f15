"""The event heap: one slot for everything that can happen next, in the order (time, kind, sequence).

At one instant, kinds happen in the order of their numbers: partitions start and stop, caps are renewed, reserves granted, CPU groups
reach their caps, bursts end, LPs
end a phase or a slice, threads wake, requests arrive, pages come from disk, clocks of idle VPs tick, devices complete I/Os, idle cores
take VPs from shared ones, and idle virtual cores threads.
"""

from systems.kernels.heap import contains, push, remove, replace
from systems.kernels.jit import part, small
from systems.tables import Tables

LIFETIME = 0
CAP_PERIOD = 1
RESERVE = 2
CPU_GROUP = 3
BURST_END = 4
PROCESSOR = 5
WAKE_UP = 6
ARRIVAL = 7
PAGE_IN = 8
TICK = 9
DEVICE_DONE = 10
REBALANCE = 11
GUEST_REBALANCE = 12

_SEQUENCES = 2**56
_ARRIVALS = 2**36


@part
def set_timer(w: Tables, slot: int, kind: int, time_ns: int) -> None:
    """Let the event of `slot` happen at `time_ns`, whether or not it was already due at another time."""
    clock = w.clock[0]
    clock.sequence += 1
    _set(w, slot, time_ns, kind * _SEQUENCES + clock.sequence)


@part
def set_arrival_timer(w: Tables, row: int, time_ns: int) -> None:
    """Let the next request of open workload `row` arrive at `time_ns`.

    Arrivals of one instant happen in the order of their workloads: their sequence would depend on when they were drawn,
    and so on the step.
    """
    clock = w.clock[0]
    clock.sequence += 1
    order = ARRIVAL * _SEQUENCES + row * _ARRIVALS + clock.sequence % _ARRIVALS
    _set(w, w.slots[0].arrival + row, time_ns, order)


@small
def _set(w: Tables, slot: int, time_ns: int, order: int) -> None:
    if contains(w.timers, slot):
        replace(w.timers, 0, slot, time_ns, order)
    else:
        push(w.timers, 0, slot, time_ns, order)


@part
def cancel_timer(w: Tables, slot: int) -> None:
    """Let the event of `slot` not happen."""
    if contains(w.timers, slot):
        remove(w.timers, 0, slot)
