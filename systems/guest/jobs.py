"""The work that a closed workload has done when it is stopped, or the run ends: bursts under way count as far as they have come."""

from components.processor import GUEST, REFILL
from components.task import AT_BARRIER, FINISHED, PARKED, SLEEPING
from components.virtual_processor import RUNNING
from systems.guest.bursts import suspend_burst
from systems.guest.threads import is_on_vp
from systems.kernels.jit import njit, part
from systems.state.accounting import charge_lp
from systems.state.tables import Tables


@njit
def end_jobs(w: Tables, now: int) -> None:
    """Count, where the run ends, what the closed workloads that still run have done."""
    for guest in range(len(w.layouts)):
        if w.layouts[guest].job >= 0 and w.lifetimes[guest].running:
            count_work(w, guest, now)


@part
def count_work(w: Tables, guest: int, now: int) -> None:
    """Count what the bursts of `guest`, which ends now, have done so far. Its code makes no progress after that."""
    layout = w.layouts[guest]
    for vp in range(layout.first_vp, layout.first_vp + layout.vps):
        lp = w.vps[vp].lp
        if w.vps[vp].state == RUNNING and w.lps[lp].phase == GUEST:
            charge_lp(w, lp, now)
            suspend_burst(w, lp, now)
            w.lps[lp].phase = REFILL
            w.lps[lp].phase_end_ns = now
    done = 0
    for thread in range(layout.first_thread, layout.first_thread + layout.threads):
        if w.tasks[thread].stage not in (SLEEPING, AT_BARRIER, FINISHED):
            done += max(0, w.threads[thread].burst_ns - _left(w, thread))
    w.closed[layout.job].done_ns += done


@part
def _left(w: Tables, thread: int) -> int:
    """Return the work (ns, native) that is left of the burst of `thread`."""
    left = w.threads[thread].section_ns
    task = w.tasks[thread]
    if is_on_vp(w, thread):
        left += w.vps[task.vp].remaining_ns + max(0, w.vps[task.vp].beyond_fault_ns)
    elif task.stage != PARKED:  # that one has done all before the lock
        left += task.remaining_ns
    return int(left)
