"""Build the processors: cache domains with their clocks, cores, and affinity sets."""

from typing import Any

import numpy as np

from components import (
    NOBODY,
    AffinitySet,
    CacheDomain,
    CodeClock,
    Costs,
    GuestScheduler,
    LpTopology,
    NumaNode,
)
from components.archetypes import AFFINITY_SET, CACHE_DOMAIN, CODE_CLOCK, NUMA_NODE
from hvecs.engine.numa import lps_per_node
from hvecs.engine.plan import PartitionPlan, is_native
from hvecs.engine.world import World
from hvecs.spec.scenario import Scenario
from systems.guest.cache_domain import FULL_SPEED

_WORD_BITS = 64
_MOST_SHARE = 128  # an LP that could ask for so many times the bandwidth of its domain asks for all of it, whatever its code

Array = np.ndarray[Any, np.dtype[np.int64]]


def build_domains(world: World, scenario: Scenario, plans: tuple[PartitionPlan, ...]) -> None:
    """Make the cache domains of every socket, and in each a clock for every code that partitions run, told apart by `memory_bound`."""
    host = scenario.host
    lps, per_socket, per_cache = np.arange(host.lps), host.lps_per_socket, host.lps_per_cache
    of_socket = -(-per_socket // per_cache)
    of_lp = lps // per_socket * of_socket + lps % per_socket // per_cache
    world.columns[LpTopology].domain = of_lp
    world.spawn("cache domain", CACHE_DOMAIN, host.socket_count * of_socket)
    codes = sorted({plan.memory_bound_pct for plan in plans})
    domains = world.columns[CacheDomain]
    domains.first_clock, domains.clocks = np.arange(len(domains)) * len(codes), len(codes)
    domains.cache_bytes = host.cache.size
    domains.bus_share = _bus_shares(scenario, np.bincount(of_lp))
    world.spawn("code clock", CODE_CLOCK, len(domains) * len(codes))
    clocks = world.columns[CodeClock]
    clocks.domain = np.repeat(np.arange(len(domains)), len(codes))
    bound = np.array([_in_bits(code / 100) for code in codes], np.int64)
    paging = 0.0 if is_native(scenario) else host.costs.nested_paging / 100
    clocks.bound = np.tile(bound, len(domains))
    clocks.waiting = np.rint(clocks.bound * (1 + paging)).astype(np.int64)


def fill_code(world: World, plans: tuple[PartitionPlan, ...]) -> None:
    """Say of every partition what its code is like."""
    codes = sorted({plan.memory_bound_pct for plan in plans})
    guests = world.columns[GuestScheduler]
    guests.code = [codes.index(plan.memory_bound_pct) for plan in plans]
    guests.memory_bound = [_in_bits(plan.memory_bound_pct / 100) for plan in plans]
    guests.working_set_bytes = [plan.working_set_bytes for plan in plans]


def _in_bits(share: float) -> int:
    bits: int = round(FULL_SPEED * share)
    return bits


def _bus_shares(scenario: Scenario, lps_in: Array) -> Array:
    """Return which part (2^-20) of a domain's bandwidth one LP can ask for, given the LPs of each domain."""
    host = scenario.host
    bandwidth = host.memory_bus.bandwidth * lps_in / lps_per_node(scenario)
    shares: Array = np.rint(FULL_SPEED * np.minimum(_MOST_SHARE, host.memory_bus.per_processor / bandwidth))
    return shares.astype(np.int64)


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
