"""Build the run lists: their parts by affinity set, the trees over them, and the list in which each VP waits at first."""

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

import components
from components import NEVER, NOBODY
from components.partition import NO_WORKLOAD
from hvecs.engine.world import World
from systems.scheduling.aside import LP
from systems.scheduling.list_trees import WINNER
from systems.scheduling.reserves import REFERENCE_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = 4

Array = np.ndarray[Any, Any]


def build_run_lists(
    world: World, sets: list[tuple[int, ...]], set_members: Array, sets_of_lp: Array
) -> dict[str, Array]:
    """Make a list for each LP of each affinity set, `sets` by their numbers, and a tree over the lists of each set."""
    lps_in = np.array([len(lps) for lps in sets], np.int64)
    leaves = np.array([1 << max(0, len(lps) - 1).bit_length() for lps in sets], np.int64)
    rows = world.columns[components.AffinitySet]
    rows.lists, rows.first_list = lps_in, np.cumsum(lps_in) - lps_in
    rows.leaves, rows.tree = leaves, np.cumsum(2 * leaves) - 2 * leaves
    heads = np.full((int(lps_in.sum()), _COLUMNS), NOBODY, np.int64)
    heads[:, LP] = [lp for lps in sets for lp in lps]
    trees = np.full((int(2 * leaves.sum()), 2), NEVER, np.int64)
    for row in rows:
        trees[row.tree : row.tree + 2 * row.leaves, WINNER] = _first_lists(row)
    return {
        "list_heads": heads,
        "list_trees": trees,
        "lists_of_lp": _lists_of_lp(world, heads, sets_of_lp),
        "ranks": np.cumsum(np.bitwise_count(set_members), axis=1, dtype=np.int64)
        - np.bitwise_count(set_members),
        "running_members": np.zeros_like(set_members),
        "away_lps": np.zeros(set_members.shape[1], np.uint64),
        "dozing_lps": np.zeros(set_members.shape[1], np.uint64),
    }


def _first_lists(row: Any) -> Array:
    """Return the winner at each node of a tree of empty lists, from node 0, which stands for nothing: the first list below it."""
    winners = np.zeros(2 * row.leaves, np.int64)
    winners[row.leaves :] = row.first_list + np.minimum(np.arange(row.leaves), row.lists - 1)
    for node in range(row.leaves - 1, 0, -1):
        winners[node] = winners[2 * node]
    return winners


def _lists_of_lp(world: World, heads: Array, sets_of_lp: Array) -> Array:
    """Return the lists of each LP in the order of its affinity sets in `sets_of_lp`, which is ascending."""
    assert len(heads) == len(sets_of_lp) == world.columns[components.LpTopology].sets.sum()  # noqa: S101
    by_lp: Array = np.argsort(heads[:, LP], kind="stable")
    return by_lp


def set_homes(world: World, sets: list[tuple[int, ...]]) -> None:
    """Deal the guest VPs out to the LPs of their nodes in turn, whole cores first; root VPs stay where they are tied.

    VPs of guests without a workload come last: they move nobody else.
    """
    identity, controls = world.columns[components.VpIdentity], world.columns[components.VpControls]
    nodes = world.columns[components.NumaNode]
    turns: dict[tuple[int, int], Iterator[int]] = {}
    homes = identity.tied_lp.copy()
    works = _works(world)
    for vp in [*np.flatnonzero((homes < 0) & works), *np.flatnonzero((homes < 0) & ~works)]:
        key = int(controls.affinity_set[vp]), int(identity.ideal_node[vp])
        if key not in turns:
            turns[key] = cycle(candidates(world, sets[key[0]], nodes[key[1]]))
        homes[vp] = next(turns[key])
    world.columns[components.VpState].home_lp = homes


def _works(world: World) -> Array:
    """Tell for each VP whether its partition has a workload."""
    works: Array = world.columns[components.PartitionLayout].workload != NO_WORKLOAD
    of_vps: Array = works[world.columns[components.VpIdentity].owner]
    return of_vps


def candidates(world: World, lps: tuple[int, ...], node: Any) -> list[int]:
    """Return the LPs of a set on a node, or all if there are none there; of each core one before the others."""
    near = [lp for lp in lps if node.first_lp <= lp < node.first_lp + node.lps] or list(lps)
    smt = world.columns[components.LpTopology].sibling[node.first_lp] >= 0
    return sorted(near, key=lambda lp: (lp % 2, lp)) if smt else near


def set_slack(world: World, host: int, slack_ns: int, *, by_weight: bool) -> None:
    """Set the slack of each VP of `host`: `slack_ns` of its LP time, in virtual time by its weight, or the mean of all guests' with a workload if that is more."""
    controls, identity = world.columns[components.VpControls], world.columns[components.VpIdentity]
    weight = np.full(len(controls), REFERENCE_WEIGHT)
    here = identity.host == host
    guests = here & (identity.tied_lp < 0) & _works(world)
    if by_weight and guests.any():
        weight = np.maximum(controls.weight, controls.weight[guests].mean().astype(np.int64))
    controls.slack_ns[here] = slack_ns * REFERENCE_WEIGHT // weight[here]
