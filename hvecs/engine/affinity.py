"""Build the affinity sets: the LPs that VPs may use, those of a host one after the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components import AffinitySet, LpTopology
from hvecs.engine.hosts import HostPlan
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from systems.kernels.bits import WORD_BITS


@dataclass
class SetPlan:
    """The LPs that VPs of one CPU group, or of none, may use; how many VPs do."""

    host: int
    lps: tuple[int, ...]
    group: str = ""
    vps: int = 0


class AffinitySets:
    """The distinct sets of LPs that VPs may use; the first of each host is all of them."""

    def __init__(self, hosts: Sequence[HostPlan]) -> None:
        """Begin with the set of all LPs of each host."""
        self._hosts = hosts
        self._found = [{(tuple(each.lps), ""): SetPlan(each.number, tuple(each.lps))} for each in hosts]

    def join(self, host: int, lps: tuple[int, ...], group: str) -> SetPlan:
        """Return the set of `lps` (all of the host if empty) for one more VP of CPU group `group`."""
        lps = lps or tuple(self._hosts[host].lps)
        found = self._found[host].setdefault((lps, group), SetPlan(host, lps, group))
        found.vps += 1
        return found

    def joined_by(self, plans: tuple[PartitionPlan, ...]) -> Iterator[SetPlan]:
        """Give the set of each VP of these plans."""
        for plan in plans:
            for vp in plan.vps:
                yield self.all_of(plan.host) if vp.tied_lp >= 0 else self.join(plan.host, vp.lps, vp.group)

    def all_of(self, host: int) -> SetPlan:
        """Return the set of all LPs of a host."""
        return next(iter(self._found[host].values()))

    def in_order(self) -> list[SetPlan]:
        """Return all sets in the order of their rows."""
        return [found for of_host in self._found for found in of_host.values()]


def collect_affinity(
    plans: tuple[PartitionPlan, ...],
    hosts: Sequence[HostPlan],
    elsewhere: Sequence[tuple[PartitionPlan, ...]] = (),
) -> tuple[list[SetPlan], list[int], list[int]]:
    """Return the sets of all guest VPs, and the set of each VP in order (the first of its host for root VPs, which never queue).

    `elsewhere` are the plans of all partitions again, for each host that guests may come to; of them the last list has the sets.
    """
    sets = AffinitySets(hosts)
    joined = list(sets.joined_by(plans))
    come = [found for there in elsewhere for found in sets.joined_by(there)]
    rows = sets.in_order()
    numbers = {id(found): number for number, found in enumerate(rows)}
    return rows, [numbers[id(found)] for found in joined], [numbers[id(found)] for found in come]


def words_of(lps: Iterable[int], words: int) -> Any:
    """Return so many words of bits, in which those of `lps` are 1."""
    found = np.zeros(words, np.uint64)
    for lp in lps:
        found[lp // WORD_BITS] |= np.uint64(1 << lp % WORD_BITS)
    return found


def build_affinity(world: World, sets: Sequence[SetPlan]) -> tuple[Any, Any]:
    """Make the affinity sets; return their members as words of bits, and the list of sets by LP."""
    world.spawn("affinity set", len(sets))
    world.columns[AffinitySet].host = [each.host for each in sets]
    topology = world.columns[LpTopology]
    members = np.zeros((len(sets), -(-len(topology) // WORD_BITS)), np.uint64)
    of_lp: list[list[int]] = [[] for _ in topology]
    for number, each in enumerate(sets):
        members[number] = words_of(each.lps, members.shape[1])
        for lp in each.lps:
            of_lp[lp].append(number)
    counts = np.array([len(numbers) for numbers in of_lp], np.int64)
    topology.sets = counts
    topology.first_set = np.cumsum(counts) - counts
    return members, np.array([number for numbers in of_lp for number in numbers], np.int64)
