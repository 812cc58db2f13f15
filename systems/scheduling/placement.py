"""Placement: which LP a VP gets when several are idle.

The ideal LP is the one on which the VP ran last: its caches are warmest there [TLFS2 18.3.2: last LP used]. The idle LPs are
kept as bits, so that a search looks at 64 of them at once.
"""

import numpy as np

from components.declare import NOBODY
from systems.kernels.jit import part, small
from systems.tables import Tables

_WORD_BITS = 64
_ONE = np.uint64(1)
_ZERO = np.uint64(0)


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


@small
def mark_idle(w: Tables, lp: int, idle: bool) -> None:
    """Keep the set of idle LPs."""
    bit = _ONE << np.uint64(lp % _WORD_BITS)
    if idle:
        w.idle_lps[lp // _WORD_BITS] |= bit
    else:
        w.idle_lps[lp // _WORD_BITS] &= ~bit
