"""Dozing: while nobody waits who could follow the VP on an LP, its slices end without an event.

The slices go on to be counted from where they began, so that whoever comes to wait finds the end of the slice where it would have been.
"""

from components.declare import NEVER
from systems.kernels.heap import contains
from systems.kernels.jit import part, small
from systems.scheduling.accounting import charge_lp
from systems.scheduling.bits import WORD_BITS, bit_of, lowest_bit
from systems.scheduling.placement import is_away
from systems.scheduling.timers import PROCESSOR, set_timer
from systems.tables import Tables


@part
def dozes(w: Tables, lp: int) -> bool:
    """Tell whether slices on `lp`, which runs a VP, need no event: nobody waits who may run there, and its VP is at home.

    While a VP is held back by a cap, slices end with the period (see `classic`), and so with an event.
    """
    p = w.lps[lp]
    if p.dozes:
        return True
    if p.slice_end_ns >= NEVER or w.scheduler[0].first_capped >= 0 or is_away(w, p.vp, lp):
        return False
    topology = w.lp_topology[lp]
    for i in range(topology.first_set, topology.first_set + topology.sets):
        if w.affinity_sets[w.sets_of_lp[i]].waiting > 0:
            return False
    p.dozes = 1
    w.dozing_lps[lp // WORD_BITS] |= bit_of(lp)
    return True


@small
def stop_dozing(w: Tables, lp: int) -> None:
    """Let slices on `lp` end with an event again."""
    if w.lps[lp].dozes:
        w.lps[lp].dozes = 0
        w.dozing_lps[lp // WORD_BITS] &= ~bit_of(lp)


@part
def rouse(w: Tables, affinity: int) -> None:
    """Let the LPs of set `affinity`, for which a VP has come to wait, end their slices with an event again."""
    for at in range(len(w.dozing_lps)):
        word = w.dozing_lps[at] & w.set_members[affinity, at]
        while word:
            bit = lowest_bit(word)
            word &= ~bit_of(bit)
            _rouse_lp(w, at * WORD_BITS + bit)


@part
def _rouse_lp(w: Tables, lp: int) -> None:
    now = w.clock[0].now_ns
    stop_dozing(w, lp)
    p = w.lps[lp]
    charge_lp(w, lp, now)
    if p.slice_end_ns == 0:
        p.slice_end_ns = now  # what the VP lacked of its reserve it has had
    elif p.slice_end_ns <= now:
        length = w.parameters[0].slice_ns
        begun = p.slice_end_ns + (now - p.slice_end_ns) // length * length
        p.slice_end_ns = w.policy.begin_slice(w, lp, p.vp, begun)
    slot = w.slots[0].logical_processor + lp
    if not contains(w.timers, slot) or w.timers.key[slot] > p.slice_end_ns:
        set_timer(w, slot, PROCESSOR, max(now, p.slice_end_ns))
