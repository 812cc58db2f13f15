"""Calls: interrupts to all other VPs of a guest whose sender spins until each of them has answered.

A VP answers when it takes the interrupt: at once if it runs guest code, spinning included, or when it next does, or goes idle. So a VP that
waits for an LP holds up the sender until it gets one. The calls of a guest are numbered: a VP that takes an interrupt answers all calls since
the last that it has answered.
"""

from components.declare import NEVER
from components.processor import AWAITING
from components.virtual_processor import RUNNING
from systems.kernels.jit import part, small
from systems.state.rings import join_ring, last_in, leave_ring, one_before
from systems.state.tables import Tables
from systems.state.timers import set_timer


@small
def _ring(w: Tables, guest: int) -> int:
    return len(w.vps) + guest


@part
def begin_call(w: Tables, vp: int, now: int) -> None:
    """Make `vp` wait for the answers of all other VPs of its guest, which the caller interrupts."""
    guest = w.vp_identity[vp].owner
    state, c = w.trap_state[vp], w.company[guest]
    c.calls += 1
    state.call = c.calls
    state.answers = w.layouts[guest].vps - 1
    state.answer_due_ns = now + w.costs[w.vp_identity[vp].host].ipi_answer_ns
    join_ring(w.callers, _ring(w, guest), vp)


@part
def answer(w: Tables, vp: int, now: int) -> None:
    """Answer, from `vp`, which takes an interrupt of other VPs, all calls that it has not answered yet."""
    guest = w.vp_identity[vp].owner
    state, calls = w.trap_state[vp], w.company[guest].calls
    if state.answered == calls:
        return
    ring = _ring(w, guest)
    caller = last_in(w.callers, ring)
    while caller >= 0 and w.trap_state[caller].call > state.answered:
        before = one_before(w.callers, ring, caller)
        if caller != vp:
            _take_answer(w, caller, now)
        caller = before
    state.answered = calls


@part
def _take_answer(w: Tables, caller: int, now: int) -> None:
    state = w.trap_state[caller]
    state.answers -= 1
    if state.answers > 0:
        return
    leave_ring(w.callers, caller)
    vp = w.vps[caller]
    if vp.state == RUNNING and w.lps[vp.lp].phase == AWAITING:
        set_timer(w, w.schedule.processor, vp.lp, max(now, state.answer_due_ns))


@small
def awaits_answers(w: Tables, vp: int, now: int) -> bool:
    """Tell whether `vp` has called others and lacks an answer."""
    state = w.trap_state[vp]
    return bool(state.answers > 0 or now < state.answer_due_ns)


@small
def all_answered_ns(w: Tables, vp: int) -> int:
    """Return when `vp` has all answers; NEVER while it is not known."""
    state = w.trap_state[vp]
    return NEVER if state.answers > 0 else int(state.answer_due_ns)


@part
def forget_calls(w: Tables, guest: int) -> None:
    """End all calls of `guest`, which stops."""
    layout = w.layouts[guest]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        state = w.trap_state[vp]
        if state.answers > 0:
            leave_ring(w.callers, vp)
        state.answers = 0
        state.answer_due_ns = 0
        state.answered = w.company[guest].calls
