"""LPs that are kept from guests, because their root VPs take many interrupts of devices.

Such an LP is given no VP of a guest (`host.scheduling.interrupt_threshold`), though one may wait: a VP that runs there leaves at the end of its slice,
and those in its run list wait in that of another LP of their node. Under the core scheduler that goes for the core. The interrupts are counted over
windows of time, and each count holds for the next window. An LP is not kept from guests if some of them could then use none.

A patent claims the rule [P621: above a threshold rate, over a window of time]; that a version of the product follows it, and its figures, are not
published. By default no LP is kept from guests. Leaves out: that capacity which is kept from guests is no capacity for their reserves.
"""

from components.declare import NOBODY
from components.processor import IDLE
from systems.kernels.bits import WORD_BITS, has_bit
from systems.kernels.jit import part, rare, small
from systems.scheduling.dozing import rouse_lp
from systems.scheduling.handover import turn_companion, turn_idle_lp
from systems.scheduling.line import leave_line
from systems.scheduling.rebalance_timers import arm_rebalance
from systems.scheduling.run_lists import at_head, first_of_own, move_beside
from systems.scheduling.waking import wake_lp
from systems.state.tables import Tables
from systems.state.timers import set_timer


@part
def begin_counting(w: Tables) -> None:
    """Set the timer of the first count of each LP that has a root VP, if interrupts are counted."""
    for lp in range(len(w.lps)):
        window = w.parameters[w.lp_topology[lp].host].interrupt_window_ns
        if window > 0 and w.lp_topology[lp].root_vp >= 0:
            set_timer(w, w.schedule.interrupt_window, lp, window)


@rare
def interrupt_window_event(w: Tables, lp: int, now: int) -> None:
    """Count the interrupts of devices that the root VP of `lp` took in the window that ends, and keep the core from guests or not."""
    p = w.lps[lp]
    taken = w.vp_traps[w.lp_topology[lp].root_vp].hardware_interrupts
    p.interrupted = (
        1 if taken - p.interrupts_before > w.parameters[w.lp_topology[lp].host].most_interrupts else 0
    )
    p.interrupts_before = taken
    other = w.policy.companion(w, lp)
    many = p.interrupted or (other >= 0 and w.lps[other].interrupted)
    if many and not p.kept_off and _can_be_spared(w, lp, other):
        _keep_off(w, lp)
        if other >= 0:
            _keep_off(w, other)
            _empty_list(w, other, now)
        _empty_list(w, lp, now)
    elif p.kept_off and not many:
        _let_on(w, lp)
        if other >= 0:
            _let_on(w, other)
        _call(w, lp, now)
    elif p.kept_off:
        first_of_own(w, lp)  # gives those that stand aside in the list their places, for other LPs to see
    set_timer(
        w, w.schedule.interrupt_window, lp, now + w.parameters[w.lp_topology[lp].host].interrupt_window_ns
    )


@part
def _can_be_spared(w: Tables, lp: int, other: int) -> bool:
    """Tell whether every guest VP could use another LP if `lp`, and its companion `other`, were kept from guests."""
    return _is_left_enough(w, lp, other) and (other < 0 or _is_left_enough(w, other, lp))


@part
def _is_left_enough(w: Tables, lp: int, other: int) -> bool:
    topology = w.lp_topology[lp]
    for i in range(topology.first_set, topology.first_set + topology.sets):
        affinity = w.sets_of_lp[i]
        left = w.affinity_sets[affinity].lists - w.affinity_sets[affinity].kept_off - 1
        if other >= 0 and has_bit(w.set_members[affinity, other // WORD_BITS], other):
            left -= 1
        if left < 1:
            return False
    return True


@part
def _keep_off(w: Tables, lp: int) -> None:
    """Keep `lp` from guests from now on: slices there end with an event."""
    if w.lps[lp].phase == IDLE:
        w.policy.set_idle(w, lp, False)
    w.lps[lp].kept_off = 1
    _count(w, lp, 1)
    if w.lps[lp].dozes:
        rouse_lp(w, lp)


@part
def _empty_list(w: Tables, lp: int, now: int) -> None:
    """Give those that wait in the list of `lp`, which is kept from guests from now on, an idle LP, or a place in the list of another of their node.

    An LP may be idle beside them where a VP that ran recently waits for its last LP.
    """
    topology = w.lp_topology[lp]
    for i in range(topology.first_set, topology.first_set + topology.sets):
        vp = at_head(w, w.lists_of_lp[i])
        while vp >= 0:
            idle = w.policy.idle_lp(w, vp)
            if idle >= 0:
                leave_line(w, vp)
                wake_lp(w, idle, vp, now)
                turn_companion(w, idle, now)
            else:
                move_beside(w, vp)
            vp = at_head(w, w.lists_of_lp[i]) if idle >= 0 or w.vps[vp].home_lp != lp else NOBODY


@part
def _let_on(w: Tables, lp: int) -> None:
    w.lps[lp].kept_off = 0
    _count(w, lp, -1)
    if w.lps[lp].phase == IDLE:
        w.policy.set_idle(w, lp, True)


@small
def _count(w: Tables, lp: int, change: int) -> None:
    topology = w.lp_topology[lp]
    for i in range(topology.first_set, topology.first_set + topology.sets):
        w.affinity_sets[w.sets_of_lp[i]].kept_off += change


@part
def _call(w: Tables, lp: int, now: int) -> None:
    """Turn the core of `lp`, which guests may use again, to what waits for it, if it is idle."""
    if w.lps[lp].phase != IDLE:
        return
    turn_idle_lp(w, lp, now)
    turn_companion(w, lp, now)
    if w.lps[lp].phase == IDLE:
        arm_rebalance(w, lp, now)
