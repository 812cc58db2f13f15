"""Where time goes: every ns of every LP and VP is charged to one account.

Charging is additive: to charge at any moment in between changes nothing, so a sample may be taken at any time.
"""

from components.processor import AWAITING, HYPERVISOR, IDLE, REFILL, SPINNING, WAKING
from components.virtual_processor import CAPPED, NO_CAP, READY, RUNNING, SUSPENDED
from components.virtual_processor import IDLE as VP_IDLE
from systems.kernels.jit import njit, part, small
from systems.state.caps import cap_offset
from systems.state.company import count_company, note_company
from systems.state.root_activity import settle_root
from systems.state.scarcity import note_state
from systems.state.tables import Tables


@part
def charge_cap(w: Tables, vp: int, since: int, now: int) -> None:
    """Count the LP time from `since` to `now` against the cap of `vp`, period by period.

    What a period overran (a cost in progress is not cut) is taken from the next.
    """
    state = w.vps[vp]
    period = w.parameters[w.vp_identity[vp].host].cap_period_ns
    cap = w.vp_controls[vp].cap_ns
    offset = cap_offset(w, vp)
    since, now = since + offset, now + offset
    last = (now - 1) // period if now > 0 else 0
    begun = since // period
    if begun > state.cap_period:
        state.cap_used_ns = max(0, state.cap_used_ns - cap * (begun - state.cap_period))
        state.cap_period = begun
    if last > state.cap_period:
        boundary = (state.cap_period + 1) * period
        state.cap_used_ns = max(0, state.cap_used_ns + (boundary - since) - cap)
        state.cap_used_ns += (last - state.cap_period - 1) * (period - cap)
        state.cap_period = last
        since = last * period
    state.cap_used_ns += now - since


@small
def cap_left(w: Tables, vp: int, now: int) -> int:
    """Return the LP time (ns) that the cap leaves to `vp`, charged up to `now`, in the period that `now` begins or is in."""
    state = w.vps[vp]
    cap = w.vp_controls[vp].cap_ns
    present = (now + cap_offset(w, vp)) // w.parameters[w.vp_identity[vp].host].cap_period_ns
    if present > state.cap_period:
        state.cap_used_ns = max(0, state.cap_used_ns - cap * (present - state.cap_period))
        state.cap_period = present
    return cap - state.cap_used_ns


@part
def charge_lp(w: Tables, lp: int, now: int) -> None:
    """Charge the time since the last charge to the LP's phase, and to the VP that it runs."""
    p = w.lps[lp]
    elapsed = now - p.since_ns
    if elapsed == 0:
        return
    times = w.lp_times[lp]
    if p.phase == IDLE:
        busy = settle_root(w, lp, elapsed, now)
        times.hypervisor_run_ns += busy
        times.idle_ns += elapsed - busy
    elif p.phase == WAKING:
        times.hypervisor_run_ns += elapsed
    else:
        _charge_running(w, lp, p.vp, elapsed, now)
    p.since_ns = now


@small
def _charge_running(w: Tables, lp: int, vp: int, elapsed: int, now: int) -> None:
    times = w.vp_times[vp]
    state = w.vps[vp]
    if w.lps[lp].phase == HYPERVISOR:
        w.lp_times[lp].hypervisor_run_ns += elapsed
        times.hypervisor_run_ns += elapsed
        w.trap_state[vp].unpaid_ns -= elapsed
        if state.guest_idle:
            times.guest_idle_ns += elapsed
    else:
        w.lp_times[lp].guest_run_ns += elapsed
        times.guest_run_ns += elapsed
        state.quantum_left_ns -= elapsed
        if w.lps[lp].phase == REFILL:
            times.lost_cache_refill_ns += elapsed
        elif w.lps[lp].phase == SPINNING:
            times.spin_ns += elapsed
            state.spin_left_ns -= elapsed
        elif w.lps[lp].phase == AWAITING:
            times.answer_wait_ns += elapsed
    if w.guest_traps[w.vp_identity[vp].owner].company:
        count_company(w, lp, vp, elapsed, now)
    if w.lp_topology[lp].node != w.vp_identity[vp].ideal_node:
        times.remote_run_ns += elapsed
    w.policy.charge(w, vp, elapsed)
    if w.vp_controls[vp].cap_ns != NO_CAP:
        charge_cap(w, vp, now - elapsed, now)


@part
def charge_vp(w: Tables, vp: int, now: int) -> None:
    """Charge the time since the last charge of a VP that is not running to its state."""
    state = w.vps[vp]
    elapsed = now - state.since_ns
    times = w.vp_times[vp]
    if state.state == VP_IDLE:
        times.idle_ns += elapsed
    elif state.state == READY:
        times.ready_ns += elapsed
    elif state.state == CAPPED:
        times.capped_ns += elapsed
        if state.lacks_place:
            state.lacked_place_ns += elapsed
    elif state.state == SUSPENDED:
        times.suspended_ns += elapsed
        if w.trap_state[vp].intercepted:
            times.intercepted_ns += elapsed
    if state.guest_idle and (state.state != SUSPENDED or w.trap_state[vp].intercepted):
        times.guest_idle_ns += elapsed
    state.since_ns = now


@part
def charge_up_to(w: Tables, vp: int, now: int) -> None:
    """Charge `vp` up to `now`, whether it runs or not."""
    if w.vps[vp].state == RUNNING:
        charge_lp(w, w.vps[vp].lp, now)
    else:
        charge_vp(w, vp, now)


@small
def enter(w: Tables, vp: int, new_state: int, now: int) -> None:
    """Charge `vp` for its present state and let it enter another."""
    if w.vps[vp].state != RUNNING:
        charge_vp(w, vp, now)
    w.vps[vp].since_ns = now
    note_state(w, vp, new_state, now)
    note_company(w, vp, new_state, now)
    w.vps[vp].state = new_state


@njit
def settle(w: Tables, now: int) -> None:
    """Charge every LP, VP and guest queue up to `now`; with `book_all` after it, the tables can be read."""
    for lp in range(len(w.lps)):
        charge_lp(w, lp, now)
    for vp in range(len(w.vps)):
        if w.vps[vp].state != RUNNING:
            charge_vp(w, vp, now)
    for guest in range(len(w.guests)):
        charge_queue(w, guest, now)


@small
def charge_queue(w: Tables, guest: int, now: int) -> None:
    """Charge the tasks in the guest's queue for their waiting."""
    g = w.guests[guest]
    w.guest_times[guest].queued_ns += g.ready * (now - g.queued_since_ns)
    g.queued_since_ns = now
