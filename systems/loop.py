"""The event loop, and the steps around it: they belong to no system. Inside a step, time is continuous."""

from components.processor import IDLE, WAKING
from components.trace import RUN_ENDED
from systems.cluster.moves import settle_moves
from systems.kernels.heap import contains, order_of, remove, top, top_key, top_order
from systems.kernels.jit import njit, part, rare
from systems.memory.operations import has_room
from systems.scheduling.leaving import record_dispatch
from systems.state.charges import traces_have_room
from systems.state.deferred import run_deferred
from systems.state.lives import pool_has_room
from systems.state.memory import Memory
from systems.state.tables import BUFFER_FULL, OK, OPERATIONS_FULL, POOL_EMPTY, RUN_FINISHED, Tables
from systems.state.timers import EVENT_BITS


@njit
def prepare(w: Tables) -> None:
    """Set the first events of a new world."""
    w.schedule.begin(w)


@njit
def advance(w: Tables, m: Memory, until: int, last: int) -> int:
    """Make all steps up to `until` (ns); in the one that ends there, only the kernels before number `last` have their turn.

    Steps end at multiples of the step, where a system needs it, and at `until`. Called again with more, it goes on where it stopped; with
    a negative `last` it does nothing but say in Clock.step_end_ns when the next step ends.
    Returns OK; RUN_FINISHED once the last closed workload is done; or the status of a kernel that cannot go on (see
    systems.state.tables), to be called again after what that asks for.
    """
    clock = w.clock[0]
    while clock.stepped_ns < until:
        if clock.has_jobs and clock.unfinished_jobs == 0:
            return RUN_FINISHED
        if clock.place == 0:
            end = min((clock.stepped_ns // clock.step_ns + 1) * clock.step_ns, until)
            clock.step_end_ns = w.schedule.step_end(w, m, clock.stepped_ns, end)
        if last < 0:
            return OK
        whole = clock.step_end_ns < until
        status = w.schedule.step(w, m, w.schedule.kernels if whole else last, clock.step_end_ns)
        if status != OK or not whole:
            return status
    return OK


@part
def run_events(w: Tables, m: Memory, until: int) -> int:
    """Carry out all events that are due up to and including `until`, in the order of time, event and sequence.

    Returns OK when time has reached `until`; RUN_FINISHED at the moment at which the last closed workload is done;
    BUFFER_FULL, or OPERATIONS_FULL, when a trace must be drained first, POOL_EMPTY when the pool of tasks must grow, after which the call is made again.
    """
    clock = w.clock[0]
    bounded = _is_bounded(w)
    while True:
        slot = top(w.timers, 0)
        if slot < 0 or top_key(w.timers, 0) > until:
            break
        if bounded:
            status = _room(w, m)
            if status != OK:
                return status
        clock.now_ns = top_key(w.timers, 0)
        order = top_order(w.timers, 0)
        event = order >> EVENT_BITS
        clock.event = event
        w.happened[event] += 1
        w.schedule.happen(w, event, slot - w.first_slot[event], clock.now_ns)
        if w.scheduler[0].first_deferred >= 0:
            run_deferred(w, clock.now_ns)
        if w.cluster[0].asked:  # what moves with a guest is memory, which no event has at hand
            settle_moves(w, m, clock.now_ns)
            if w.scheduler[0].first_deferred >= 0:
                run_deferred(w, clock.now_ns)
        if (
            contains(w.timers, slot) and order_of(w.timers, 0, slot) == order
        ):  # it has not set its next time itself
            remove(w.timers, 0, slot)
        if clock.has_jobs and clock.unfinished_jobs == 0 and not _lifetime_event_is_due(w, clock.now_ns):
            return RUN_FINISHED
    clock.now_ns = until
    clock.event = len(w.happened)
    return OK


@part
def _is_bounded(w: Tables) -> bool:
    """Tell whether events write into buffers, or take requests from the pool, so that there must be room before each."""
    scheduler = w.scheduler[0]
    traced = scheduler.dispatch_room > 0 or scheduler.intercept_room > 0
    return traced or len(w.migrations) > 0 or scheduler.spare_tasks > 0 or len(w.tiers) > 0


@rare
def _room(w: Tables, m: Memory) -> int:
    """Return OK if there is room for all that one event may write or take; else what is to be done about it."""
    if not traces_have_room(w):
        return BUFFER_FULL
    if len(w.migrations) > 0 and not has_room(m):
        return OPERATIONS_FULL
    if w.cluster[0].rows + 2 * len(w.migrations) > len(w.migration_rows):
        return BUFFER_FULL
    return OK if pool_has_room(w) else POOL_EMPTY


@rare
def _lifetime_event_is_due(w: Tables, now: int) -> bool:
    """Tell whether a partition has still to start or stop at `now`.

    Their memory has changed hands by then, so all of one instant happen even if the first of them ends the run.
    """
    slot = top(w.timers, 0)
    first = w.first_slot[w.schedule.lifetime]
    return first <= slot < first + len(w.lifetimes) and top_key(w.timers, 0) <= now


@njit
def record_running(w: Tables, now: int) -> None:
    """Write the dispatches that still run when the run ends."""
    for lp in range(len(w.lps)):
        if w.lps[lp].phase not in (IDLE, WAKING):
            record_dispatch(w, lp, w.lps[lp].vp, RUN_ENDED, now)
