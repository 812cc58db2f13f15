"""Hard page faults, as scheduling sees them: a burst is cut where the next one happens.

Faults come as a Poisson process in the guest's work: so many a second of its run time at native speed, as `systems.memory.paging`
sets them. Such a process has no memory: the distance to the next fault is drawn when a task makes progress, and drawn anew
whenever the task has left its VP or the rate has changed, without changing the process. Until then what was drawn holds, also
that there is no fault before the end: to draw again only then would make faults of what was none. The root's work for requests,
pages and intercepts of guests takes no faults, nor do threads of its own.
"""

from components.distribution import EXPONENTIAL
from components.task import LOCAL, REQUEST, THREAD
from components.virtual_processor import NONE_BEFORE_END, NOT_DRAWN
from systems.kernels.distributions import draw_ns
from systems.kernels.jit import rare, small
from systems.kernels.philox import uniform
from systems.state.tables import Tables


@rare
def cut_at_fault(w: Tables, vp: int) -> None:
    """Cut the work of the task on `vp` at its next fault, if that is not drawn already and comes before its end."""
    state = w.vps[vp]
    if state.beyond_fault_ns != NOT_DRAWN:
        return
    if state.task < 0:  # the guest boots: its waits for the disk are those of the boot
        state.beyond_fault_ns = NONE_BEFORE_END
        return
    guest = w.vp_identity[vp].owner
    every = 1.0 * w.guests[guest].fault_every_ns
    task = w.tasks[state.task]
    if task.kind == THREAD and w.threads[state.task].page >= 0:
        t = w.threads[state.task]
        u = uniform(w.keys[0].fault, t.stable_id, t.faults)
        t.faults += 1
    elif task.kind == REQUEST and task.stage == LOCAL:
        o = w.open[w.layouts[guest].requests]
        u = uniform(w.keys[0].fault, o.stable_id, o.faults)
        o.faults += 1
    else:
        state.beyond_fault_ns = NONE_BEFORE_END  # what the root does for others is never paged
        return
    distance = max(1, draw_ns(EXPONENTIAL, every, 0.0, 0, 0, w.values_ns, u))
    if distance < state.remaining_ns:
        state.beyond_fault_ns = state.remaining_ns - distance
        state.remaining_ns = distance
    else:
        state.beyond_fault_ns = NONE_BEFORE_END


@small
def forget_fault(w: Tables, vp: int) -> None:
    """Join the work of the task on `vp`, which makes no progress now, to one piece again; its next fault is drawn anew."""
    state = w.vps[vp]
    if state.beyond_fault_ns >= 0:
        state.remaining_ns += state.beyond_fault_ns
    state.beyond_fault_ns = NOT_DRAWN
