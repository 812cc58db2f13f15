"""Orders: guests that are to be started or stopped at a time that was not known before the run.

An order is given more than a step ahead: memory is given and taken at the beginning of a step (`systems.memory.admission`).
"""

from components.declare import NEVER
from systems.kernels.heap import push, remove, top, top_key, top_order
from systems.kernels.jit import part, rare, small
from systems.state.tables import Tables
from systems.state.timers import set_timer

STOPS, STARTS = range(2)

_KIND_BITS = 32


@part
def order(w: Tables, guest: int, kind: int, at: int) -> None:
    """Order `guest`, for which there is no order, to start or stop at `at`."""
    lifetime = w.lifetimes[guest]
    if kind == STARTS:
        lifetime.start_ns, lifetime.stop_ns, lifetime.late = at, NEVER, 0
    else:
        lifetime.stop_ns = at
    push(w.orders, 0, guest, at, (kind << _KIND_BITS) + guest)
    set_timer(w, w.schedule.lifetime, guest, at)


@small
def next_order_ns(w: Tables) -> int:
    """Return the time of the next order; NEVER if there is none."""
    guest = top(w.orders, 0)
    return top_key(w.orders, 0) if guest >= 0 else NEVER


@rare
def take_order(w: Tables) -> tuple[int, int]:
    """Return the guest of the next order, which there is, and what is to be done; the order is done with."""
    guest = top(w.orders, 0)
    kind = top_order(w.orders, 0) >> _KIND_BITS
    remove(w.orders, 0, guest)
    return guest, kind
