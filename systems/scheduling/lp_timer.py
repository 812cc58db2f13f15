"""The timer of an LP that runs a VP: the first of all that may interrupt it."""

from components.processor import AWAITING, GUEST, REFILL, SPINNING
from components.virtual_processor import NO_CAP
from systems.guest.priorities import outranks, protected_ns
from systems.interrupts.answers import all_answered_ns
from systems.kernels.jit import part
from systems.scheduling.dozing import doze_if_nobody_waits
from systems.state.accounting import cap_left
from systems.state.caps import next_renewal
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def set_lp_timer(w: Tables, lp: int, now: int) -> None:
    """Set the timer of `lp` to whatever interrupts its VP first: phase, slice, guest quantum, long spin, call or cap."""
    p = w.lps[lp]
    state = w.vps[p.vp]
    first = all_answered_ns(w, p.vp) if p.phase == AWAITING else now + _task_left(w, p.vp, p.phase)
    if not doze_if_nobody_waits(w, lp):
        first = min(first, p.slice_end_ns)
    if p.phase == REFILL:
        first = min(first, p.phase_end_ns)
    elif p.phase == SPINNING:
        first = min(first, now + state.spin_left_ns)
    if w.trap_state[p.vp].put_off_ns > 0 or w.guests[w.vp_identity[p.vp].owner].first_zeroings > 0:
        first = min(first, now + w.parameters[w.lp_topology[lp].host].longest_stay_ns)
    if state.reserve_left_ns > 0:
        first = min(first, now + state.reserve_left_ns)
    if w.vp_controls[p.vp].cap_ns != NO_CAP:
        first = min(first, now + cap_left(w, p.vp, now), next_renewal(w, p.vp, now))
    set_timer(w, w.schedule.processor, lp, max(now, first))


@part
def _task_left(w: Tables, vp: int, phase: int) -> int:
    """Return after what guest time (ns) the task on `vp` ends its quantum, gives the VP to one above it, or calls other VPs."""
    guest = w.vp_identity[vp].owner
    left = w.vps[vp].quantum_left_ns
    if w.guests[guest].protect_ns > 0 and outranks(w, vp):
        left = min(left, protected_ns(w, vp))
    if phase == GUEST and w.guest_traps[guest].call_every_ns > 0:
        left = min(left, w.trap_state[vp].call_left_ns)
    return int(left)
