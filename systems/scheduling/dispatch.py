"""Dispatch: a VP begins on an LP, pays for that, and goes on with its task.

No function here calls itself through others: what must follow at the same instant is left to a timer.
"""

from components.declare import NEVER
from components.processor import HYPERVISOR, REFILL, WAKING
from components.traps import CONTEXT_SWITCHES
from components.virtual_processor import NO_CAP, RUNNING
from systems.guest.bursts import demand_of, resume_burst, set_busy, set_demand
from systems.guest.priorities import outranks
from systems.guest.working_sets import fetch_working_set, refill_time
from systems.interrupts.ticks import miss_ticks
from systems.kernels.jit import part, small
from systems.scheduling.dozing import count_slices
from systems.scheduling.lp_timer import set_lp_timer
from systems.scheduling.placement import is_away, note_running
from systems.state.accounting import enter
from systems.state.charges import owe
from systems.state.cpu_groups import change_running
from systems.state.scarcity import begin_count
from systems.state.tables import Tables
from systems.state.timers import set_timer
from systems.state.waits import bucket_of_wait


@small
def wake_up_ns(w: Tables, vp: int) -> int:
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
    woke = min(waited, wake_up_ns(w, vp)) if p.phase == WAKING else 0
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
    """Start the task of the VP on `lp` at `now`, without an event of its own for a dispatch that costs nothing."""
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
    if p.dozes:
        count_slices(w, lp, now)
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
