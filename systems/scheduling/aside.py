"""VPs that stand aside in a run list: they have woken, and wait until those whose turn it is have gone."""

from components.declare import NOBODY
from systems.kernels.jit import rare
from systems.state.tables import Tables

FIRST, FIRST_WOKEN, LAST_WOKEN, LP = range(4)
"""Columns of the table of run lists."""


@rare
def stand_aside(w: Tables, run_list: int, vp: int) -> None:
    """Put `vp` at the end of those of `run_list` that have just woken."""
    last = w.list_heads[run_list, LAST_WOKEN]
    node = w.in_line[vp]
    node.child = NOBODY
    node.following = NOBODY
    node.previous = last
    if last >= 0:
        w.in_line[last].following = vp
    else:
        w.list_heads[run_list, FIRST_WOKEN] = vp
    w.list_heads[run_list, LAST_WOKEN] = vp


@rare
def come_from_aside(w: Tables, run_list: int, vp: int) -> None:
    """Take `vp` out of those of `run_list` that have just woken."""
    before, after = w.in_line[vp].previous, w.in_line[vp].following
    if before >= 0:
        w.in_line[before].following = after
    else:
        w.list_heads[run_list, FIRST_WOKEN] = after
    if after >= 0:
        w.in_line[after].previous = before
    else:
        w.list_heads[run_list, LAST_WOKEN] = before
