"""Where the time of an attempt (a try of a tier's request at a guest) goes: every ns from its sending to its answer is on one account.

While it is on a VP, its time is split by what the VP has counted meanwhile: guest code at native speed and beyond that, hypervisor code,
and the rest, in which the VP waited for an LP. Of the time between its coming to the guest and its VP's taking it, that in which this VP
was on its way for it is no queueing: the wait for an LP from when the VP became ready, and the dispatch.
"""

from components.task import LOCAL, REQUEST
from components.tier import AWAY, CALLING, ON_VP, QUEUED
from systems.kernels.jit import part, small
from systems.state.accounting import charge_up_to
from systems.state.tables import Tables


@small
def is_attempt(w: Tables, request: int) -> bool:
    """Tell whether a task is an attempt that its guest, not the root, works on."""
    t = w.tasks[request]
    return bool(t.kind == REQUEST and t.stage == LOCAL and w.requests[request].member >= 0)


@part
def pass_to(w: Tables, attempt: int, where: int, now: int) -> None:
    """Charge the time since the last call to where `attempt` was, which is on no VP, and note where it is from `now` on."""
    a = w.attempts[attempt]
    elapsed = now - a.since_ns
    if a.where == QUEUED:
        a.queue_ns += elapsed
    elif a.where == CALLING:
        a.calls_ns += elapsed
    else:
        a.io_ns += elapsed
    a.since_ns = now
    a.where = where


@part
def take_up(w: Tables, vp: int, attempt: int, now: int) -> None:
    """Note that `vp`, which runs, takes `attempt` from its guest's queue."""
    a, state, task = w.attempts[attempt], w.vps[vp], w.vp_tasks[vp]
    charge_up_to(w, vp, now)
    free = max(a.since_ns, task.left_ns)
    dispatched = w.lps[state.lp].dispatched_ns
    hypervisor = now - max(free, dispatched)
    ready = max(0, dispatched - max(free, state.ready_ns))
    a.hypervisor_ns += hypervisor
    a.ready_ns += ready
    a.queue_ns += now - a.since_ns - hypervisor - ready
    a.since_ns = now
    a.where = ON_VP
    _note(w, vp)


@part
def lay_down(w: Tables, vp: int, attempt: int, where: int, now: int) -> None:
    """Note that `vp`, whose work is booked, leaves `attempt`, which is `where` from now on."""
    a, task, times = w.attempts[attempt], w.vp_tasks[vp], w.vp_times[vp]
    charge_up_to(w, vp, now)
    native = times.progress_ns - task.progress_ns
    guest = times.guest_run_ns - task.guest_run_ns
    hypervisor = times.hypervisor_run_ns - task.hypervisor_run_ns + times.intercepted_ns - task.intercepted_ns
    a.native_ns += native
    a.lost_ns += guest - native
    a.hypervisor_ns += hypervisor
    a.ready_ns += now - a.since_ns - guest - hypervisor
    a.since_ns = now
    a.where = where
    task.left_ns = now


@part
def hand_over(w: Tables, vp: int, other: int, attempt: int, now: int) -> None:
    """Note that `vp`, whose work is booked, leaves `attempt` to `other`, whose time until it runs is a wait for an LP."""
    lay_down(w, vp, attempt, ON_VP, now)
    charge_up_to(w, other, now)
    _note(w, other)


@small
def _note(w: Tables, vp: int) -> None:
    task, times = w.vp_tasks[vp], w.vp_times[vp]
    task.guest_run_ns = times.guest_run_ns
    task.hypervisor_run_ns = times.hypervisor_run_ns
    task.intercepted_ns = times.intercepted_ns
    task.progress_ns = times.progress_ns


@small
def join_queue(w: Tables, request: int, now: int) -> None:
    """Note that `request`, if it is an attempt, waits in its guest's queue from now on."""
    if is_attempt(w, request):
        pass_to(w, request, QUEUED, now)


@small
def leave_vp(w: Tables, vp: int, request: int, now: int) -> None:
    """Note that `vp` has done its work for `request`, if that is an attempt, for now."""
    if is_attempt(w, request):
        lay_down(w, vp, request, AWAY, now)
