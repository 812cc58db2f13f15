"""The budget of a CPU group: one account for all its VPs, spent as fast as many of them run.

A cap of C on n LPs is n x C of LP time in every cap period for the whole group [WSD manage-hyper-v-cpugroups]. What a period
overran (a cost in progress is not cut) is taken from the next.
"""

from components.virtual_processor import NO_CAP
from systems.kernels.jit import part, small
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer


@part
def advance_group(w: Tables, group: int, now: int) -> None:
    """Bring the account of `group` up to `now`, period by period."""
    g = w.cpu_groups[group]
    period = w.parameters[0].cap_period_ns
    last = (now - 1) // period if now > 0 else 0
    if last > g.cap_period:
        first_end = max(g.since_ns, (g.cap_period + 1) * period)
        g.used_ns = max(0, g.used_ns + (first_end - g.since_ns) * g.running - g.budget_ns)
        whole = last - g.cap_period - 1
        g.used_ns = max(0, g.used_ns + whole * (period * g.running - g.budget_ns))
        g.cap_period = last
        g.since_ns = max(g.since_ns, last * period)
    g.used_ns += (now - g.since_ns) * g.running
    g.since_ns = now


@part
def group_left(w: Tables, group: int, now: int) -> int:
    """Return the LP time (ns) left to `group` in the period that `now` begins or is in."""
    advance_group(w, group, now)
    g = w.cpu_groups[group]
    present = now // w.parameters[0].cap_period_ns
    if present > g.cap_period:
        g.used_ns = max(0, g.used_ns - g.budget_ns * (present - g.cap_period))
        g.cap_period = present
    return g.budget_ns - g.used_ns


@small
def is_group_spent(w: Tables, vp: int, now: int) -> bool:
    """Tell whether the cap of the group of `vp` keeps it from running."""
    group = w.vp_controls[vp].cpu_group
    return group >= 0 and w.cpu_groups[group].budget_ns != NO_CAP and group_left(w, group, now) <= 0


@small
def change_running(w: Tables, vp: int, change: int, now: int) -> None:
    """Count one LP more, or less, that runs the group of `vp`, if it is in one that has a cap."""
    group = w.vp_controls[vp].cpu_group
    if group >= 0 and w.cpu_groups[group].budget_ns != NO_CAP:
        advance_group(w, group, now)
        w.cpu_groups[group].running += change
        set_group_timer(w, group, now)


@part
def set_group_timer(w: Tables, group: int, now: int) -> None:
    """Set the timer of `group` to the moment at which its budget is spent, or else to the end of the period."""
    running = w.cpu_groups[group].running
    if running == 0:
        cancel_timer(w, w.schedule.cpu_group, group)
        return
    left = group_left(w, group, now)
    period = w.parameters[0].cap_period_ns
    end = (now // period + 1) * period
    if left > 0:
        end = min(end, now + (left + running - 1) // running)
    set_timer(w, w.schedule.cpu_group, group, end)
