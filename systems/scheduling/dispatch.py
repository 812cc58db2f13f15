"""Dispatch: how a VP that wants an LP gets one, and how it leaves it.

No function here calls itself through others: what must follow at the same instant is left to a timer.
"""

from components.declare import NEVER, NOBODY
from components.processor import GUEST, HYPERVISOR, IDLE, REFILL, SPINNING, WAKING
from components.trace import PREEMPTED
from components.traps import CONTEXT_SWITCHES, EXTERNAL_INTERRUPTS
from components.virtual_processor import CAPPED, NO_CAP, READY, RUNNING
from systems.kernels.jit import part, small
from systems.scheduling import classic
from systems.scheduling.accounting import cap_left, charge_lp, enter
from systems.scheduling.bursts import suspend_burst
from systems.scheduling.cache_domain import change_busy
from systems.scheduling.cpu_groups import change_running, is_group_spent
from systems.scheduling.guest import leave_idle, pop_idle
from systems.scheduling.placement import idle_lp_for, mark_idle
from systems.scheduling.timers import CAP_PERIOD, PROCESSOR, TICK, cancel_timer, set_timer
from systems.tables import Tables
from systems.traps.charges import owe
from systems.traps.settlement import settle_traps
from systems.traps.ticks import miss_ticks, start_clock, take_idle_tick


@part
def make_ready(w: Tables, vp: int, now: int) -> None:
    """Let a VP that was idle want an LP; a root VP takes its own from a guest at once [NE-CPU]."""
    start_clock(w, vp, now)
    if w.guest_traps[w.vp_identity[vp].owner].idle_ticks:
        cancel_timer(w, w.slots[0].tick + vp)
    if w.vp_identity[vp].tied_lp >= 0:
        _claim_own_lp(w, vp, now)
    else:
        classic.join_at_present(w, vp)
        find_lp(w, vp, now)


@part
def _claim_own_lp(w: Tables, vp: int, now: int) -> None:
    become_ready(w, vp, now)
    lp = w.vp_identity[vp].tied_lp
    phase = w.lps[lp].phase
    if phase == IDLE:
        wake_lp(w, lp, vp, now)
    elif phase in (REFILL, GUEST, SPINNING):
        charge_lp(w, lp, now)
        displaced = w.lps[lp].vp
        w.lp_traps[lp].scheduler_interrupts += 1
        owe(w, displaced, EXTERNAL_INTERRUPTS, 1, now)
        step_off(w, lp, PREEMPTED, now)
        step_on(w, lp, vp, now)
        find_lp(w, displaced, now)


@part
def find_lp(w: Tables, vp: int, now: int) -> None:
    """Let a guest VP want an LP: it gets an idle one, waits in line, or, its cap used up, waits for the next period."""
    if is_held_back(w, vp, now):
        hold_back(w, vp, now)
        return
    become_ready(w, vp, now)
    place(w, vp, now)


@small
def become_ready(w: Tables, vp: int, now: int) -> None:
    """Note that `vp` wants an LP from now on."""
    enter(w, vp, READY, now)
    w.vps[vp].ready_ns = now
    w.vps[vp].lp = NOBODY


@small
def is_held_back(w: Tables, vp: int, now: int) -> bool:
    """Tell whether its own cap, or that of its CPU group, keeps `vp` from running until the next period."""
    if w.vp_controls[vp].cap_ns != NO_CAP and cap_left(w, vp, now) <= 0:
        return True
    return is_group_spent(w, vp, now)


@part
def place(w: Tables, vp: int, now: int) -> None:
    """Let a ready guest VP have an idle LP, or wait in line."""
    w.vps[vp].lp = NOBODY
    lp = idle_lp_for(w, vp)
    if lp >= 0:
        wake_lp(w, lp, vp, now)
    else:
        classic.queue_vp(w, vp)


@part
def kick(w: Tables, guest: int, now: int) -> None:
    """Let the VP of `guest` that has been idle longest, if one is idle, come for a task."""
    vp = pop_idle(w, guest)
    if vp >= 0:
        make_ready(w, vp, now)


@part
def set_tick_timer(w: Tables, vp: int, now: int) -> None:
    """Set the timer of the next tick of `vp`, which is idle, if its guest keeps its ticks."""
    if w.guest_traps[w.vp_identity[vp].owner].idle_ticks:
        start_clock(w, vp, now)
        set_timer(w, w.slots[0].tick + vp, TICK, w.trap_state[vp].next_tick_ns)


@part
def tick_event(w: Tables, vp: int, now: int) -> None:
    """Let the clock of the idle `vp` tick, and wake it."""
    take_idle_tick(w, vp, now)
    leave_idle(w, vp)
    make_ready(w, vp, now)


@part
def hold_back(w: Tables, vp: int, now: int) -> None:
    """Let `vp` wait for the next cap period."""
    enter(w, vp, CAPPED, now)
    w.vps[vp].lp = NOBODY
    w.vps[vp].next_vp = NOBODY
    scheduler = w.scheduler[0]
    if scheduler.last_capped >= 0:
        w.vps[scheduler.last_capped].next_vp = vp
    else:
        scheduler.first_capped = vp
        period = w.parameters[0].cap_period_ns
        set_timer(w, w.slots[0].cap_period, CAP_PERIOD, (now // period + 1) * period)
    scheduler.last_capped = vp


@part
def wake_lp(w: Tables, lp: int, vp: int, now: int) -> None:
    """Let the idle `lp` wake for `vp`, which stays ready until it has."""
    charge_lp(w, lp, now)
    mark_idle(w, lp, False)
    w.lp_traps[lp].scheduler_interrupts += 1
    p = w.lps[lp]
    p.vp = vp
    w.vps[vp].lp = lp
    wake_up = w.costs[0].lp_wake_up_ns
    if wake_up > 0:
        p.phase = WAKING
        p.phase_end_ns = now + wake_up
        set_timer(w, w.slots[0].logical_processor + lp, PROCESSOR, p.phase_end_ns)
    else:
        step_on(w, lp, vp, now)


@part
def step_on(w: Tables, lp: int, vp: int, now: int) -> None:
    """Dispatch the ready `vp` on `lp`, which holds no running VP and is charged up to `now`."""
    p = w.lps[lp]
    state = w.vps[vp]
    times = w.vp_times[vp]
    enter(w, vp, RUNNING, now)
    times.dispatches += 1
    waited = now - state.ready_ns
    woke = min(waited, w.costs[0].lp_wake_up_ns) if p.phase == WAKING else 0
    times.wait_ns += waited
    times.wake_up_ns += woke
    times.contention_ns += waited - woke
    if state.ran_before and state.ideal_lp != lp:
        times.migrations += 1
    before = w.trap_state[vp].unpaid_ns
    w.trap_state[vp].unpaid_ns += w.costs[0].dispatch_ns
    p.refill_ns = _refill(w, lp, vp)
    if p.last_vp != vp:
        owe(w, vp, CONTEXT_SWITCHES, 1, now)
        w.lp_times[lp].context_switches += 1
    cost = w.trap_state[vp].unpaid_ns - before + min(before, w.parameters[0].longest_stay_ns)
    if w.vp_identity[vp].tied_lp < 0:
        classic.serve(w, lp, vp)
    if p.phase in (IDLE, WAKING):
        change_busy(w, w.lp_topology[lp].domain, 1, now)
    change_running(w, vp, 1, now)
    state.lp = lp
    state.ideal_lp = lp
    state.ran_before = 1
    p.vp = vp
    p.last_vp = vp
    p.since_ns = now
    p.dispatched_ns = now
    p.phase = HYPERVISOR
    p.yields = 0
    miss_ticks(w, vp, now)
    p.phase_end_ns = now + cost
    p.slice_end_ns = NEVER if w.vp_identity[vp].tied_lp >= 0 else classic.slice_end(w, p.phase_end_ns)
    set_timer(w, w.slots[0].logical_processor + lp, PROCESSOR, p.phase_end_ns)


@part
def stay_in_hypervisor(w: Tables, lp: int, refill_ns: int, now: int) -> None:
    """Let the VP on `lp`, which makes no progress, pay what it owes; of guest time that cold caches cost, `refill_ns` is left.

    After the longest stay that the hypervisor allows itself, others get a turn [TLFS-md hypercall-interface.md: 50 us].
    """
    p = w.lps[lp]
    p.phase = HYPERVISOR
    p.refill_ns = refill_ns
    p.phase_end_ns = now + min(w.trap_state[p.vp].unpaid_ns, w.parameters[0].longest_stay_ns)
    set_timer(w, w.slots[0].logical_processor + lp, PROCESSOR, p.phase_end_ns)


@small
def _refill(w: Tables, lp: int, vp: int) -> int:
    """Return the guest time (ns) that cold caches cost: never more than others have had to cool them."""
    state = w.vps[vp]
    if w.lps[lp].last_vp == vp and state.ideal_lp == lp:
        return 0
    most = w.costs[0].cache_refill_ns
    if state.ran_before and state.ideal_lp == lp:
        return min(most, w.lp_times[lp].guest_run_ns - state.left_at_ns)
    return most


@part
def step_off(w: Tables, lp: int, reason: int, now: int) -> None:
    """Take the VP that runs on `lp`, charged up to `now`, off it; its new state and the LP's next VP are the caller's."""
    p = w.lps[lp]
    vp = p.vp
    suspend_burst(w, lp, now)
    settle_traps(w, vp, now)
    change_running(w, vp, -1, now)
    w.vps[vp].left_at_ns = w.lp_times[lp].guest_run_ns
    w.vps[vp].lp = NOBODY
    p.vp = NOBODY
    record_dispatch(w, lp, vp, reason, now)


@small
def record_dispatch(w: Tables, lp: int, vp: int, reason: int, now: int) -> None:
    """Write the row of the dispatch that ends now, if dispatches are traced."""
    scheduler = w.scheduler[0]
    if scheduler.dispatch_room == 0:
        return
    row = w.dispatches[scheduler.dispatch_rows]
    row.lp = lp
    row.vp = vp
    row.ready_ns = w.vps[vp].ready_ns
    row.start_ns = w.lps[lp].dispatched_ns
    row.end_ns = now
    row.reason = reason
    scheduler.dispatch_rows += 1


@part
def next_vp(w: Tables, lp: int, now: int) -> None:
    """Let `lp`, which holds no VP, run its root VP if that is ready, else the first guest VP in line, else go idle."""
    root = w.lp_topology[lp].root_vp
    if root >= 0 and w.vps[root].state == READY:
        step_on(w, lp, root, now)
        return
    vp = classic.first_in_line(w, lp)
    if vp >= 0:
        classic.unqueue_vp(w, vp)
        step_on(w, lp, vp, now)
        return
    p = w.lps[lp]
    if p.phase != WAKING:
        change_busy(w, w.lp_topology[lp].domain, -1, now)
    p.phase = IDLE
    p.since_ns = now
    w.lp_traps[lp].halts += 1
    mark_idle(w, lp, True)
    cancel_timer(w, w.slots[0].logical_processor + lp)
