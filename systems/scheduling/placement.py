"""Placement: which LP a VP gets when several are idle.

An LP of a core that is wholly idle comes first: code on the two LPs of one core shares the core's throughput. The classic scheduler spreads
busy VPs over idle cores before it uses siblings [public benchmark on a two-socket host]. Of several, the ideal LP is the one on
which the VP ran last: its caches are warmest there; then its sibling, the next in number on the VP's own NUMA node, and the next on the
others. Where the last LP lies off the node that holds the VP's memory, the node counts for more [TLFS2 18.3.2 names both, the
last LP used and closeness to memory, but no order].
"""

import numpy as np

from components.declare import NOBODY
from systems.kernels.bits import WORD_BITS, bit_of, has_bit, lowest_bit, siblings_of
from systems.kernels.jit import part, small
from systems.state.tables import Tables

_ZERO = np.uint64(0)


@part
def idle_lp_for(w: Tables, vp: int) -> int:
    """Return an idle LP that `vp` may use, NOBODY if there is none; one of a wholly idle core if there is one."""
    if w.host_states[w.vp_identity[vp].host].idle_lps == 0:
        return NOBODY
    lp = idle_core_for(w, vp)
    if lp < 0 and _has_smt(w, vp):
        lp = _nearest_idle(w, vp, False)
    return lp


@part
def idle_core_for(w: Tables, vp: int) -> int:
    """Return an LP, which `vp` may use, of a wholly idle core, NOBODY if there is none; without SMT a core is an LP."""
    return _nearest_idle(w, vp, _has_smt(w, vp))


@small
def _has_smt(w: Tables, vp: int) -> bool:
    """Tell whether the cores of the host of `vp` have two LPs each."""
    return bool(w.lp_topology[w.nodes[w.vp_identity[vp].ideal_node].first_lp].sibling >= 0)


@part
def _nearest_idle(w: Tables, vp: int, whole: bool) -> int:
    affinity = w.vp_controls[vp].affinity_set
    host = w.hosts[w.vp_identity[vp].host]
    if not _is_any_idle(w, affinity, host.first_lp, host.first_lp + host.lps):
        return NOBODY
    node = w.nodes[w.vp_identity[vp].ideal_node]
    first, end = node.first_lp, node.first_lp + node.lps
    ideal = w.vps[vp].ideal_lp
    if ideal < first or ideal >= end:
        ideal = first
    elif not whole:
        for near in (ideal, w.lp_topology[ideal].sibling):
            if near >= 0 and is_idle(w, near) and may_use(w, vp, near):
                return near
    lp = first_idle(w, affinity, ideal, end, whole)
    if lp < 0 and ideal > first:
        lp = first_idle(w, affinity, first, ideal, whole)
    if lp >= 0:
        return lp
    if end < host.first_lp + host.lps:
        lp = first_idle(w, affinity, end, host.first_lp + host.lps, whole)
    if lp < 0 and first > host.first_lp:
        lp = first_idle(w, affinity, host.first_lp, first, whole)
    return lp


@small
def _is_any_idle(w: Tables, affinity: int, low: int, high: int) -> bool:
    """Tell whether an LP of set `affinity` is idle in the words that hold those from `low` up to, not including, `high`."""
    for at in range(low // WORD_BITS, (high - 1) // WORD_BITS + 1):
        if w.idle_lps[at] & w.set_members[affinity, at] != _ZERO:
            return True
    return False


@part
def first_idle(w: Tables, affinity: int, low: int, high: int, whole: bool) -> int:
    """Return the first idle LP of set `affinity` from `low` up to, not including, `high`; NOBODY if there is none.

    With `whole`, only LPs count whose siblings are idle too.
    """
    for at in range(low // WORD_BITS, (high - 1) // WORD_BITS + 1):
        word = w.idle_lps[at]
        if whole:
            word &= siblings_of(word)
        word &= w.set_members[affinity, at]
        if word == _ZERO:
            continue
        if at * WORD_BITS < low:
            offset = np.uint64(low - at * WORD_BITS)
            word = word >> offset << offset
        if word != _ZERO:
            lp = at * WORD_BITS + lowest_bit(word)
            return lp if lp < high else NOBODY
    return NOBODY


@small
def is_idle(w: Tables, lp: int) -> bool:
    """Tell whether `lp` is idle."""
    return has_bit(w.idle_lps[lp // WORD_BITS], lp)


@small
def may_use(w: Tables, vp: int, lp: int) -> bool:
    """Tell whether the affinity of `vp` allows `lp`."""
    return has_bit(w.set_members[w.vp_controls[vp].affinity_set, lp // WORD_BITS], lp)


@small
def set_idle(w: Tables, lp: int, idle: bool) -> None:
    """Keep the set of idle LPs, and the number of cores that are shared; an LP that is kept from guests counts as busy."""
    if w.lps[lp].kept_off:
        return
    w.host_states[w.lp_topology[lp].host].idle_lps += 1 if idle else -1
    if idle:
        w.idle_lps[lp // WORD_BITS] |= bit_of(lp)
    else:
        w.idle_lps[lp // WORD_BITS] &= ~bit_of(lp)
    sibling = w.lp_topology[lp].sibling
    if sibling >= 0 and not is_idle(w, sibling):
        w.host_states[w.lp_topology[lp].host].shared_cores += -1 if idle else 1


@small
def note_running(w: Tables, vp: int, lp: int, runs: bool) -> None:
    """Keep the sets of LPs that run guest VPs: of each affinity set, and off the node of the VP's memory."""
    if w.vp_identity[vp].tied_lp >= 0:
        return
    affinity, at = w.vp_controls[vp].affinity_set, lp // WORD_BITS
    if runs:
        w.running_members[affinity, at] |= bit_of(lp)
        if is_away(w, vp, lp):
            w.away_lps[at] |= bit_of(lp)
    else:
        w.running_members[affinity, at] &= ~bit_of(lp)
        w.away_lps[at] &= ~bit_of(lp)


@small
def is_away(w: Tables, vp: int, lp: int) -> bool:
    """Tell whether `lp` lies on another NUMA node than the memory of `vp`."""
    return bool(w.lp_topology[lp].node != w.vp_identity[vp].ideal_node)
