"""The classic scheduler: who runs, and where.

Who: the ready VP with the lowest virtual run time among those that may use the LP, round robin within equal virtual
time [WSD scheduler types: fair share, preemptive, round robin; NE-CPU]. Where: on its ideal LP if that is idle, else on
the next idle one that it may use.

A VP that wakes is not served before others for having slept: it resumes at the virtual time of its affinity set. One
that could not use its share (capped, or alone on an LP) keeps a credit of one horizon at most, which is what lets a cap
be used in full. Not published for the product: the queue's order, the slice, steal and boost rules (facts: GAP 1).
"""

import numpy as np

from components.declare import NOBODY
from systems.kernels.heap import push, remove, top
from systems.kernels.jit import part
from systems.scheduling.accounting import REFERENCE_WEIGHT
from systems.tables import Tables

_WORD_BITS = 64
_ONE = np.uint64(1)
_ZERO = np.uint64(0)


@part
def queue_vp(w: Tables, vp: int) -> None:
    """Let `vp` wait in order of virtual time; after those of equal virtual time that wait already."""
    w.scheduler[0].ready_sequence += 1
    push(w.ready, w.vp_controls[vp].affinity_set, vp, w.vps[vp].virtual_ns, w.scheduler[0].ready_sequence)


@part
def unqueue_vp(w: Tables, vp: int) -> None:
    """Take `vp` out of the queue."""
    remove(w.ready, w.vp_controls[vp].affinity_set, vp)


@part
def first_in_line(w: Tables, lp: int) -> int:
    """Return the guest VP that `lp` should run next, or NOBODY; it stays in its queue."""
    topology = w.lp_topology[lp]
    best = NOBODY
    for i in range(topology.first_set, topology.first_set + topology.sets):
        vp = top(w.ready, w.sets_of_lp[i])
        if vp >= 0 and (
            best < 0
            or w.ready.key[vp] < w.ready.key[best]
            or (w.ready.key[vp] == w.ready.key[best] and w.ready.order[vp] < w.ready.order[best])
        ):
            best = vp
    return best


@part
def join_at_present(w: Tables, vp: int) -> None:
    """Let a VP that was idle resume at the virtual time of its set: sleep earns no credit."""
    present = w.affinity_sets[w.vp_controls[vp].affinity_set].virtual_ns
    if w.vps[vp].virtual_ns < present:
        w.vps[vp].virtual_ns = present
        w.vps[vp].virtual_rest = 0


@part
def slice_end(w: Tables, start: int) -> int:
    """Return when a slice that begins at `start` ends: with the cap period at the latest while a cap holds somebody back.

    Otherwise a VP with a large cap, ready again when the period ends, would lose to the slice in progress time that it
    cannot make up for within its cap.
    """
    parameters = w.parameters[0]
    end = start + parameters.slice_ns
    if w.scheduler[0].first_capped >= 0:
        end = min(end, (start // parameters.cap_period_ns + 1) * parameters.cap_period_ns)
    return end


@part
def serve(w: Tables, lp: int, vp: int) -> None:
    """Note that `lp` begins a slice of `vp`: bound its credit and bring the virtual time of LP and set up to it."""
    parameters = w.parameters[0]
    horizon = (parameters.cap_period_ns + parameters.slice_ns) * REFERENCE_WEIGHT // w.vp_controls[vp].weight
    state = w.vps[vp]
    p = w.lps[lp]
    state.virtual_ns = max(state.virtual_ns, p.virtual_ns - horizon)
    p.virtual_ns = max(p.virtual_ns, state.virtual_ns)
    affinity = w.affinity_sets[w.vp_controls[vp].affinity_set]
    affinity.virtual_ns = max(affinity.virtual_ns, state.virtual_ns)


@part
def idle_lp_for(w: Tables, vp: int) -> int:
    """Return an idle LP that `vp` may use, its ideal one if possible, else the next in number; NOBODY if there is none."""
    members = w.set_members[w.vp_controls[vp].affinity_set]
    ideal = max(0, w.vps[vp].ideal_lp)
    start = ideal // _WORD_BITS
    words = len(w.idle_lps)
    for i in range(words + 1):
        at = (start + i) % words
        word = w.idle_lps[at] & members[at]
        offset = np.uint64(ideal - start * _WORD_BITS)
        if i == 0:
            word = word >> offset << offset
        elif i == words:
            word = word & ((_ONE << offset) - _ONE)
        if word != _ZERO:
            return at * _WORD_BITS + _lowest_bit(word)
    return NOBODY


@part
def _lowest_bit(word: np.uint64) -> int:
    bit = 0
    for width in (32, 16, 8, 4, 2, 1):
        if word & ((_ONE << np.uint64(width)) - _ONE) == _ZERO:
            word = word >> np.uint64(width)
            bit += width
    return bit


@part
def mark_idle(w: Tables, lp: int, idle: bool) -> None:
    """Keep the set of idle LPs."""
    bit = _ONE << np.uint64(lp % _WORD_BITS)
    if idle:
        w.idle_lps[lp // _WORD_BITS] |= bit
    else:
        w.idle_lps[lp // _WORD_BITS] &= ~bit
