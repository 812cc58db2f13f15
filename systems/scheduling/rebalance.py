"""Rebalancing: VPs and threads that run where they should not stay, though nobody waits.

- A core that has become wholly idle takes one of two VPs that share another core, at most `host.scheduling.rebalance` later.
- Inside a guest, a virtual core that has become wholly idle takes one of two threads that share another, at most
  `partition.guest.rebalance` later. On the bare machine these are its cores.
- A VP that runs off the NUMA node of its memory goes back, when its slice is over, to an idle LP there, or changes places with a VP that is
  itself off its node.

None of the three is published for the product, nor are its times. Under the core scheduler only VPs of one virtual core share a core, so
nothing is taken from it; and a virtual core goes home by idle cores only.
"""

import numpy as np

from components.declare import NOBODY
from components.processor import GUEST, REFILL
from components.task import THREAD
from components.trace import PREEMPTED, SLICE
from components.virtual_processor import RUNNING
from systems.guest.bursts import suspend_burst
from systems.guest.faults import forget_fault
from systems.guest.sections import holds_spin_lock
from systems.interrupts.delivery import send_ipi
from systems.kernels.bits import WORD_BITS, bit_of, lowest_bit, siblings_of
from systems.kernels.jit import part, rare, small
from systems.scheduling.dispatch import step_on
from systems.scheduling.handover import make_ready, next_vp, turn_companion
from systems.scheduling.leaving import step_off
from systems.scheduling.paying import halt
from systems.scheduling.placement import first_idle, idle_core_for, is_away, is_idle, may_use
from systems.scheduling.ready import become_ready
from systems.scheduling.waking import wake_lp
from systems.state.accounting import charge_lp
from systems.state.attempt_times import hand_over, is_attempt
from systems.state.idle_vps import first_idle_core, leave_idle, next_shared_core
from systems.state.tables import Tables
from systems.state.timers import set_timer

_ZERO = np.uint64(0)
_NOT_NOW = -2


@rare
def rebalance_event(w: Tables, host: int, now: int) -> None:
    """Move VPs from shared cores of `host` to idle ones, as many as there are; ask those whose VPs cannot be taken now again later."""
    while True:
        found = _find_shared(w, host)
        if found == NOBODY:
            return
        if found == _NOT_NOW:
            again_ns = _asked_again(w, host, w.parameters[host].rebalance_ns)
            set_timer(w, w.schedule.rebalance, host, now + again_ns)
            return
        _move(w, found, idle_core_for(w, w.lps[found].vp), PREEMPTED, now)


@small
def _asked_again(w: Tables, host: int, rebalance_ns: int) -> int:
    """Return after what time (ns) one is asked again that could not be moved: what it is in may take the longest stay in the hypervisor."""
    return max(int(w.parameters[host].longest_stay_ns), int(rebalance_ns))


@part
def _find_shared(w: Tables, host: int) -> int:
    """Return an LP of a shared core of `host` whose guest VP may use an idle core; _NOT_NOW if all such VPs are in a cost; else NOBODY."""
    result = NOBODY
    if w.host_states[host].shared_cores == 0:
        return result
    h = w.hosts[host]
    for affinity in range(h.first_set, h.first_set + h.sets):
        found = _find_shared_in(w, host, affinity)
        if found >= 0:
            return found
        if found == _NOT_NOW:
            result = _NOT_NOW
    return result


@part
def _find_shared_in(w: Tables, host: int, affinity: int) -> int:
    """Do so for the VPs of one affinity set of `host`: where no idle core is found for one of them, there is none for the others."""
    result = NOBODY
    h = w.hosts[host]
    for at in range(h.first_lp // WORD_BITS, (h.first_lp + h.lps - 1) // WORD_BITS + 1):
        word = w.running_members[affinity, at] & siblings_of(~w.idle_lps[at])
        while word != _ZERO:
            lp = at * WORD_BITS + lowest_bit(word)
            word &= ~bit_of(lp)
            if idle_core_for(w, w.lps[lp].vp) < 0:
                return result
            if w.lps[lp].phase >= REFILL:
                return lp
            result = _NOT_NOW
    return result


@rare
def _move(w: Tables, lp: int, target: int, reason: int, now: int) -> None:
    """Move the VP that runs on `lp` to the idle `target`, and turn `lp` to the next; `reason` says whether its slice is over."""
    vp = w.lps[lp].vp
    charge_lp(w, lp, now)
    step_off(w, lp, reason, now)
    become_ready(w, vp, now)
    wake_lp(w, target, vp, now)
    turn_companion(w, target, now)
    next_vp(w, lp, now)


@rare
def go_home(w: Tables, lp: int, now: int) -> bool:
    """Move the VP on `lp`, charged up to `now`, whose slice is over, to the node of its memory if there is room; tell whether it has gone."""
    vp = w.lps[lp].vp
    if not is_away(w, vp, lp):
        return False
    target = _idle_at_home(w, vp, lp)
    if target >= 0:
        _move(w, lp, target, SLICE, now)
        return True
    other = _away_at_home(w, vp, lp)
    if other >= 0:
        _swap(w, lp, other, now)
        return True
    return False


@part
def _idle_at_home(w: Tables, vp: int, lp: int) -> int:
    """Return an idle LP on the node of `vp`, not worse than `lp` for what runs beside it; NOBODY if there is none."""
    node = w.nodes[w.vp_identity[vp].ideal_node]
    low, high = node.first_lp, node.first_lp + node.lps
    affinity = w.vp_controls[vp].affinity_set
    sibling = w.lp_topology[lp].sibling
    if w.policy.companion(w, lp) >= 0:
        fellow = w.vp_identity[vp].fellow
        if fellow >= 0 and w.vps[fellow].lp >= low and w.vps[fellow].lp < high:
            beside = w.policy.companion(w, w.vps[fellow].lp)
            return beside if is_idle(w, beside) and may_use(w, vp, beside) else NOBODY
        return first_idle(w, affinity, low, high, True)
    target = first_idle(w, affinity, low, high, sibling >= 0)
    if target < 0 and sibling >= 0 and not is_idle(w, sibling):
        target = first_idle(w, affinity, low, high, False)
    return target


@part
def _away_at_home(w: Tables, vp: int, lp: int) -> int:
    """Return an LP on the node of `vp` that runs a VP which is itself off its node and may use `lp`; NOBODY if there is none."""
    if w.policy.companion(w, lp) >= 0:
        return NOBODY
    node = w.nodes[w.vp_identity[vp].ideal_node]
    affinity = w.vp_controls[vp].affinity_set
    for at in range(node.first_lp // WORD_BITS, (node.first_lp + node.lps - 1) // WORD_BITS + 1):
        word = w.away_lps[at] & w.set_members[affinity, at]
        while word != _ZERO:
            other = at * WORD_BITS + lowest_bit(word)
            word &= ~bit_of(other)
            if other < node.first_lp or other >= node.first_lp + node.lps or w.lps[other].kept_off:
                continue
            if w.lps[other].phase >= REFILL and may_use(w, w.lps[other].vp, lp):
                return other
    return NOBODY


@rare
def _swap(w: Tables, one: int, other: int, now: int) -> None:
    """Swap the VPs that run on two LPs; the slice on `one` is over."""
    first, second = w.lps[one].vp, w.lps[other].vp
    charge_lp(w, other, now)
    step_off(w, one, SLICE, now)
    step_off(w, other, PREEMPTED, now)
    become_ready(w, first, now)
    become_ready(w, second, now)
    step_on(w, one, second, now)
    step_on(w, other, first, now)


@rare
def guest_rebalance_event(w: Tables, guest: int, now: int) -> None:
    """Move a thread of `guest` from a shared virtual core to an idle one; do whatever is left later."""
    if w.guests[guest].shared_cores == 0:
        return
    vp = next_shared_core(w, guest)
    other = first_idle_core(w, guest, w.vp_identity[vp].virtual_node)
    if other < 0:
        return
    if not _may_give(w, vp):
        vp = w.vp_identity[vp].fellow
    if _may_give(w, vp):
        _give_task(w, vp, other, now)
    if w.guests[guest].shared_cores > 0 and first_idle_core(w, guest, 0) >= 0:
        again_ns = _asked_again(w, w.layouts[guest].host, w.guests[guest].rebalance_ns)
        set_timer(w, w.schedule.guest_rebalance, guest, now + again_ns)


@small
def _may_give(w: Tables, vp: int) -> bool:
    """Tell whether `vp` runs a task now that its guest may move: none that spins, or holds a spin lock."""
    if w.vps[vp].state != RUNNING or w.vps[vp].task < 0 or w.lps[w.vps[vp].lp].phase != GUEST:
        return False
    return not holds_spin_lock(w, vp)


@part
def _give_task(w: Tables, vp: int, other: int, now: int) -> None:
    """Move the task of the running `vp` to the idle VP `other`; `vp` then has nothing to run."""
    lp, task = w.vps[vp].lp, w.vps[vp].task
    charge_lp(w, lp, now)
    suspend_burst(w, lp, now)
    forget_fault(w, vp)
    w.lps[lp].phase = REFILL
    w.lps[lp].phase_end_ns = now
    w.vps[other].task = task
    w.vps[other].remaining_ns = w.vps[vp].remaining_ns
    w.vps[other].quantum_left_ns = w.vps[vp].quantum_left_ns
    w.vps[other].quantum_from_ns = w.vps[vp].quantum_from_ns
    w.vps[other].level = w.vps[vp].level
    w.vps[vp].task = NOBODY
    if w.tasks[task].kind == THREAD:
        w.tasks[task].vp = other
    elif is_attempt(w, task):
        hand_over(w, vp, other, task, now)
    send_ipi(w, vp, other, now)
    leave_idle(w, other)
    make_ready(w, other, now)
    halt(w, lp, now)
