"""The classic scheduler: whose turn it is.

VPs that lack some of their reserve (see `reserves`) come first, the one that lacks most before the others. Then comes the ready
VP with the lowest virtual run time among those that may use the LP, round robin within equal virtual time [WSD
scheduler types: fair share, preemptive, round robin; NE-CPU].

A VP that wakes is not served before others for having slept: it resumes at the virtual time of its affinity set. One
that could not use its share (capped, or alone on an LP) keeps a credit of one horizon at most, which is what lets a cap
be used in full. Not published for the product: the queue's order, the slice, steal and boost rules (facts: GAP 1).
"""

from components.declare import NOBODY
from components.host import PERIOD_BUDGET
from systems.kernels.heap import Heap, contains, push, remove, top
from systems.kernels.jit import part, small
from systems.policy import Policy
from systems.scheduling.placement import idle_lp_for, set_idle
from systems.scheduling.reserves import REFERENCE_WEIGHT, spend, weight_of
from systems.state.scarcity import count_time
from systems.state.tables import Tables


@small
def enqueue(w: Tables, vp: int) -> None:
    """Let `vp` wait: by what it lacks of its reserve, or else by virtual time; after its equals that wait already."""
    w.scheduler[0].ready_sequence += 1
    sequence = w.scheduler[0].ready_sequence
    affinity = w.vp_controls[vp].affinity_set
    state = w.vps[vp]
    if state.reserve_left_ns > 0:
        push(w.entitled, affinity, vp, -state.reserve_left_ns, sequence)
    else:
        push(w.ready, affinity, vp, state.virtual_ns, sequence)


@small
def dequeue(w: Tables, vp: int) -> None:
    """Take `vp` out of the queue."""
    affinity = w.vp_controls[vp].affinity_set
    if contains(w.entitled, vp):
        remove(w.entitled, affinity, vp)
    else:
        remove(w.ready, affinity, vp)


@part
def pass_over(w: Tables, vp: int) -> None:
    """Let `vp`, which waits, wait behind all of its set that are not ahead of those served so far; it keeps its credit."""
    dequeue(w, vp)
    w.scheduler[0].ready_sequence += 1
    affinity = w.vp_controls[vp].affinity_set
    behind = max(w.vps[vp].virtual_ns, w.affinity_sets[affinity].virtual_ns)
    push(w.ready, affinity, vp, behind, w.scheduler[0].ready_sequence)


@part
def exchange(w: Tables, one: int, other: int) -> None:
    """Let two VPs of one partition exchange their virtual times, so that the partition's share stays what it was."""
    first, second = w.vps[one], w.vps[other]
    virtual_ns, virtual_rest = first.virtual_ns, first.virtual_rest
    first.virtual_ns, first.virtual_rest = second.virtual_ns, second.virtual_rest
    second.virtual_ns, second.virtual_rest = virtual_ns, virtual_rest


@part
def first_in_line(w: Tables, lp: int) -> int:
    """Return the guest VP that `lp` should run next, or NOBODY; it stays in its queue."""
    vp = _first_of(w, w.entitled, lp)
    return vp if vp >= 0 else _first_of(w, w.ready, lp)


@part
def _first_of(w: Tables, queue: Heap, lp: int) -> int:
    topology = w.lp_topology[lp]
    best = NOBODY
    for i in range(topology.first_set, topology.first_set + topology.sets):
        vp = top(queue, w.sets_of_lp[i])
        if vp >= 0 and (best < 0 or _comes_before(w, queue, vp, best)):
            best = vp
    return best


@part
def _comes_before(w: Tables, queue: Heap, one: int, other: int) -> bool:
    key = queue.key[one] + moved_on(w, one)
    other_key = queue.key[other] + moved_on(w, other)
    return key < other_key or (key == other_key and queue.order[one] < queue.order[other])


@small
def moved_on(w: Tables, vp: int) -> int:
    """Return what is added to the virtual time of `vp` for the share that its CPU group lost to the group's cap."""
    group = w.vp_controls[vp].cpu_group
    return w.cpu_groups[group].moved_on_ns if group >= 0 else 0


@part
def successor(w: Tables, lp: int) -> int:
    """Return the first in line if its turn has come on `lp`, or if the present VP finds another LP idle; else NOBODY."""
    present = w.lps[lp].vp
    other = first_in_line(w, lp)
    if other >= 0 and (is_turn_of(w, other, present) or idle_lp_for(w, present) >= 0):
        return other
    return NOBODY


@small
def charge(w: Tables, vp: int, elapsed: int) -> None:
    """Scale the LP time of `vp` by its weight."""
    state = w.vps[vp]
    weight = weight_of(w, vp)
    scaled = spend(w, vp, count_time(w, vp, elapsed)) * REFERENCE_WEIGHT + state.virtual_rest
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
    """Tell whether `waiting` should have the LP of `running`, whose slice is over."""
    lacks = w.vps[waiting].reserve_left_ns
    runner_lacks = w.vps[running].reserve_left_ns
    if lacks > 0 or runner_lacks > 0:
        return lacks >= runner_lacks
    return w.vps[waiting].virtual_ns + moved_on(w, waiting) <= w.vps[running].virtual_ns + moved_on(
        w, running
    )


@small
def resume(w: Tables, vp: int) -> None:
    """Let a VP that was idle resume at the virtual time of its set: sleep earns no credit."""
    present = w.affinity_sets[w.vp_controls[vp].affinity_set].virtual_ns
    if w.vps[vp].virtual_ns < present:
        w.vps[vp].virtual_ns = present
        w.vps[vp].virtual_rest = 0


@small
def _slice_end(w: Tables, start: int) -> int:
    """Return when a slice that begins at `start` ends: with the period at the latest if budgets are renewed then."""
    parameters = w.parameters[0]
    end = start + parameters.slice_ns
    budgets = parameters.reserve_mode == PERIOD_BUDGET and len(w.reserving) > 0
    if budgets:
        end = min(end, (start // parameters.cap_period_ns + 1) * parameters.cap_period_ns)
    return end


@small
def begin_slice(w: Tables, lp: int, vp: int, start: int) -> int:
    """Begin a slice of `vp` on `lp` at `start`, and return when it ends."""
    _serve(w, lp, vp)
    return _slice_end(w, start)


@small
def _serve(w: Tables, lp: int, vp: int) -> None:
    """Bound the credit of `vp` and bring the virtual time of LP and set up to it.

    A VP that comes first for its reserve says nothing of the virtual time at which others are served. One whose turn it was may
    be ahead of the others by a slice, so the LP's virtual time is behind it by that. A CPU group loses credit as a whole, so that
    the order of its VPs, and with it their shares of the group's budget, stays.
    """
    state = w.vps[vp]
    if state.reserve_left_ns > 0:
        return
    parameters = w.parameters[0]
    weight = weight_of(w, vp)
    turn = parameters.slice_ns * REFERENCE_WEIGHT // weight
    horizon = (parameters.cap_period_ns + parameters.slice_ns) * REFERENCE_WEIGHT // weight
    p = w.lps[lp]
    group = w.vp_controls[vp].cpu_group
    if group >= 0:
        g = w.cpu_groups[group]
        state.virtual_ns = max(state.virtual_ns, g.virtual_ns - horizon)
        g.virtual_ns = max(g.virtual_ns, state.virtual_ns - turn)
        g.moved_on_ns = max(g.moved_on_ns, p.virtual_ns - horizon - g.virtual_ns)
    else:
        state.virtual_ns = max(state.virtual_ns, p.virtual_ns - horizon)
    p.virtual_ns = max(p.virtual_ns, state.virtual_ns + moved_on(w, vp) - turn)
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
