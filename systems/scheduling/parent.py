"""Intercepts that the parent handles: the VP is suspended, the root is sent a message, works, and lets the VP go on.

Only the VP that caused the intercept is suspended [TLFS2 9-10]. Messages go to a root VP each, into its one slot for intercepts
(SINT0); while that holds a message, further ones wait in a queue. The root VP takes the message when it is interrupted, and writes to an
MSR if another waits, which then takes the slot [TLFS-md inter-partition-communication.md]. The work waits in the root's own queue.

What a VP causes at a rate is counted in arrears; so is its suspension, once for all of its intercepts since it last settled.
"""

from components.task import POSTED, RESUMED
from components.trace import INTERCEPTED
from components.traps import SIGNAL
from components.virtual_processor import IDLE, SUSPENDED
from systems.guest.priorities import DEFERRED_WORK
from systems.guest.tasks import draw, enqueue
from systems.interrupts.delivery import interrupt
from systems.interrupts.messages import QUEUED, take_slot
from systems.kernels.jit import part, rare
from systems.scheduling.handover import find_lp, kick, make_ready, next_vp
from systems.scheduling.leaving import step_off
from systems.scheduling.outranking import look_up
from systems.state.accounting import charge_vp, enter
from systems.state.deferred import defer
from systems.state.idle_vps import leave_idle
from systems.state.lives import has_root
from systems.state.tables import Tables


@part
def suspend_for_parent(w: Tables, lp: int, now: int) -> None:
    """Suspend the VP on `lp`, which has paid what it owes, until the root has handled its intercepts.

    Where the root is still busy with its message from before a restart, the VP goes on with the end of that.
    """
    vp = w.lps[lp].vp
    state = w.trap_state[vp]
    step_off(w, lp, INTERCEPTED, now)
    enter(w, vp, SUSPENDED, now)
    state.intercepted = 1
    if not state.message_under_way:
        w.tasks[state.message].remaining_ns = _draw_work(w, vp, state.messages)
        state.message_under_way = 1
        defer(w, state.message, POSTED)
    state.messages = 0
    next_vp(w, lp, now)


@part
def _draw_work(w: Tables, vp: int, messages: int) -> int:
    state = w.trap_state[vp]
    work = 0
    for _ in range(messages):
        work += draw(
            w,
            w.parameters[w.vp_identity[vp].host].parent_work,
            w.keys[0].parent,
            state.stable_id,
            state.draws,
        )
        state.draws += 1
    return max(1, work)


@part
def reach_parent(w: Tables, message: int, now: int) -> None:
    """Put `message` into the slot of its root VP, which is interrupted to take it, or into the queue for the slot."""
    identity = w.vp_identity[w.tasks[message].vp]
    root = w.hosts[identity.host].root
    layout = w.layouts[root]
    root_vp = layout.first_vp + (w.guest_traps[identity.owner].root_vp + identity.vp_index) % layout.vps
    if take_slot(w, root_vp, message) == QUEUED:
        return
    w.tasks[message].level = DEFERRED_WORK
    enqueue(w, root, message, now)
    interrupt(w, root_vp, SIGNAL, now)
    if w.vps[root_vp].state == IDLE:
        leave_idle(w, root_vp)
        make_ready(w, root_vp, now)
    elif w.guests[root].idle_vps > 0:
        kick(w, root, now)
    else:
        look_up(w, root_vp, now)


@part
def end_message(w: Tables, vp: int, message: int, now: int) -> int:  # noqa: ARG001 - all kinds of tasks are ended alike
    """End the root's work for `message`, which its `vp` has just done; the VP that waits goes on after this event. Return 0: no thread is released."""
    defer(w, message, RESUMED)
    return 0


@rare
def lose_message(w: Tables, message: int) -> None:
    """Lose `message`, with the root that had it: its VP may send another; one that waits, as it lives on elsewhere, sends it to the root there."""
    vp = w.tasks[message].vp
    guest = w.vp_identity[vp].owner
    if w.trap_state[vp].intercepted and w.lifetimes[guest].running and has_root(w, guest):
        defer(w, message, POSTED)
    else:
        w.trap_state[vp].message_under_way = 0


@part
def resume_vp(w: Tables, message: int, now: int) -> None:
    """Resume the intercepted VP that sent `message`, unless its partition is paused, or has been turned off meanwhile."""
    vp = w.tasks[message].vp
    w.trap_state[vp].message_under_way = 0
    if w.trap_state[vp].intercepted and w.lifetimes[w.vp_identity[vp].owner].paused:
        charge_vp(w, vp, now)
        w.trap_state[vp].intercepted = 0
    elif w.trap_state[vp].intercepted:
        w.policy.resume(w, vp)
        find_lp(w, vp, now)
        w.trap_state[vp].intercepted = 0
