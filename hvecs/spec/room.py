"""Which guests will find no memory when they are started: their starts and stops gone through before the run.

Exact where all memory is static. Guests with Dynamic Memory may, once they report, hold anything between their bounds. So there are two
sums: what can be had at most, and what is there for sure. A guest that is named here finds too little at most, at its start and whenever
that is tried again, and does not start; one that is not named may still not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from hvecs.spec.host import Host
from hvecs.spec.lives import Lives
from hvecs.spec.memory import LARGE_PAGE
from hvecs.spec.partition import Partition
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.tier_guests import started_by_tiers

_NEVER = 1 << 62
CLUSTER_TRIES = 3
CLUSTER_DELAY = 500_000_000
CLUSTER_PAUSE = 3_600_000_000_000
"""How a cluster tries again [CLUS], as the kernels of memory do."""


@dataclass(frozen=True)
class Denial:
    """A guest that does not start: what it needs and what it can have (bytes); `node` is the one that it must keep to."""

    name: str
    block: int
    needed: int
    available: int
    node: int | None = None

    @property
    def reason(self) -> str:
        """Say why."""
        where = (
            ""
            if self.node is None
            else f" on NUMA node {self.node}, which it may not leave (host.numa_spanning)"
        )
        return f"it needs {self.needed >> 20} MiB, and {self.available >> 20} MiB can be had{where}"


def denials(scenario: Scenario) -> Iterator[Denial]:
    """Find the guests that will not start within the run, in the order in which they should.

    A start that is refused is tried again, as `host.dynamic_memory.start_policy` says. Whether a tier starts a guest is not known before.
    """
    room, found, nodes = _Room(scenario), dict[str, Denial](), dict[str, int]()
    lives, later = Lives(scenario), started_by_tiers(scenario)
    guests = [
        (index, name, span)
        for index, block in enumerate(scenario.partition)
        for name in guest_names(block)
        if name not in later
        for span in lives.of(name, block)
    ]
    tries = [(span.start, 0, span.start, order) for order, (_, _, span) in enumerate(guests)]
    heapify(tries)
    while tries and tries[0][0] <= scenario.scenario.duration:
        now, count, start, order = heappop(tries)
        index, name, span = guests[order]
        block, stop = scenario.partition[index], _NEVER if span.stop is None else span.stop
        if now >= stop:
            continue
        room.advance(now)
        if name not in nodes:
            nodes[name] = room.planned(block, stop)
        node = nodes[name]
        needed, available = room.frames(block, block.startup_memory), room.at_most[node]
        if needed <= available:
            room.take(block, node, now, stop, for_sure=needed <= room.for_sure[node])
            found.pop(name, None)
            continue
        page = scenario.host.page
        found[name] = Denial(name, index, needed * page, available * page, node if room.nodes > 1 else None)
        again = _next_try(scenario, now, count + 1, room.next_change)
        if again is not None:
            heappush(tries, (again, count + 1, start, order))
    yield from sorted(found.values(), key=lambda each: scenario.partition[each.block].start)


def node_preference(
    node: int, left: Sequence[int], vps: Sequence[int], size: int
) -> tuple[bool, int, int, int]:
    """Give the place of a node in the order in which a guest of `size` prefers them: room, few VPs, much memory left."""
    return left[node] < size, vps[node], -left[node], node


def nodes_kept_to(host: Host) -> int:
    """Give the number of parts that a guest must find its memory in one of: the nodes of a host whose guests may not span them, else 1."""
    return 1 if host.numa_spanning else host.numa_nodes


def frames_for_guests(host: Host) -> list[int]:
    """Give the frames that the root leaves, of each node that guests must keep to."""
    nodes, total = nodes_kept_to(host), host.memory // host.page
    reserve = 0 if host.hypervisor == "none" else host.root_reserve_bytes
    root = -(-reserve // host.page)
    return [
        (n + 1) * total // nodes - n * total // nodes - (root + nodes - 1 - n) // nodes for n in range(nodes)
    ]


def frames_of(block: Partition, size: int, page: int) -> int:
    """Give the frames of `page` bytes that hold an amount, in whole blocks of 2 MiB with Dynamic Memory."""
    unit = 1 if block.dynamic_memory is None else LARGE_PAGE // page
    return -(-size // (page * unit)) * unit


def _next_try(scenario: Scenario, now: int, refusals: int, change: int | None) -> int | None:
    """Give when a start that was just refused for the `refusals`-th time is tried again with any prospect.

    What can be had grows by changes alone, of which `change` is the next that is known; starts meanwhile take, and give back as much.
    """
    balancing = scenario.host.dynamic_memory
    match balancing.start_policy:
        case "once":
            return None
        case "cluster":
            return now + (CLUSTER_PAUSE if refusals % (CLUSTER_TRIES + 1) == 0 else CLUSTER_DELAY)
    every = balancing.start_retry
    return None if change is None else now + max(1, -(-(change - now) // every)) * every


class _Room:
    """What guests can have, in frames: of the host, or, where guests may not span nodes, of each node."""

    def __init__(self, scenario: Scenario) -> None:
        host = scenario.host
        self._host = host
        self._groups = {group.name: group.logical_processors for group in host.cpu_group}
        self.nodes = nodes = nodes_kept_to(host)
        reserve = 0 if host.hypervisor == "none" else host.root_reserve_bytes
        self.at_most = frames_for_guests(host)
        self.for_sure = list(self.at_most)
        self._left = [(host.memory - reserve) // nodes] * nodes
        self._vps = [0] * nodes
        self._changes: list[tuple[int, int, int, int]] = []
        self._planned: list[tuple[int, int, int, int]] = []

    @property
    def next_change(self) -> int | None:
        """When what can be had grows next, as far as is known; None if it does not."""
        return self._changes[0][0] if self._changes else None

    def advance(self, now: int) -> None:
        """Make the changes that are due by `now`: guests that stop, or report for the first time."""
        while self._changes and self._changes[0][0] <= now:
            _, node, at_most, for_sure = heappop(self._changes)
            self.at_most[node] += at_most
            self.for_sure[node] += for_sure
        while self._planned and self._planned[0][0] <= now:
            _, node, size, vps = heappop(self._planned)
            self._left[node] += size
            self._vps[node] -= vps

    def frames(self, block: Partition, size: int) -> int:
        """Give the frames that hold an amount."""
        return frames_of(block, size, self._host.page)

    def planned(self, block: Partition, stop: int) -> int:
        """Give the node that a guest must keep to, of those on which its VPs may run."""
        if self.nodes == 1:
            return 0
        per_node = self._host.lps // self.nodes
        lps = block.processor.affinity or self._groups.get(block.processor.group, ())
        allowed = {lp // per_node for lp in lps} or set(range(self.nodes))
        size, vps = block.startup_memory, block.virtual_processors
        node = min(allowed, key=lambda at: node_preference(at, self._left, self._vps, size))
        if size <= sum(self._left):
            self._left[node] -= size
            self._vps[node] += vps
            heappush(self._planned, (stop, node, size, vps))
        return node

    def take(self, block: Partition, node: int, now: int, stop: int, *, for_sure: bool) -> None:
        """Give a guest its startup memory until it stops; one that may not get it takes nothing of what can be had at most."""
        held, dynamic = self.frames(block, block.startup_memory), block.dynamic_memory
        counts = int(for_sure)
        self.at_most[node] -= held * counts
        self.for_sure[node] -= held
        least = most = held
        first_report = now + self._host.dynamic_memory.first_report
        if dynamic is not None and first_report < stop:
            least, most = self.frames(block, dynamic.minimum), max(held, self.frames(block, dynamic.maximum))
            heappush(self._changes, (first_report, node, (held - least) * counts, held - most))
        heappush(self._changes, (stop, node, least * counts, most))
