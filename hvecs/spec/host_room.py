"""What guests leave of a host to further guests while they are on: memory, processor time that is reserved, numbers."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hvecs.spec.host import Host
from hvecs.spec.limits import LIMITS, RUNNING_GUESTS, VPS_IN_USE
from hvecs.spec.lives import Span
from hvecs.spec.partition import Partition
from hvecs.spec.reserves import kept_reserve
from hvecs.spec.room import frames_for_guests, frames_of, node_preference, nodes_kept_to

_GUESTS, _VPS, _RESERVE, _LOAD = range(4)
_NODES: Final = 4
"""Where the amounts of memory begin, one a node."""
_UNITS: Final = 1_000_000
"""Shares are added up in whole millionths, so that what is taken and given back leaves nothing, and equal sums are equal."""


@dataclass
class HostRoom:
    """One host, and what its guests take of it over time.

    From each of `_times` to the next, a level of `_levels` is taken: amounts, which are a list: guests, VPs, reserve and expected load (LPs / 1,000,000), and memory (frames) of each node that guests must keep to.
    """

    host: Host

    def __post_init__(self) -> None:
        """Work out what the host has; nothing is taken yet."""
        self._groups = {group.name: group.logical_processors for group in self.host.cpu_group}
        self._frames = frames_for_guests(self.host)
        self._times = [0]
        self._levels = [[0] * (_NODES + len(self._frames))]

    def lacks(self, block: Partition, spans: Sequence[Span]) -> str:
        """Say what a guest that is on in `spans` does not find on the host; nothing if it fits."""
        processor, host = block.processor, self.host
        if processor.affinity and max(processor.affinity) >= host.lps:
            return f"there is no LP {max(processor.affinity)}"
        if processor.threads_per_core > host.threads_per_core:
            return f"cores have one thread, not {processor.threads_per_core}"
        if processor.group and processor.group not in self._groups:
            return f"there is no CPU group {processor.group}"
        taken = self._taken(spans)
        reserve = self._reserve(block)
        left = max(0, host.lps * _UNITS - taken[_RESERVE])
        if reserve > left:
            return f"a reserve of {reserve / _UNITS:g} LPs is wanted, {left / _UNITS:g} are left"
        if host.limits in LIMITS and (
            taken[_GUESTS] >= RUNNING_GUESTS or taken[_VPS] + block.virtual_processors > VPS_IN_USE
        ):
            return f'limits = "{host.limits}" allow no more guests'
        return self._lacking_memory(block, taken)

    def take(self, block: Partition, spans: Sequence[Span], load: float) -> None:
        """Put a guest on the host, whether it fits or not."""
        shares = (self._reserve(block), round(load * _UNITS))
        amounts = [1, block.virtual_processors, *shares, *[0] * len(self._frames)]
        amounts[_NODES + self._node(block, self._taken(spans))] = self._need(block)
        for span in spans:
            begin = self._level_from(span.start)
            end = len(self._times) if span.stop is None else self._level_from(span.stop)
            for at in range(begin, end):
                self._levels[at] = [was + more for was, more in zip(self._levels[at], amounts, strict=True)]

    def memory_left(self, spans: Sequence[Span]) -> int:
        """Give the memory (bytes) that is left in `spans`; below zero where more is given out than there is."""
        return (sum(self._frames) - sum(self._taken(spans)[_NODES:])) * self.host.page

    def load(self, spans: Sequence[Span]) -> float:
        """Give the expected load (LPs) of the guests that are on in `spans`, where it is largest."""
        return self._taken(spans)[_LOAD] / _UNITS

    def _lacking_memory(self, block: Partition, taken: Sequence[int]) -> str:
        node = self._node(block, taken)
        need, left = self._need(block), self._frames[node] - taken[_NODES + node]
        if need <= left:
            return ""
        where = f" on NUMA node {node}" if len(self._frames) > 1 else ""
        wanted, had = (f"{each * self.host.page >> 20} MiB" for each in (need, max(0, left)))
        return f"{wanted} of memory are wanted, {had} are left{where}"

    def _node(self, block: Partition, taken: Sequence[int]) -> int:
        """Give the node that a guest would keep to; if it fits one at all, one that it fits."""
        nodes = nodes_kept_to(self.host)
        if nodes == 1:
            return 0
        per_node = max(1, self.host.lps // nodes)
        lps = block.processor.affinity or self._groups.get(block.processor.group, ())
        allowed = {lp // per_node for lp in lps} & set(range(nodes)) or set(range(nodes))
        left = [had - used for had, used in zip(self._frames, taken[_NODES:], strict=True)]
        return min(allowed, key=lambda at: node_preference(at, left, [0] * nodes, self._need(block)))

    def _need(self, block: Partition) -> int:
        return frames_of(block, block.startup_memory, self.host.page)

    def _reserve(self, block: Partition) -> int:
        kept = kept_reserve(block, self.host)
        return round(kept * block.virtual_processors * _UNITS / 100)

    def _level_from(self, time: int) -> int:
        """Give the place of the level that begins at a time; it is parted off the one before if there is none."""
        at = bisect_left(self._times, time)
        if at == len(self._times) or self._times[at] != time:
            self._times.insert(at, time)
            self._levels.insert(at, self._levels[at - 1])
        return at

    def _taken(self, spans: Sequence[Span]) -> list[int]:
        """Give the most that is taken of each amount at any time in `spans`."""
        levels = [[0] * (_NODES + len(self._frames))]
        for span in spans:
            begin = bisect_right(self._times, span.start) - 1
            end = len(self._times) if span.stop is None else bisect_left(self._times, span.stop)
            levels += self._levels[begin:end]
        return [max(amounts) for amounts in zip(*levels, strict=True)]
