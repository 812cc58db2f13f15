"""CPU groups: one budget for all VPs of a group, and places for as many of them at once as it pays for.

A cap of C on n LPs is n x C of LP time in every cap period for the whole group [WSD manage-hyper-v-cpugroups]. What a period
overran (a cost in progress is not cut) is taken from the next. Not published is how the budget is spread: here no more VPs of the group run
at once than the rest of the budget pays for over the rest of the period, rounded up, and never more than the whole buys. So a group of two
LPs' worth runs two VPs all the time, and not four for half of it. VPs beyond that wait for a place: first those that lack some of their
reserve, which the time in which they wait earns them too, then those that have had least.

The core scheduler gives a core to a virtual core as a whole, so there the two VPs of one are paid for together. Where one of them runs and the other
waits for a place, it takes that of a VP of the group that stands in line: else the LP beside the one that runs would stay idle.
"""

from components.virtual_processor import NO_CAP, READY, RUNNING
from systems.kernels.heap import push, remove, stands_in, top, top_key
from systems.kernels.jit import part, rare, small
from systems.state.caps import period_offset
from systems.state.tables import Tables
from systems.state.timers import cancel_timer, set_timer

_BEFORE_ALL = 2**60


@small
def _offset(w: Tables, group: int) -> int:
    g = w.cpu_groups[group]
    return period_offset(w.parameters[g.host].cap_period_ns, g.phase_ns)


@rare
def advance_group(w: Tables, group: int, now: int) -> None:
    """Bring the account of `group` up to `now`, period by period."""
    g = w.cpu_groups[group]
    period = w.parameters[g.host].cap_period_ns
    offset = _offset(w, group)
    since, local = g.since_ns + offset, now + offset
    last = (local - 1) // period if local > 0 else 0
    if last > g.cap_period:
        first_end = max(since, (g.cap_period + 1) * period)
        g.used_ns = max(0, g.used_ns + (first_end - since) * g.running - g.budget_ns)
        whole = last - g.cap_period - 1
        g.used_ns = max(0, g.used_ns + whole * (period * g.running - g.budget_ns))
        g.cap_period = last
        since = max(since, last * period)
    g.used_ns += (local - since) * g.running
    g.since_ns = now


@part
def group_left(w: Tables, group: int, now: int) -> int:
    """Return the LP time (ns) left to `group` in the period that `now` begins or is in."""
    advance_group(w, group, now)
    g = w.cpu_groups[group]
    present = (now + _offset(w, group)) // w.parameters[g.host].cap_period_ns
    if present > g.cap_period:
        g.used_ns = max(0, g.used_ns - g.budget_ns * (present - g.cap_period))
        g.cap_period = present
    return g.budget_ns - g.used_ns


@small
def _period_left(w: Tables, group: int, now: int) -> int:
    """Return how much (ns) is left of the period of `group` that `now` begins or is in; never 0."""
    period = w.parameters[w.cpu_groups[group].host].cap_period_ns
    return period - (now + _offset(w, group)) % period


@small
def worth(lp_time_ns: int, period_ns: int, threads: int) -> int:
    """Return how many VPs `lp_time_ns` pays for over `period_ns`, rounded up to whole virtual cores of so many `threads`."""
    core_ns = period_ns * threads
    return (lp_time_ns + core_ns - 1) // core_ns * threads


@small
def places(w: Tables, group: int, now: int) -> int:
    """Return how many VPs of `group` may run at once: as many as its budget pays for over the rest of the period, rounded up."""
    left = group_left(w, group, now)
    rest = _period_left(w, group, now)
    g = w.cpu_groups[group]
    return min(g.most, worth(left, rest, g.threads)) if left > 0 else 0


@small
def group_of(w: Tables, vp: int) -> int:
    """Return the CPU group of `vp` if it is in one that has a cap; else a negative number."""
    group = w.vp_controls[vp].cpu_group
    return group if group >= 0 and w.cpu_groups[group].budget_ns != NO_CAP else -1


@small
def is_group_full(w: Tables, vp: int, now: int) -> bool:
    """Tell whether the others of its group leave no place to `vp`, which may have one now."""
    group = group_of(w, vp)
    if group < 0:
        return False
    others = w.cpu_groups[group].admitted - (1 if w.vps[vp].state in (READY, RUNNING) else 0)
    return others >= places(w, group, now)


@part
def wait_for_place(w: Tables, vp: int, now: int) -> None:
    """Make `vp`, which is held back, wait until its group has a place for it."""
    group = w.vp_controls[vp].cpu_group
    w.scheduler[0].ready_sequence += 1
    push(w.held, 1 + group, vp, turn_of(w, vp), w.scheduler[0].ready_sequence)
    set_group_timer(w, group, now)


@small
def turn_of(w: Tables, vp: int) -> int:
    """Return what orders the VPs of a group, the least first: those that lack some of their reserve, by how much; then by virtual time."""
    lacks = w.vps[vp].reserve_left_ns
    return int(-_BEFORE_ALL - lacks if lacks > 0 else w.vps[vp].virtual_ns)


@small
def is_after_mates(w: Tables, vp: int) -> bool:
    """Tell whether a VP of its group that waits for a place comes before `vp`, which wants one too."""
    group = group_of(w, vp)
    return group >= 0 and w.held.length[1 + group] > 0 and top_key(w.held, 1 + group) <= turn_of(w, vp)


@small
def first_waiting(w: Tables, group: int) -> int:
    """Return the VP of `group` that a place is for next; -1 if none waits."""
    return top(w.held, 1 + group)


@small
def stop_waiting(w: Tables, vp: int) -> None:
    """Take `vp` out of those that wait for a place in their group."""
    remove(w.held, 1 + w.vp_controls[vp].cpu_group, vp)


@small
def waits_for_place(w: Tables, vp: int) -> bool:
    """Tell whether `vp` waits for a place in its group, and no cap of its own holds it back."""
    group = w.vp_controls[vp].cpu_group
    return group >= 0 and stands_in(w.held, 1 + group, vp)


@small
def join_group_line(w: Tables, vp: int) -> None:
    """Note that `vp`, if it is in a group, stands in line for an LP."""
    group = w.vp_controls[vp].cpu_group
    if group >= 0:
        push(w.group_lines, group, vp, -turn_of(w, vp), vp)


@small
def leave_group_line(w: Tables, vp: int) -> None:
    """Note that `vp` stands in line no longer."""
    group = w.vp_controls[vp].cpu_group
    if group >= 0:
        remove(w.group_lines, group, vp)


@small
def last_in_line(w: Tables, group: int) -> int:
    """Return, of the VPs of `group` that have a place and stand in line for an LP, the one whose turn is last; -1 if there is none."""
    return top(w.group_lines, group)


@small
def change_running(w: Tables, vp: int, change: int, now: int) -> None:
    """Count one LP more, or less, that runs the group of `vp`, if it is in one that has a cap."""
    group = group_of(w, vp)
    if group >= 0:
        advance_group(w, group, now)
        w.cpu_groups[group].running += change
        set_group_timer(w, group, now)


@rare
def set_group_timer(w: Tables, group: int, now: int) -> None:
    """Set the timer of `group` to the moment at which it has places for more of its VPs, or for fewer."""
    g = w.cpu_groups[group]
    waits = w.held.length[1 + group] > 0
    if g.running == 0 and not waits:
        cancel_timer(w, w.schedule.cpu_group, group)
        return
    most = places(w, group, now)
    left, rest = g.budget_ns - g.used_ns, _period_left(w, group, now)
    after = rest
    if waits and g.admitted < most:
        after = 0
    elif most > 0 and g.running > most - g.threads:
        fewer = most - g.threads
        after = min(after, -(fewer * rest - left) // (g.running - fewer))
        after = max(1, after)
    elif waits and 0 < most < g.most:
        after = min(after, (most * rest - left) // (most - g.running) + 1)
    set_timer(w, w.schedule.cpu_group, group, now + after)
