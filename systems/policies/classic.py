"""The classic scheduler: whose turn it is.

VPs that lack some of their reserve (see `reserves`) come first, the one that lacks most before the others. Then comes the ready
VP in the run list of the LP (`run_lists`) with the lowest virtual run time, round robin within equal virtual time [WSD
scheduler types: fair share, preemptive, round robin; NE-CPU]; or, in its place, one of another list that is overdue.

A VP that wakes is not served before others for having slept: it resumes at the virtual time of its home, and joins the list
as `host.scheduling.wake` says:

tail    Behind all that wait there: it gets its place once as many VPs have left the list, or gone on for another slice.
fair    By its virtual time alone, which usually is before those that wait, as they have had a slice since theirs began.
head    Before all that wait, if it has had no more than its share.

A pending interrupt does not move an idle guest's VP forward [Friedman], so `tail` is the default; what the product does is not published.

One that could not use its share (capped, or alone on an LP) keeps a credit of one horizon at most, which is what lets a cap
be used in full. Not published for the product: the queue's order, the slice, steal and boost rules.
"""

from components.declare import NOBODY
from components.host import FAIR, HEAD, PERIOD_BUDGET, TAIL
from systems.kernels.heap import contains, key_of, order_of, push, remove, top
from systems.kernels.jit import part, rare, small
from systems.policy import Policy
from systems.scheduling.placement import idle_lp_for, set_idle
from systems.scheduling.reserves import REFERENCE_WEIGHT, at_weight, spend, weight_of
from systems.scheduling.run_lists import (
    first_of_own,
    first_overdue,
    join_list,
    leave_list,
    moved_on,
    nearest_waiting,
    start_of,
)
from systems.state.accounting import charge_lp
from systems.state.scarcity import count_time
from systems.state.tables import Tables

_BEFORE_ALL = 2**50


@small
def enqueue(w: Tables, vp: int) -> None:
    """Put `vp` in line: by what it lacks of its reserve, or else in its run list, by virtual time."""
    state = w.vps[vp]
    if state.reserve_left_ns > 0:
        w.scheduler[0].ready_sequence += 1
        push(
            w.entitled,
            w.vp_controls[vp].affinity_set,
            vp,
            -state.reserve_left_ns,
            w.scheduler[0].ready_sequence,
        )
        return
    place = state.virtual_ns
    if state.woke == HEAD:
        place -= _BEFORE_ALL
    join_list(w, vp, place, place + w.vp_controls[vp].slack_ns, state.woke == TAIL)
    state.woke = FAIR


@small
def dequeue(w: Tables, vp: int) -> None:
    """Take `vp` out of its queue."""
    if contains(w.entitled, vp):
        remove(w.entitled, w.vp_controls[vp].affinity_set, vp)
    else:
        leave_list(w, vp)


@rare
def pass_over(w: Tables, vp: int) -> None:
    """Move `vp`, which waits, behind all of its list that are not ahead of those served so far; it keeps its credit."""
    dequeue(w, vp)
    behind = max(w.vps[vp].virtual_ns, time_of_home(w, vp))
    join_list(w, vp, behind, behind + w.vp_controls[vp].slack_ns, False)


@rare
def exchange(w: Tables, one: int, other: int) -> None:
    """Exchange the virtual times of two VPs of one partition, so that the partition's share stays what it was."""
    first, second = w.vps[one], w.vps[other]
    virtual_ns, virtual_rest = first.virtual_ns, first.virtual_rest
    first.virtual_ns, first.virtual_rest = second.virtual_ns, second.virtual_rest
    second.virtual_ns, second.virtual_rest = virtual_ns, virtual_rest


@part
def first_in_line(w: Tables, lp: int) -> int:
    """Return the guest VP that `lp` should run next, or NOBODY; it stays in its queue.

    That is one that lacks some of its reserve; the first of the LP's own list, unless one of another list is overdue; or the nearest.
    """
    vp = first_entitled(w, lp)
    if vp >= 0:
        return vp
    own = first_of_own(w, lp)
    if own < 0:
        return nearest_waiting(w, lp)
    late = first_overdue(w, lp, start_of(w, own))
    return late if late >= 0 else own


@part
def first_entitled(w: Tables, lp: int) -> int:
    """Return, of the VPs below their reserve that wait and may use `lp`, the one that lacks most; NOBODY if there is none."""
    topology = w.lp_topology[lp]
    best = NOBODY
    for i in range(topology.first_set, topology.first_set + topology.sets):
        vp = top(w.entitled, w.sets_of_lp[i])
        if vp >= 0 and (best < 0 or _lacks_more(w, vp, best)):
            best = vp
    return best


@small
def _lacks_more(w: Tables, one: int, other: int) -> bool:
    h, other_h = w.vp_controls[one].affinity_set, w.vp_controls[other].affinity_set
    key, other_key = key_of(w.entitled, h, one), key_of(w.entitled, other_h, other)
    if key != other_key:
        return key < other_key
    return order_of(w.entitled, h, one) < order_of(w.entitled, other_h, other)


@part
def successor(w: Tables, lp: int) -> int:
    """Return who should follow the present VP on `lp`, or may, as that finds another LP idle; NOBODY lets it go on."""
    present = w.lps[lp].vp
    return next_after(w, lp, present, idle_lp_for(w, present) >= 0)


@part
def next_after(w: Tables, lp: int, present: int, may_go: bool) -> int:
    """Return who should follow `present` on `lp`, where a slice is over: the first of the own list, one overdue, or NOBODY.

    If `present` may go to another LP, which is idle, the first need not wait for its turn.
    """
    other = first_entitled(w, lp)
    if other < 0:
        other = first_of_own(w, lp)
        if w.vps[present].reserve_left_ns <= 0:
            come = w.vps[present].virtual_ns + moved_on(w, present)
            if other >= 0:
                come = min(come, start_of(w, other))
            late = first_overdue(w, lp, come)
            if late >= 0:
                return late
    if other >= 0 and (is_turn_of(w, other, present) or may_go):
        return other
    return NOBODY


@small
def charge(w: Tables, vp: int, elapsed: int) -> None:
    """Scale the LP time of `vp` by its weight."""
    state = w.vps[vp]
    weight = weight_of(w, vp)
    spent = spend(w, vp, count_time(w, vp, elapsed))
    if weight == REFERENCE_WEIGHT and state.virtual_rest < REFERENCE_WEIGHT:
        state.virtual_ns += spent  # what the division gives; it takes long, and this is the usual weight
        return
    scaled = spent * REFERENCE_WEIGHT + state.virtual_rest
    state.virtual_ns += scaled // weight
    state.virtual_rest = scaled % weight


@small
def taken_from(w: Tables, vp: int) -> int:
    """Return NOBODY: a VP that becomes ready takes no LP from another."""
    return NOBODY


@small
def companion(w: Tables, lp: int) -> int:
    """Return NOBODY: every LP is scheduled by itself."""
    return NOBODY


@small
def is_turn_of(w: Tables, waiting: int, running: int) -> bool:
    """Tell whether `waiting`, the first in line, should have the LP of `running`, whose slice is over."""
    lacks = w.vps[waiting].reserve_left_ns
    runner_lacks = w.vps[running].reserve_left_ns
    if lacks > 0 or runner_lacks > 0:
        return bool(lacks >= runner_lacks)
    place = w.in_line[waiting].key_ns + moved_on(w, waiting)
    return bool(place <= w.vps[running].virtual_ns + moved_on(w, running))


@part
def resume(w: Tables, vp: int) -> None:
    """Resume a VP that was idle at the virtual time of its home: sleep earns no credit.

    Its place in the list is as host.scheduling.wake says, unless it was its parent that let it go on. The head is not for one that has
    had more than its share already.
    """
    state = w.vps[vp]
    present = time_of_home(w, vp)
    ahead = state.virtual_ns > present
    if not ahead:
        state.virtual_ns = present
        state.virtual_rest = 0
    wake = w.parameters[w.vp_identity[vp].host].wake
    state.woke = FAIR if w.trap_state[vp].intercepted or (wake == HEAD and ahead) else wake


@part
def time_of_home(w: Tables, vp: int) -> int:
    """Return the virtual time at which the home of `vp` serves VPs now.

    A home that is kept by a VP of far more weight falls behind the others of the set: it counts as behind by no more than the slack.
    """
    p = w.lps[w.vps[vp].home_lp]
    present = p.served_ns
    if p.dozes:
        charge_lp(w, w.vps[vp].home_lp, w.clock[0].now_ns)
        present = max(present, w.vps[p.vp].virtual_ns + moved_on(w, p.vp))
    of_set = w.affinity_sets[w.vp_controls[vp].affinity_set].virtual_ns - w.vp_controls[vp].slack_ns
    return max(present - moved_on(w, vp), of_set)


@small
def _slice_end(w: Tables, host: int, start: int) -> int:
    """Return when a slice on `host` that begins at `start` ends: with the period at the latest if budgets are renewed then."""
    parameters = w.parameters[host]
    end = start + parameters.slice_ns
    budgets = parameters.reserve_mode == PERIOD_BUDGET and w.host_states[host].reserving > 0
    if budgets:
        end = min(end, (start // parameters.cap_period_ns + 1) * parameters.cap_period_ns)
    return end


@small
def begin_slice(w: Tables, lp: int, vp: int, start: int) -> int:
    """Begin a slice of `vp` on `lp` at `start`, and return when it ends."""
    w.vps[vp].woke = FAIR
    _serve(w, lp, vp)
    return _slice_end(w, w.lp_topology[lp].host, start)


@small
def _serve(w: Tables, lp: int, vp: int) -> None:
    """Bound the credit of `vp` and bring the virtual time of LP and set up to it.

    A VP that comes first for its reserve says nothing of the virtual time at which others are served. One whose turn it was may
    be ahead of the others by a slice and its slack, so the LP's virtual time is behind it by that. A CPU group loses credit as a whole, so that
    the order of its VPs, and with it their shares of the group's budget, stays.
    """
    state = w.vps[vp]
    if state.reserve_left_ns > 0:
        return
    parameters = w.parameters[w.lp_topology[lp].host]
    weight = weight_of(w, vp)
    turn = at_weight(parameters.slice_ns, weight)
    horizon = at_weight(parameters.cap_period_ns + parameters.slice_ns, weight)
    p = w.lps[lp]
    group = w.vp_controls[vp].cpu_group
    if group >= 0:
        g = w.cpu_groups[group]
        state.virtual_ns = max(state.virtual_ns, g.virtual_ns - horizon)
        g.virtual_ns = max(g.virtual_ns, state.virtual_ns - turn)
        g.moved_on_ns = max(g.moved_on_ns, p.virtual_ns - horizon - g.virtual_ns)
    else:
        state.virtual_ns = max(state.virtual_ns, p.virtual_ns - horizon)
    p.virtual_ns = max(p.virtual_ns, state.virtual_ns + moved_on(w, vp) - turn - w.vp_controls[vp].slack_ns)
    p.served_ns = max(p.served_ns, state.virtual_ns + moved_on(w, vp))
    affinity = w.affinity_sets[w.vp_controls[vp].affinity_set]
    affinity.virtual_ns = max(affinity.virtual_ns, state.virtual_ns)


CLASSIC = Policy(
    name="classic",
    resume=resume,
    enqueue=enqueue,
    dequeue=dequeue,
    pass_over=pass_over,
    exchange=exchange,
    first_in_line=first_in_line,
    idle_lp=idle_lp_for,
    set_idle=set_idle,
    taken_from=taken_from,
    successor=successor,
    begin_slice=begin_slice,
    charge=charge,
    companion=companion,
)
