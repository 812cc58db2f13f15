"""Which rows are whose of several hosts, and each host as the only one of a scenario."""

from collections.abc import Sequence
from dataclasses import dataclass

from hvecs.spec.host import Host
from hvecs.spec.scenario import Scenario


@dataclass(frozen=True)
class HostPlan:
    """A host: its number, the scenario as if it were the only one, with all guests, and where its rows begin."""

    number: int
    alone: Scenario
    first_lp: int
    first_node: int

    @property
    def host(self) -> Host:
        """What the file says of it."""
        return self.alone.host

    @property
    def lps(self) -> range:
        """The rows of its LPs."""
        return range(self.first_lp, self.first_lp + self.host.lps)

    @property
    def nodes(self) -> range:
        """The rows of its NUMA nodes."""
        return range(self.first_node, self.first_node + self.host.numa_nodes)

    @property
    def root(self) -> int:
        """The row of its root, if it has one."""
        return self.number


def plan_hosts(scenario: Scenario) -> tuple[HostPlan, ...]:
    """Give the hosts in file order. The LPs of those with two threads a core come first: the two of a core are rows 2n and 2n + 1."""
    hosts = scenario.hosts
    by_threads = sorted(range(len(hosts)), key=lambda number: hosts[number].threads_per_core == 1)
    first_lp = _begins([hosts[number].lps for number in by_threads])
    first_of = dict(zip(by_threads, first_lp, strict=True))
    first_node = _begins([host.numa_nodes for host in hosts])
    return tuple(
        HostPlan(number, _alone(scenario, number), first_of[number], first_node[number])
        for number in range(len(hosts))
    )


def _begins(counts: Sequence[int]) -> list[int]:
    """Give where each of several runs of rows begins."""
    return [sum(counts[:number]) for number in range(len(counts))]


def _alone(scenario: Scenario, number: int) -> Scenario:
    if len(scenario.hosts) == 1:
        return scenario
    return scenario.model_copy(update={"hosts": (scenario.hosts[number],)})
