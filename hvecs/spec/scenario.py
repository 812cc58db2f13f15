from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from hvecs.spec.devices import Network, Storage
from hvecs.spec.event import Event
from hvecs.spec.host import Host, Root
from hvecs.spec.kinds import Choice, Count, Text
from hvecs.spec.live_migration import Cluster
from hvecs.spec.moments import Moment
from hvecs.spec.partition import Partition
from hvecs.spec.rules import OwnRule
from hvecs.spec.table import Table, key, one_or_more, read_one_or_more
from hvecs.spec.tier import Tier
from hvecs.spec.units import HOUR, US, Duration

BY_LOAD = "by-load"
PLACEMENTS = ("first-fit", "by-memory", BY_LOAD)
DEFAULT_PLACEMENT = PLACEMENTS[0]


class Run(Table):
    """The [scenario] table: what is simulated, for how long and how finely."""

    name: Annotated[
        str,
        Text(
            "a name of 1 to 100 letters, digits, spaces, . _ and -, usable as a folder's",
            "[A-Za-z0-9_-](?:[A-Za-z0-9._ -]{0,98}[A-Za-z0-9_-])?",
        ),
    ] = key("name of the scenario, and of its folder of results")
    purpose: Annotated[str, Text()] = key("what the scenario is for", "")
    duration: Annotated[int, Duration(low=1)] = key(
        "simulated time; a run with closed workloads ends once all have finished", "1 h"
    )
    warm_up: Annotated[int, Duration()] = key("time left out of outcomes; the tables keep it", "0 s")
    step: Annotated[int, Duration(low=US, high=HOUR)] = key("system step", "10 ms")
    sample: Annotated[int, Duration(low=US)] = key("sampling interval of the counter tables", "10 s")
    seed: Annotated[int, Count(0, 2**63 - 1)] = key("seed of every random stream", 1)
    start_time: Annotated[datetime | None, Moment()] = key(
        "what simulated time 0 is on the wall: time stamps in tables and exports; without it there are none",
        None,
    )
    placement: Annotated[str | None, Choice(PLACEMENTS)] = key(
        "which host each guest without a host of its own is on, where there are several (guide hosts); without it first-fit",
        None,
    )
    trace: tuple[Annotated[str, Choice(("dispatch", "intercept", "memory_operation"))], ...] = key(
        "event tables to write", ()
    )


@dataclass(frozen=True, slots=True)
class Guest:
    """One guest: its name, and the block that describes it and perhaps others."""

    name: str
    block: Partition


class Scenario(Table):
    """A scenario file, parsed: durations in ns, sizes in bytes, shares in percent, rates per second."""

    scenario: Run = key("what is simulated")
    hosts: Annotated[tuple[Host, ...], BeforeValidator(read_one_or_more)] = one_or_more(
        "host", "the machine and its hypervisor; or several machines, each a [[host]]"
    )
    root: Root = key("the root partition: its own load", {})
    partition: tuple[Partition, ...] = key("the guests", ())
    storage: tuple[Storage, ...] = key("volumes that disks of several guests lie on", ())
    network: tuple[Network, ...] = key("NICs that guests share, with their virtual switches", ())
    rule: tuple[OwnRule, ...] = key("rules of your own for the verdict, beside those of hvecs show rules", ())
    cluster: Cluster = key("what holds for all hosts as the nodes of a failover cluster", {})
    tier: tuple[Tier, ...] = key("streams of requests over several guests", ())
    event: tuple[Event, ...] = key("what is changed while the host runs", ())

    @property
    def host(self) -> Host:
        """The only host, or the first of several: what must be alike on all hosts is that of any."""
        return self.hosts[0]

    def guests(self) -> tuple[Guest, ...]:
        """List the guests in file order, with counts expanded to name-0, name-1 …."""
        return tuple(Guest(name, block) for block in self.partition for name in guest_names(block))


def guest_names(block: Partition) -> list[str]:
    """Give the names of a block's guests: its own, or with count its own and -0, -1 …."""
    if block.count is None:
        return [block.name]
    return [f"{block.name}-{index}" for index in range(block.count)]
