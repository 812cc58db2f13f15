"""Run lists: where ready guest VPs wait, each in the list of its home.

Every LP has a list. A VP waits in that of the LP on which it ran last, of those on the NUMA node of its memory (`VpState.home_lp`), so it
comes back to warm caches and to its node. Hyper-V has such lists (its counter Scheduler Local Run List Size) and names the last LP and
closeness to memory as what it looks at [TLFS2 18.3.2; a VP that ran recently is queued on its last LP: P376, claim 3]; how it
keeps them even is not published. Here an LP looks beyond its own list in two cases:

- It has nothing of its own to run. Then it takes from the nearest list that has something it may run: that of its sibling, of its NUMA
  node, of any other node. So no LP idles beside a ready VP that may run there.
- The first VP of another list is overdue: what this LP would run is ahead of it in virtual time by more than its slack, or by more than twice
  that where its home is on another node. The slack of a VP is `host.scheduling.slack` of its LP time, in virtual time by its weight,
  or by the mean weight where its own is less: so the light do not hide what the heavy lack, nor are all of them behind by as much.

Affinity: a list is kept in parts, one for each affinity set that holds the LP, and each set has a winner tree of its lists (`list_trees`).

A VP that has woken may have to wait until as many VPs have left the list as it found there (`host.scheduling.wake = "tail"`): until then it
stands aside, in order of waking, and only an LP without anything else takes it.
"""

from components.declare import NEVER, NOBODY
from systems.kernels.bits import WORD_BITS, bits_before, has_bit
from systems.kernels.jit import part, rare, small
from systems.scheduling.aside import FIRST, FIRST_WOKEN, LP, come_from_aside, stand_aside
from systems.scheduling.heap_of_list import join_heap, leave_heap
from systems.scheduling.list_trees import first_due, first_due_among, set_due
from systems.scheduling.placement import is_away, may_use
from systems.state.tables import Tables

_ONLY_WOKEN = NEVER // 2
"""When a list is due that holds only VPs which stand aside: it is not empty, but never overdue."""


@part
def list_of(w: Tables, affinity: int, lp: int) -> int:
    """Return the run list of `lp`, or of the first LP after it that the set holds, for VPs of set `affinity`."""
    if lp >= len(w.lps):
        return int(w.affinity_sets[affinity].first_list + w.affinity_sets[affinity].lists)
    word = lp // WORD_BITS
    rank = w.ranks[affinity, word] + bits_before(w.set_members[affinity, word], lp % WORD_BITS)
    return int(w.affinity_sets[affinity].first_list + rank)


@part
def join_list(w: Tables, vp: int, key_ns: int, due_ns: int, aside: bool) -> None:
    """Put the ready `vp` into the list of its home, by `key_ns` and then in order of joining.

    With `aside`, it gets that place only once as many VPs have left the list as wait there now; not where its LP is kept from guests and serves nobody.
    """
    w.scheduler[0].ready_sequence += 1
    if w.lps[w.vps[vp].home_lp].kept_off:
        w.vps[vp].home_lp = _home_beside(w, vp)
    p = w.lps[w.vps[vp].home_lp]
    node = w.in_line[vp]
    node.key_ns = key_ns
    node.due_ns = due_ns
    node.order = w.scheduler[0].ready_sequence
    node.run_list = list_of(w, w.vp_controls[vp].affinity_set, w.vps[vp].home_lp)
    node.waits_for = p.turns + p.waiting if aside and p.waiting > 0 and not p.kept_off else NOBODY
    p.waiting += 1
    if node.waits_for >= 0:
        stand_aside(w, node.run_list, vp)
    else:
        w.list_heads[node.run_list, FIRST] = join_heap(w, w.list_heads[node.run_list, FIRST], vp)
    _tell(w, w.vp_controls[vp].affinity_set, node.run_list)


@rare
def _home_beside(w: Tables, vp: int) -> int:
    """Return the next LP after the home of `vp`, round its node, that is given guests and that `vp` may use; its home if there is none."""
    home = w.vps[vp].home_lp
    node = w.nodes[w.lp_topology[home].node]
    for step in range(1, node.lps):
        lp = node.first_lp + (home - node.first_lp + step) % node.lps
        if not w.lps[lp].kept_off and may_use(w, vp, lp):
            return int(lp)
    return int(home)


@part
def move_beside(w: Tables, vp: int) -> None:
    """Move `vp`, in whose list the LP is kept from guests from now on, to that of another LP of its node, at its place in virtual time."""
    leave_list(w, vp)
    join_list(w, vp, w.in_line[vp].key_ns, w.in_line[vp].due_ns, False)


@part
def leave_list(w: Tables, vp: int) -> None:
    """Take `vp` out of the run list in which it stands."""
    node = w.in_line[vp]
    run_list = node.run_list
    p = w.lps[w.list_heads[run_list, LP]]
    p.waiting -= 1
    p.turns += 1
    if node.waits_for >= 0:
        come_from_aside(w, run_list, vp)
    else:
        w.list_heads[run_list, FIRST] = leave_heap(w, w.list_heads[run_list, FIRST], vp)
    node.run_list = NOBODY
    _tell(w, w.vp_controls[vp].affinity_set, run_list)


@part
def change_slack(w: Tables, vp: int, slack_ns: int) -> None:
    """Set how far `vp` may fall behind; if it waits, from when on it is overdue moves by the difference."""
    more = slack_ns - w.vp_controls[vp].slack_ns
    w.vp_controls[vp].slack_ns = slack_ns
    node = w.in_line[vp]
    if more != 0 and node.run_list >= 0:
        node.due_ns += more
        _tell(w, w.vp_controls[vp].affinity_set, node.run_list)


@small
def keep_turn(w: Tables, vp: int) -> None:
    """Count it as no turn when `vp`, which the root has taken off its LP, leaves its list again."""
    if w.in_line[vp].run_list >= 0:
        w.lps[w.list_heads[w.in_line[vp].run_list, LP]].turns -= 1


@small
def start_of(w: Tables, vp: int) -> int:
    """Return how far the waiting `vp` has come, in virtual time."""
    return int(w.in_line[vp].due_ns - w.vp_controls[vp].slack_ns + moved_on(w, vp))


@small
def moved_on(w: Tables, vp: int) -> int:
    """Return what is added to the virtual time of `vp` for the share that its CPU group lost to the group's cap."""
    group = w.vp_controls[vp].cpu_group
    return int(w.cpu_groups[group].moved_on_ns) if group >= 0 else 0


@part
def first_of_own(w: Tables, lp: int) -> int:
    """Return the first VP in the list of `lp`, and of its companion if the policy gives it one; NOBODY if it is empty."""
    topology = w.lp_topology[lp]
    beside = w.policy.companion(w, lp)
    best = NOBODY
    for i in range(topology.first_set, topology.first_set + topology.sets):
        best = _earlier(w, best, _first_ripe(w, w.lists_of_lp[i]))
        if beside >= 0:
            best = _earlier(w, best, _of_companion(w, w.sets_of_lp[i], beside))
    return best


@part
def first_overdue(w: Tables, lp: int, other_ns: int) -> int:
    """Return the VP most overdue of those that `lp` may run, where what it would run has come to `other_ns`; NOBODY if none is.

    One of the LP's own NUMA node comes before those of others.
    """
    topology = w.lp_topology[lp]
    best, due = NOBODY, other_ns
    for i in range(topology.first_set, topology.first_set + topology.sets):
        affinity = w.sets_of_lp[i]
        run_list = first_due(w, affinity)
        if run_list < 0:
            continue
        vp = at_head(w, run_list)
        if not _is_overdue(w, vp, due, 0):
            continue
        if is_away(w, vp, lp):
            vp = _overdue_by_node(w, affinity, lp, vp, due)
        if vp >= 0:
            best, due = vp, w.in_line[vp].due_ns + moved_on(w, vp)
    return best


@small
def _is_overdue(w: Tables, vp: int, other_ns: int, more_slacks: int) -> bool:
    """Tell whether the waiting `vp`, which does not stand aside, is overdue at `other_ns`, by so many slacks more."""
    due = w.in_line[vp].due_ns + more_slacks * w.vp_controls[vp].slack_ns + moved_on(w, vp)
    return bool(w.in_line[vp].waits_for < 0 and due < other_ns)


@part
def _overdue_by_node(w: Tables, affinity: int, lp: int, first: int, other_ns: int) -> int:
    """Return the VP of set `affinity` that is overdue and at home on the node of `lp`; else `first`, of another node, if it is overdue twice."""
    node = w.nodes[w.lp_topology[lp].node]
    low, high = list_of(w, affinity, node.first_lp), list_of(w, affinity, node.first_lp + node.lps)
    run_list = first_due_among(w, affinity, low, high)
    if run_list >= 0:
        vp = at_head(w, run_list)
        if _is_overdue(w, vp, other_ns, 0):
            return vp
    return first if _is_overdue(w, first, other_ns, 1) else NOBODY


@part
def nearest_waiting(w: Tables, lp: int) -> int:
    """Return a VP that `lp`, whose own list is empty, may run: from its sibling's list, its node, or anywhere; NOBODY if none waits."""
    sibling = w.lp_topology[lp].sibling
    vp = NOBODY
    if sibling >= 0 and w.lps[sibling].waiting > 0:
        vp = _most_behind(w, lp, sibling, sibling + 1)
    if vp < 0:
        node = w.nodes[w.lp_topology[lp].node]
        vp = _most_behind(w, lp, node.first_lp, node.first_lp + node.lps)
    host = w.hosts[w.lp_topology[lp].host]
    if vp < 0 and host.nodes > 1:
        vp = _most_behind(w, lp, host.first_lp, host.first_lp + host.lps)
    return vp


@part
def _most_behind(w: Tables, lp: int, low: int, high: int) -> int:
    """Return the VP most behind in the lists of LPs from `low` up to, not including, `high` that `lp` may run; or NOBODY."""
    topology = w.lp_topology[lp]
    best, due = NOBODY, NEVER
    for i in range(topology.first_set, topology.first_set + topology.sets):
        affinity = w.sets_of_lp[i]
        if w.affinity_sets[affinity].waiting == 0:
            continue
        run_list = first_due_among(w, affinity, list_of(w, affinity, low), list_of(w, affinity, high))
        if run_list < 0:
            continue
        vp = at_head(w, run_list)
        vp_due = w.in_line[vp].due_ns + moved_on(w, vp)
        if best < 0 or vp_due < due:
            best, due = vp, vp_due
    return best


@part
def _of_companion(w: Tables, affinity: int, beside: int) -> int:
    """Return the first VP of set `affinity` in the list of `beside`; NOBODY if there is none."""
    if not has_bit(w.set_members[affinity, beside // WORD_BITS], beside):
        return NOBODY
    return _first_ripe(w, list_of(w, affinity, beside))


@part
def _earlier(w: Tables, one: int, other: int) -> int:
    """Return the one of two VPs, either of which may be NOBODY, that comes first, though they be of different sets."""
    if one < 0 or other < 0:
        return other if one < 0 else one
    a, b = w.in_line[one], w.in_line[other]
    a_key, b_key = a.key_ns + moved_on(w, one), b.key_ns + moved_on(w, other)
    return other if b_key < a_key or (b_key == a_key and b.order < a.order) else one


@part
def _first_ripe(w: Tables, run_list: int) -> int:
    """Give those of `run_list` that have stood aside long enough their places; return its first VP, or NOBODY."""
    turns = w.lps[w.list_heads[run_list, LP]].turns
    vp = w.list_heads[run_list, FIRST_WOKEN]
    if vp >= 0 and w.in_line[vp].waits_for <= turns:
        affinity = w.vp_controls[vp].affinity_set
        while vp >= 0 and w.in_line[vp].waits_for <= turns:
            come_from_aside(w, run_list, vp)
            w.in_line[vp].waits_for = NOBODY
            w.list_heads[run_list, FIRST] = join_heap(w, w.list_heads[run_list, FIRST], vp)
            vp = w.list_heads[run_list, FIRST_WOKEN]
        _tell(w, affinity, run_list)
    return at_head(w, run_list)


@small
def at_head(w: Tables, run_list: int) -> int:
    """Return the first VP of `run_list`, one that stands aside if there is no other; NOBODY if it is empty."""
    vp = w.list_heads[run_list, FIRST]
    return int(vp if vp >= 0 else w.list_heads[run_list, FIRST_WOKEN])


@part
def _tell(w: Tables, affinity: int, run_list: int) -> None:
    """Bring the tree of set `affinity` up to date with the first VP of `run_list`."""
    vp = w.list_heads[run_list, FIRST]
    if vp >= 0:
        set_due(w, affinity, run_list, w.in_line[vp].due_ns)
    else:
        set_due(w, affinity, run_list, _ONLY_WOKEN if w.list_heads[run_list, FIRST_WOKEN] >= 0 else NEVER)
