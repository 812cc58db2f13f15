"""The event loop: inside a step, time is continuous."""

from components.processor import IDLE, WAKING
from components.trace import RUN_ENDED
from components.traps import CHARGES, DEVICE, SIGNAL, TIMER
from systems.kernels.heap import contains, remove, top
from systems.kernels.jit import njit, part
from systems.scheduling.dispatch import record_dispatch
from systems.scheduling.errands import come_from_network, run_errands
from systems.scheduling.guest import admit, arrive, begin_burst, enqueue
from systems.scheduling.handover import kick, tick_event
from systems.scheduling.lifetime import lifetime_event
from systems.scheduling.memory_calls import call_for_next
from systems.scheduling.periods import cap_event, group_event, reserve_event
from systems.scheduling.rebalance import guest_rebalance_event, rebalance_event
from systems.scheduling.running import burst_event, processor_event
from systems.tables import BUFFER_FULL, OK, RUN_FINISHED, Tables
from systems.traps.interrupts import interrupt_guest
from systems.traps.io_path import device_event
from systems.traps.page_path import page_in_event


@part
def schedule(w: Tables, until: int) -> int:
    """Let everything happen that is due up to and including `until`.

    Returns OK when time has reached `until`; RUN_FINISHED at the moment at which the last closed workload is done;
    BUFFER_FULL when a trace must be drained first, after which the call is made again.
    """
    clock = w.clock[0]
    scheduler = w.scheduler[0]
    most_rows_an_event = len(w.lps) + 1
    while True:
        slot = top(w.timers, 0)
        if scheduler.next_caller < 0 and (slot < 0 or w.timers.key[slot] > until):
            break
        if (
            scheduler.dispatch_room > 0
            and scheduler.dispatch_rows + most_rows_an_event > scheduler.dispatch_room
        ):
            return BUFFER_FULL
        if (
            scheduler.intercept_room > 0
            and scheduler.intercept_rows + 2 * CHARGES * most_rows_an_event + 4 * len(w.vps)
            > scheduler.intercept_room
        ):
            return BUFFER_FULL
        if scheduler.next_caller >= 0:
            call_for_next(w, clock.now_ns)
            continue
        clock.now_ns = w.timers.key[slot]
        order = w.timers.order[slot]
        _happen(w, slot, clock.now_ns)
        if scheduler.first_errand >= 0:
            run_errands(w, clock.now_ns)
        if w.timers.order[slot] == order and contains(w.timers, slot):  # it has not set its next time itself
            remove(w.timers, 0, slot)
        if clock.has_jobs and clock.unfinished_jobs == 0:
            return RUN_FINISHED
    clock.now_ns = until
    return OK


@part
def _arrive(w: Tables, row: int, now: int) -> None:
    request = arrive(w, row)
    if w.io_paths[row].network:
        come_from_network(w, request)
    elif admit(w, row, request, now):
        guest = w.open[row].owner
        layout = w.layouts[guest]
        busy_vp = layout.first_vp + w.request_times[row].arrivals % layout.vps
        interrupt_guest(w, guest, busy_vp, DEVICE if w.trap_state[busy_vp].cost_row else SIGNAL, now)
        kick(w, guest, now)


@part
def _happen(w: Tables, slot: int, now: int) -> None:
    slots = w.slots[0]
    if slot >= slots.guest_rebalance:
        guest_rebalance_event(w, slot - slots.guest_rebalance, now)
    elif slot == slots.rebalance:
        rebalance_event(w, now)
    elif slot >= slots.arrival:
        row = slot - slots.arrival
        _arrive(w, row, now)
    elif slot >= slots.device_server:
        device_event(w, slot - slots.device_server, now)
    elif slot >= slots.tick:
        tick_event(w, slot - slots.tick, now)
    elif slot >= slots.page_in:
        page_in_event(w, slot - slots.page_in)
    elif slot >= slots.guest_thread:
        thread = slot - slots.guest_thread
        if begin_burst(w, thread):
            guest = w.threads[thread].owner
            enqueue(w, guest, thread, now)
            interrupt_guest(w, guest, w.threads[thread].vp, TIMER, now)
            kick(w, guest, now)
    elif slot >= slots.logical_processor:
        processor_event(w, slot - slots.logical_processor, now)
    elif slot >= slots.cache_domain:
        burst_event(w, slot - slots.cache_domain, now)
    elif slot >= slots.cpu_group:
        group_event(w, slot - slots.cpu_group, now)
    elif slot == slots.reserve:
        reserve_event(w, now)
    elif slot == slots.cap_period:
        cap_event(w, now)
    else:
        lifetime_event(w, slot, now)


@njit
def schedule_step(w: Tables, until: int) -> int:
    """Make one step of the scheduling system: `schedule`, for callers in Python."""
    return schedule(w, until)


@njit
def record_running(w: Tables, now: int) -> None:
    """Write the dispatches that still run when the run ends."""
    for lp in range(len(w.lps)):
        if w.lps[lp].phase not in (IDLE, WAKING):
            record_dispatch(w, lp, w.lps[lp].vp, RUN_ENDED, now)
