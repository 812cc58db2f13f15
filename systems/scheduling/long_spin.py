"""The long-spin-wait enlightenment: a guest that has spun for long says so, and the hypervisor acts on it.

A guest notifies at every multiple of its retry count, by HvCallNotifyLongSpinWait [TLFS-md feature-discovery.md]. What
the product does with the hint is not published, so four ways can be chosen. The hypervisor knows only that a VP spins,
not for which lock; so `directed` is an upper bound of what any rule could do. The default is what was measured to win back most of what
spinning loses, to yield to a preempted VP of the same guest [PVQ]:

partition       The VP changes places with the VP of its partition that has waited longest: that takes the LP for the rest of the slice and
                the VP's virtual time, so that no other partition gains or loses. KVM does so [LNX-KVM]. Where none waits, as `yield`.
yield           The VP gives its LP to whoever is first in line, and goes behind others of its queue. Xen does so [XEN-V].
directed        As `partition`, but with none that would spin itself, and the VP of the lock's holder, or of the thread whose turn it is, before
                the others, which no hypervisor knows. Where none waits the VP goes on.
ignore          The VP goes on.

Under the core scheduler nobody is eligible while the VP's fellow runs. Where nobody is eligible the VP goes on spinning, and notifies again.
"""

from components.declare import NOBODY
from components.host import DIRECTED, IGNORE, YIELD
from components.processor import HYPERVISOR
from components.trace import YIELDED
from components.traps import LONG_SPIN_WAITS, MSR_ACCESSES
from components.virtual_processor import READY
from components.workload import TICKET_LOCK
from systems.guest.locks import stop_spin
from systems.guest.peers import ELIGIBLE, first_peer
from systems.guest.threads import is_on_vp
from systems.kernels.jit import part, rare
from systems.scheduling.dispatch import stay_in_hypervisor, step_on
from systems.scheduling.halting import halt_at_lock
from systems.scheduling.handover import find_other_lp, shares_with, turn_companion
from systems.scheduling.leaving import step_off
from systems.scheduling.line import go_behind, leave_line
from systems.scheduling.lp_timer import set_lp_timer
from systems.state.charges import owe
from systems.state.tables import Tables


@rare
def notify(w: Tables, lp: int, now: int) -> None:
    """Make the VP that spins on `lp`, charged up to `now`, call the hypervisor, or halt; it cannot notice a free lock meanwhile."""
    p = w.lps[lp]
    stop_spin(w, lp)
    guest = w.guests[w.vp_identity[p.vp].owner]
    w.vps[p.vp].spin_left_ns = guest.spin_retry_ns
    owe(w, p.vp, MSR_ACCESSES if guest.spin_halts else LONG_SPIN_WAITS, 1, now)
    p.yields = 1
    stay_in_hypervisor(w, lp, 0, now)


@rare
def give_way(w: Tables, lp: int, now: int) -> bool:
    """End the call of the VP on `lp`: it yields as the host's parameter says, or halts; tell whether it has left the LP."""
    w.lps[lp].yields = 0
    vp = w.lps[lp].vp
    mode = w.parameters[w.lp_topology[lp].host].long_spin
    if w.guests[w.vp_identity[vp].owner].spin_halts:
        return halt_at_lock(w, lp, now)
    if mode == IGNORE:
        return False
    if mode != YIELD:
        other = _favoured(w, vp) if mode == DIRECTED else _longest_waiting(w, vp)
        if other >= 0:
            _change_places(w, lp, other, now)
            return True
    return mode != DIRECTED and _go_behind(w, lp, now)


@part
def _change_places(w: Tables, lp: int, other: int, now: int) -> None:
    p = w.lps[lp]
    vp = p.vp
    slice_end = p.slice_end_ns
    step_off(w, lp, YIELDED, now)
    leave_line(w, other)
    w.policy.exchange(w, vp, other)
    step_on(w, lp, other, now)
    p.slice_end_ns = slice_end
    if p.phase != HYPERVISOR:
        set_lp_timer(w, lp, now)
    find_other_lp(w, vp, now)
    turn_companion(w, lp, now)


@part
def _favoured(w: Tables, vp: int) -> int:
    """Return the waiting VP of the partition of `vp` that should run in its place; NOBODY if there is none."""
    guest = w.vp_identity[vp].owner
    lock = w.locks[w.guests[guest].lock]
    holder = lock.holder
    if holder < 0 and lock.kind == TICKET_LOCK:
        holder = lock.first_parked  # it holds up all behind it
    if holder >= 0 and is_on_vp(w, holder):
        other = w.tasks[holder].vp
        if w.vps[other].state == READY and w.vps[other].lp < 0 and _may_replace(w, other, vp):
            return other
    return _longest_waiting(w, vp)


@part
def _longest_waiting(w: Tables, vp: int) -> int:
    """Return the eligible VP of the partition of `vp` that has waited longest; NOBODY if there is none, or it may not run in its place."""
    other = first_peer(w, ELIGIBLE, w.vp_identity[vp].owner)
    return other if other >= 0 and _may_replace(w, other, vp) else NOBODY


@part
def _may_replace(w: Tables, other: int, vp: int) -> bool:
    same_lps = w.vp_controls[other].affinity_set == w.vp_controls[vp].affinity_set
    return same_lps and shares_with(w, w.vps[vp].lp, other)


@part
def _go_behind(w: Tables, lp: int, now: int) -> bool:
    vp = w.lps[lp].vp
    other = w.policy.first_in_line(w, lp) if not w.lps[lp].kept_off else NOBODY
    if other < 0:
        return False
    step_off(w, lp, YIELDED, now)
    leave_line(w, other)
    step_on(w, lp, other, now)
    find_other_lp(w, vp, now)
    turn_companion(w, lp, now)
    if w.vps[vp].state == READY and w.vps[vp].lp < 0:
        go_behind(w, vp)
    return True
