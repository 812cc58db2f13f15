"""Winner trees: of an affinity set's run lists, the one whose first VP is due first, without a look at the others.

A tree is a complete binary tree over the set's LPs in their order. Each node holds the list below it that is due first, of equals that of
the lower LP; so the lists of a NUMA node, adjacent LPs, are some log2(n) subtrees.
"""

from components.declare import NEVER, NOBODY
from systems.kernels.jit import part, small
from systems.state.tables import Tables

WINNER, DUE = range(2)


@part
def set_due(w: Tables, affinity: int, run_list: int, due_ns: int) -> None:
    """Note when the first VP of `run_list` of set `affinity` is due; NEVER if there is none."""
    a = w.affinity_sets[affinity]
    node = a.leaves + run_list - a.first_list
    if w.list_trees[a.tree + node, DUE] == due_ns:
        return
    w.list_trees[a.tree + node, DUE] = due_ns
    while node > 1:
        node >>= 1
        left, right = a.tree + 2 * node, a.tree + 2 * node + 1
        best = left if w.list_trees[left, DUE] <= w.list_trees[right, DUE] else right
        at = a.tree + node
        due, winner = w.list_trees[best, DUE], w.list_trees[best, WINNER]
        if w.list_trees[at, DUE] == due and w.list_trees[at, WINNER] == winner:
            return
        w.list_trees[at, DUE] = due
        w.list_trees[at, WINNER] = winner


@small
def first_due(w: Tables, affinity: int) -> int:
    """Return the list of set `affinity` that is due first; NOBODY if all are empty."""
    root = w.affinity_sets[affinity].tree + 1
    return int(w.list_trees[root, WINNER]) if w.list_trees[root, DUE] < NEVER else NOBODY


@part
def first_due_among(w: Tables, affinity: int, low: int, high: int) -> int:
    """Return the one due first of the set's lists from `low` up to, not including, `high`; NOBODY if all are empty."""
    a = w.affinity_sets[affinity]
    left, right = a.leaves + low - a.first_list, a.leaves + high - a.first_list
    found, due = NOBODY, NEVER
    while left < right:
        if left & 1:
            if w.list_trees[a.tree + left, DUE] < due:
                found, due = w.list_trees[a.tree + left, WINNER], w.list_trees[a.tree + left, DUE]
            left += 1
        if right & 1:
            right -= 1
            if w.list_trees[a.tree + right, DUE] < due:
                found, due = w.list_trees[a.tree + right, WINNER], w.list_trees[a.tree + right, DUE]
        left >>= 1
        right >>= 1
    return int(found)
