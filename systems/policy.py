"""The scheduling policy: the decisions that a scheduler of virtual processors makes, as a small set of compiled hooks.

What a dispatch is, what it costs, who wants an LP and since when is the same under every policy and stands in
`systems.scheduling`. A policy says who comes next, where, and for how long. `systems.policies.classic`, `core` and `root` are
three of them, each a short file; a user's own takes one of these and replaces what is different:

    from systems.kernels.jit import part
    from systems.policies.classic import CLASSIC

    @part
    def first_in_line(w, lp): ...

    policy = CLASSIC._replace(name="mine", first_in_line=first_in_line)

Every hook takes the tables `w` first and is decorated with `part`, or `small` if it is a line or two. Root VPs never pass through the queue:
each has its own LP at once [NE-CPU].
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from systems.kernels.numba_ext.hooks import hooks

Hook = Callable[..., Any]


@hooks
class Policy(NamedTuple):
    """The hooks. VPs and LPs are rows; times are ns; a VP or LP that there is not is NOBODY."""

    name: str
    """What `host.scheduler` calls it."""

    resume: Hook
    """(w, vp): a guest VP that was idle wants to run again; what its sleep has earned it, or not."""
    enqueue: Hook
    """(w, vp): put the ready `vp` in line."""
    dequeue: Hook
    """(w, vp): take `vp`, which stands in line, out of it."""
    pass_over: Hook
    """(w, vp): let `vp`, which stands in line, wait behind others, for it gave way (see `systems.scheduling.long_spin`)."""
    exchange: Hook
    """(w, one, other): let two VPs of one partition, neither of them in line, take each other's turns."""
    first_in_line: Hook
    """(w, lp) -> vp: the VP that `lp`, which holds none, should run next; it stays in line."""
    idle_lp: Hook
    """(w, vp) -> lp: the idle LP on which `vp` should start at once."""
    set_idle: Hook
    """(w, lp, idle): note that `lp` is idle now, or not any more."""
    taken_from: Hook
    """(w, vp) -> lp: the busy LP that `vp`, which has just become ready, takes from the VP that runs there."""
    successor: Hook
    """(w, lp) -> vp: the VP in line whose turn it is on `lp`, where a slice is over; NOBODY lets the present one go on."""
    begin_slice: Hook
    """(w, lp, vp, start) -> time: `lp` begins a slice of `vp` at `start`; returns when it ends."""
    charge: Hook
    """(w, vp, elapsed): the running `vp` has had an LP for `elapsed`; ends its slice early by LpState.slice_end_ns = 0."""
    companion: Hook
    """(w, lp) -> lp: the LP that must be free of guests of others while `lp` runs one; itself free to be woken for a companion VP."""
