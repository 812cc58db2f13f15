"""Dispatch: how a VP that wants an LP gets one, and how it leaves it.

No function here calls itself through others: what must follow at the same instant is left to a timer.
"""

from components.declare import NEVER, NOBODY
from components.processor import HYPERVISOR, REFILL, WAKING
from components.trace import PREEMPTED
from components.traps import CONTEXT_SWITCHES
from components.virtual_processor import CAPPED, NO_CAP, READY, RUNNING
from systems.guest.bursts import demand_of, resume_burst, set_busy, set_demand, suspend_burst
from systems.guest.priorities import outranks
from systems.guest.working_sets import drop_unfetched, fetch_working_set, refill_time
from systems.intercepts.settlement import settle_traps
from systems.interrupts.ticks import miss_ticks
from systems.kernels.heap import contains, push, remove, top
from systems.kernels.jit import part, small
from systems.scheduling.dozing import slice_left, stop_dozing
from systems.scheduling.lp_timer import set_lp_timer
from systems.scheduling.placement import is_away, note_running
from systems.state.accounting import cap_left, charge_lp, enter
from systems.state.caps import next_renewal
from systems.state.charges import owe
from systems.state.cpu_groups import change_running, is_group_full, stop_waiting, wait_for_place
from systems.state.root_activity import end_root_wake
from systems.state.scarcity import begin_count, note_line
from systems.state.tables import Tables
from systems.state.timers import set_timer
from systems.state.waits import bucket_of_wait


@small
def become_ready(w: Tables, vp: int, now: int) -> None:
    """Note that `vp` wants an LP from now on."""
    enter(w, vp, READY, now)
    w.vps[vp].ready_ns = now
    w.vps[vp].lp = NOBODY


@small
def is_held_back(w: Tables, vp: int, now: int) -> bool:
    """Tell whether its own cap, or that of its CPU group, keeps `vp` from running now."""
    return is_capped(w, vp, now) or is_group_full(w, vp, now)


@small
def is_capped(w: Tables, vp: int, now: int) -> bool:
    """Tell whether `vp` has used up its own cap."""
    return w.vp_controls[vp].cap_ns != NO_CAP and cap_left(w, vp, now) <= 0


@part
def hold_back(w: Tables, vp: int, now: int) -> None:
    """Hold `vp` back (CAPPED) until its cap is renewed, or until its group has a place for it."""
    enter(w, vp, CAPPED, now)
    w.vps[vp].lp = NOBODY
    if not is_capped(w, vp, now):
        note_line(w, vp, 1)
        wait_for_place(w, vp, now)
        return
    w.scheduler[0].ready_sequence += 1
    push(w.held, 0, vp, next_renewal(w, vp, now), w.scheduler[0].ready_sequence)
    set_cap_timer(w)


@small
def set_cap_timer(w: Tables) -> None:
    """Set the timer of the next renewal of a cap, if that of any VP is waited for."""
    vp = top(w.held, 0)
    if vp >= 0:
        set_timer(w, w.schedule.cap_period, 0, w.held.key[vp])


@small
def release(w: Tables, vp: int) -> None:
    """Take `vp` out of those that are held back, if it is one of them."""
    if not contains(w.held, vp):
        return
    at = w.held.position[vp]
    if at < w.held.length[0] and w.held.items[w.held.start[0] + at] == vp:
        remove(w.held, 0, vp)
    else:
        note_line(w, vp, -1)
        stop_waiting(w, vp)


@part
def wake_lp(w: Tables, lp: int, vp: int, now: int) -> None:
    """Wake the idle `lp` for `vp`, which stays ready until the LP has woken."""
    charge_lp(w, lp, now)
    w.policy.set_idle(w, lp, False)
    w.lp_traps[lp].scheduler_interrupts += 1
    p = w.lps[lp]
    p.vp = vp
    w.vps[vp].lp = lp
    end_root_wake(w, lp)
    wake_up = _wake_up(w, vp)
    if wake_up > 0:
        p.phase = WAKING
        p.phase_end_ns = now + wake_up
        set_timer(w, w.schedule.processor, lp, p.phase_end_ns)
    else:
        step_on(w, lp, vp, now)


@small
def _wake_up(w: Tables, vp: int) -> int:
    """Return what an idle LP takes (ns) before it runs `vp`."""
    costs = w.costs[w.vp_identity[vp].host]
    return int(costs.lp_wake_up_ns if w.vp_identity[vp].tied_lp < 0 else costs.root_wake_up_ns)


@part
def step_on(w: Tables, lp: int, vp: int, now: int) -> None:
    """Dispatch the ready `vp` on `lp`, which holds no running VP and is charged up to `now`."""
    p = w.lps[lp]
    state = w.vps[vp]
    times = w.vp_times[vp]
    enter(w, vp, RUNNING, now)
    begin_count(w, vp, now)
    times.dispatches += 1
    waited = now - state.ready_ns
    woke = min(waited, _wake_up(w, vp)) if p.phase == WAKING else 0
    times.wait_ns += waited
    w.wait_buckets[vp, bucket_of_wait(w, waited)] += 1
    times.wake_up_ns += woke
    times.contention_ns += waited - woke
    if state.ran_before and state.ideal_lp != lp:
        times.migrations += 1
    before = w.trap_state[vp].unpaid_ns
    w.trap_state[vp].unpaid_ns += w.costs[w.lp_topology[lp].host].dispatch_ns
    p.refill_ns = refill_time(w, w.lp_topology[lp].host, fetch_working_set(w, vp, w.lp_topology[lp].domain))
    if p.last_vp != vp:
        owe(w, vp, CONTEXT_SWITCHES, 1, now)
        w.lp_times[lp].context_switches += 1
    cost = (
        w.trap_state[vp].unpaid_ns
        - before
        + min(before, w.parameters[w.lp_topology[lp].host].longest_stay_ns)
    )
    was_off = p.phase <= WAKING
    change_running(w, vp, 1, now)
    note_running(w, vp, lp, True)
    state.lp = lp
    state.ideal_lp = lp
    if not is_away(w, vp, lp) or w.lp_topology[state.home_lp].node != w.vp_identity[vp].ideal_node:
        state.home_lp = lp
    state.ran_before = 1
    p.vp = vp
    p.last_vp = vp
    p.since_ns = now
    p.dispatched_ns = now
    p.phase = HYPERVISOR
    p.yields = 0
    miss_ticks(w, vp, now)
    p.phase_end_ns = now + cost
    p.slice_end_ns = NEVER
    if w.vp_identity[vp].tied_lp < 0:
        p.slice_end_ns = w.policy.begin_slice(w, lp, vp, p.phase_end_ns)
        if state.slice_left_ns > 0:
            p.slice_end_ns = min(p.slice_end_ns, p.phase_end_ns + state.slice_left_ns)
            state.slice_left_ns = 0
        else:
            state.extended = 0
    if was_off:
        set_busy(w, lp, True, now)
    else:
        set_demand(w, lp, demand_of(w, vp), now)
    if cost == 0 and _goes_on_at_once(w, vp):
        _start_guest(w, lp, now)
    else:
        set_timer(w, w.schedule.processor, lp, p.phase_end_ns)


@small
def _goes_on_at_once(w: Tables, vp: int) -> bool:
    """Tell whether `vp`, which owes nothing, goes on with its task: no cap, interrupt, message, end of a burst or task above it comes before."""
    trap, controls = w.trap_state[vp], w.vp_controls[vp]
    if w.vps[vp].task < 0 or controls.cap_ns != NO_CAP or controls.cpu_group >= 0:
        return False
    return not (trap.pending or trap.messages or trap.at_end or trap.halting or outranks(w, vp))


@part
def _start_guest(w: Tables, lp: int, now: int) -> None:
    """Let the VP on `lp` run its task from `now` on, without an event of its own for a dispatch that costs nothing."""
    w.vps[w.lps[lp].vp].guest_idle = 0
    go_on(w, lp, w.lps[lp].refill_ns, now)
    set_lp_timer(w, lp, now)


@small
def go_on(w: Tables, lp: int, refill_ns: int, now: int) -> None:
    """Run the task of the VP on `lp`, after `refill_ns` lost to cold caches."""
    p = w.lps[lp]
    if refill_ns > 0:
        p.phase = REFILL
        p.phase_end_ns = now + refill_ns
    else:
        resume_burst(w, lp, now)


@part
def stay_in_hypervisor(w: Tables, lp: int, refill_ns: int, now: int) -> None:
    """Charge the VP on `lp`, which makes no progress, its unpaid hypervisor time; `refill_ns` is the guest time still to be lost to cold caches.

    After the longest stay that the hypervisor allows itself, others get a turn [TLFS-md hypercall-interface.md: 50 us].
    """
    p = w.lps[lp]
    p.phase = HYPERVISOR
    p.refill_ns = refill_ns
    p.phase_end_ns = now + min(
        w.trap_state[p.vp].unpaid_ns, w.parameters[w.lp_topology[lp].host].longest_stay_ns
    )
    set_timer(w, w.schedule.processor, lp, p.phase_end_ns)


@small
def refill_left(w: Tables, lp: int, now: int) -> int:
    """Return the guest time (ns) that the VP on `lp` has still to lose to cold caches."""
    p = w.lps[lp]
    if p.phase == HYPERVISOR:
        return int(p.refill_ns)
    return int(p.phase_end_ns - now) if p.phase == REFILL else 0


@part
def step_off(w: Tables, lp: int, reason: int, now: int) -> None:
    """Take the VP that runs on `lp`, charged up to `now`, off it; its new state and the LP's next VP are the caller's.

    One that is preempted goes on with what is left of its slice: with a new one it would hardly end a slice where the root works often.
    """
    p = w.lps[lp]
    vp = p.vp
    fetch_working_set(w, vp, w.lp_topology[lp].domain)
    drop_unfetched(w, vp, refill_left(w, lp, now))
    w.vps[vp].slice_left_ns = slice_left(w, lp, now) if reason == PREEMPTED else 0
    suspend_burst(w, lp, now)
    settle_traps(w, vp, now)
    change_running(w, vp, -1, now)
    note_running(w, vp, lp, False)
    stop_dozing(w, lp)
    w.vps[vp].lp = NOBODY
    w.vps[vp].left_ns = now
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
