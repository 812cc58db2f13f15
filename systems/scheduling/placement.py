"""Placement: which LP a VP gets when several are idle.

The ideal LP is the one on which the VP ran last: its caches are warmest there. Where that lies off the NUMA node that holds its
memory, the node counts for more [TLFS2 18.3.2 names both, the last LP used and closeness to memory, but no order]. The idle LPs are
kept as bits, so that a search looks at 64 of them at once.
"""

import numpy as np

from components.declare import NOBODY
from systems.kernels.jit import part, small
from systems.state.tables import Table, Tables

_WORD_BITS = 64
_ONE = np.uint64(1)
_ZERO = np.uint64(0)


@part
def idle_lp_for(w: Tables, vp: int) -> int:
    """Return an idle LP that `vp` may use, NOBODY if there is none.

    That is the ideal LP if possible, else the next in number on the VP's own NUMA node, else the next on the others.
    """
    members = w.set_members[w.vp_controls[vp].affinity_set]
    node = w.nodes[w.vp_identity[vp].ideal_node]
    first, end = node.first_lp, node.first_lp + node.lps
    ideal = w.vps[vp].ideal_lp
    if ideal < first or ideal >= end:
        ideal = first
    lp = _first_idle(w, members, ideal, end)
    if lp < 0 and ideal > first:
        lp = _first_idle(w, members, first, ideal)
    if lp < 0 and end < len(w.lps):
        lp = _first_idle(w, members, end, len(w.lps))
    if lp < 0 and first > 0:
        lp = _first_idle(w, members, 0, first)
    return lp


@part
def _first_idle(w: Tables, members: Table, low: int, high: int) -> int:
    """Return the first idle LP of `members` from `low` up to, not including, `high`; NOBODY if there is none."""
    for at in range(low // _WORD_BITS, (high - 1) // _WORD_BITS + 1):
        word = w.idle_lps[at] & members[at]
        if word == _ZERO:
            continue
        if at * _WORD_BITS < low:
            offset = np.uint64(low - at * _WORD_BITS)
            word = word >> offset << offset
        if word != _ZERO:
            lp = at * _WORD_BITS + _lowest_bit(word)
            return lp if lp < high else NOBODY
    return NOBODY


@part
def _lowest_bit(word: np.uint64) -> int:
    bit = 0
    for width in (32, 16, 8, 4, 2, 1):
        if word & ((_ONE << np.uint64(width)) - _ONE) == _ZERO:
            word = word >> np.uint64(width)
            bit += width
    return bit


@small
def may_use(w: Tables, vp: int, lp: int) -> bool:
    """Tell whether the affinity of `vp` allows `lp`."""
    word = w.set_members[w.vp_controls[vp].affinity_set, lp // _WORD_BITS]
    return word >> np.uint64(lp % _WORD_BITS) & _ONE == _ONE


@small
def set_idle(w: Tables, lp: int, idle: bool) -> None:
    """Keep the set of idle LPs."""
    bit = _ONE << np.uint64(lp % _WORD_BITS)
    if idle:
        w.idle_lps[lp // _WORD_BITS] |= bit
    else:
        w.idle_lps[lp // _WORD_BITS] &= ~bit
