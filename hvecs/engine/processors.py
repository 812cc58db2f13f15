"""Build the processors: cache domains with their speeds, and affinity sets."""

from typing import Any

import numpy as np

from components import NOBODY, AffinitySet, CacheDomain, Costs, LpTopology, NumaNode
from components.archetypes import AFFINITY_SET, CACHE_DOMAIN, NUMA_NODE
from hvecs.engine.numa import lps_per_node
from hvecs.engine.plan import PartitionPlan, is_native
from hvecs.engine.world import World
from hvecs.spec.scenario import Scenario
from systems.guest.cache_domain import FULL_SPEED

_WORD_BITS = 64


def build_domains(world: World, scenario: Scenario) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Make a cache domain of every socket; return the speeds (2^-20) of domains by number of busy LPs."""
    per_socket = scenario.host.lps_per_socket
    sockets = scenario.host.lps // per_socket
    world.spawn("cache domain", CACHE_DOMAIN, sockets)
    world.columns[LpTopology].domain = np.arange(scenario.host.lps) // per_socket
    world.columns[CacheDomain].first_speed = 0
    return _speeds(scenario, per_socket)


def build_cores(world: World, scenario: Scenario) -> None:
    """Make the NUMA nodes, pair the LPs of each core, and set the pace of busy siblings."""
    host, per_node = scenario.host, lps_per_node(scenario)
    numbers = np.arange(host.lps)
    topology = world.columns[LpTopology]
    topology.sibling = numbers ^ 1 if host.threads_per_core > 1 else NOBODY
    topology.node = numbers // per_node
    world.spawn("NUMA node", NUMA_NODE, host.numa_nodes)
    world.columns[NumaNode].first_lp = np.arange(host.numa_nodes) * per_node
    world.columns[NumaNode].lps = per_node
    costs = world.columns[Costs][0]
    costs.sibling_pace = max(1, round(FULL_SPEED * host.smt_yield / 2))


def _speeds(scenario: Scenario, lps: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the speed for 0 to `lps` busy LPs: 1 / ((1 + interference x (busy - 1) / (lps - 1)) x (1 + nested paging))."""
    costs = scenario.host.costs
    paging = 0.0 if is_native(scenario) else costs.nested_paging / 100
    busy = np.maximum(np.arange(lps + 1), 1)
    crowding = costs.interference / 100 * (busy - 1) / max(1, lps - 1)
    speeds: np.ndarray[Any, np.dtype[np.int64]] = np.rint(
        FULL_SPEED / ((1 + crowding) * (1 + paging))
    ).astype(np.int64)
    return speeds


class AffinitySets:
    """The distinct sets of LPs that VPs may use; set 0 is all of them."""

    def __init__(self, lps: int) -> None:
        """Begin with the set of all `lps`."""
        self.lps = lps
        self.sets: dict[tuple[tuple[int, ...], str], int] = {(tuple(range(lps)), ""): 0}
        self.vps_in: list[int] = [0]

    def join(self, lps: tuple[int, ...], group: str) -> int:
        """Return the number of the set of `lps` (all of them if empty) for one more VP of CPU group `group`."""
        key = (lps or tuple(range(self.lps)), group)
        number = self.sets.setdefault(key, len(self.sets))
        if number == len(self.vps_in):
            self.vps_in.append(0)
        self.vps_in[number] += 1
        return number


def collect_affinity(plans: tuple[PartitionPlan, ...], lps: int) -> tuple[AffinitySets, list[int]]:
    """Return the sets of all guest VPs, and the set of each VP in order (0 for root VPs, which never queue)."""
    sets = AffinitySets(lps)
    joined = [0 if vp.tied_lp >= 0 else sets.join(vp.lps, vp.group) for plan in plans for vp in plan.vps]
    return sets, joined


def build_affinity(world: World, sets: AffinitySets) -> tuple[Any, Any]:
    """Make the affinity sets; return their members as words of bits, and the list of sets by LP."""
    world.spawn("affinity set", AFFINITY_SET, len(sets.sets))
    assert len(world.columns[AffinitySet]) == len(sets.vps_in)  # noqa: S101
    words = -(-sets.lps // _WORD_BITS)
    members = np.zeros((len(sets.sets), words), np.uint64)
    of_lp: list[list[int]] = [[] for _ in range(sets.lps)]
    for (lps, _), number in sets.sets.items():
        for lp in lps:
            members[number, lp // _WORD_BITS] |= np.uint64(1 << lp % _WORD_BITS)
            of_lp[lp].append(number)
    counts = np.array([len(numbers) for numbers in of_lp], np.int64)
    topology = world.columns[LpTopology]
    topology.sets = counts
    topology.first_set = np.cumsum(counts) - counts
    return members, np.array([number for numbers in of_lp for number in numbers], np.int64)
