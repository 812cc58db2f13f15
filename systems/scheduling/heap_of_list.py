"""The heap of a run list: a pairing heap whose links lie in the rows of the VPs, so that a list needs no room of its own.

Any number of VPs can stand in any list, and memory grows with the VPs alone. A list is short: one LP's share of the ready VPs. The
least VP is at hand, to add one takes a comparison, to take one away about log2(n) of them [Fredman et al., Algorithmica 1986].
"""

from components.declare import NOBODY
from systems.kernels.jit import part, small
from systems.state.tables import Tables


@small
def comes_before(w: Tables, one: int, other: int) -> bool:
    """Tell whether VP `one` stands before `other` in a list that holds both."""
    a, b = w.in_line[one], w.in_line[other]
    return a.key_ns < b.key_ns or (a.key_ns == b.key_ns and a.order < b.order)


@part
def join_heap(w: Tables, root: int, vp: int) -> int:
    """Add `vp` to the heap under `root`, NOBODY if it is empty; return the new root."""
    node = w.in_line[vp]
    node.child = NOBODY
    node.following = NOBODY
    node.previous = NOBODY
    return vp if root < 0 else _linked(w, root, vp)


@part
def leave_heap(w: Tables, root: int, vp: int) -> int:
    """Take `vp` out of the heap under `root`; return the new root, NOBODY if the heap is empty now."""
    below = _gathered(w, w.in_line[vp].child)
    if vp == root:
        return below
    _cut(w, vp)
    return root if below < 0 else _linked(w, root, below)


@part
def _linked(w: Tables, one: int, other: int) -> int:
    """Put the later of two roots below the other as its first child; return the other."""
    if comes_before(w, other, one):
        one, other = other, one
    first = w.in_line[one].child
    w.in_line[other].following = first
    w.in_line[other].previous = one
    if first >= 0:
        w.in_line[first].previous = other
    w.in_line[one].child = other
    w.in_line[one].following = NOBODY
    w.in_line[one].previous = NOBODY
    return one


@part
def _cut(w: Tables, vp: int) -> None:
    """Take `vp`, which is no root, and what is below it, out of its heap."""
    before, after = w.in_line[vp].previous, w.in_line[vp].following
    if w.in_line[before].child == vp:
        w.in_line[before].child = after
    else:
        w.in_line[before].following = after
    if after >= 0:
        w.in_line[after].previous = before


@part
def _gathered(w: Tables, first: int) -> int:
    """Make one heap of `first` and those that follow it: link them in pairs, then the pairs from the last to the first."""
    pairs = NOBODY
    while first >= 0:
        second = w.in_line[first].following
        if second < 0:
            rest, pair = NOBODY, first
        else:
            rest = w.in_line[second].following
            pair = _linked(w, first, second)
        w.in_line[pair].following = pairs
        pairs = pair
        first = rest
    if pairs < 0:
        return NOBODY
    root = pairs
    pairs = w.in_line[root].following
    w.in_line[root].following = NOBODY
    w.in_line[root].previous = NOBODY
    while pairs >= 0:
        rest = w.in_line[pairs].following
        root = _linked(w, root, pairs)
        pairs = rest
    return root
