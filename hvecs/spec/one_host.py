"""Each of several hosts as a scenario of one host: with its guests, and what befalls them; so that a rule of a host is written once."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hvecs.spec.host_tables import HOST
from hvecs.spec.lives import GuestNames
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault, Steps
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.tier import Tier
from hvecs.spec.tier_guests import members_of


class OneHost(NamedTuple):
    """A host by itself: its number among all, its name if there are others, the scenario of it alone, and of each block the index in that of all."""

    number: int
    name: str
    scenario: Scenario
    blocks: tuple[int, ...]

    def located(self, fault: Fault) -> Fault:
        """Say of a fault of the host where it lies in the scenario of all, and of which host it is one if that is not where it lies."""
        of = f" (host {self.name})" if self.name and fault.steps[0] != HOST else ""
        return Fault(self._whole(fault.steps), fault.message + of, tuple(map(self._whole, fault.needs)))

    def _whole(self, steps: Steps) -> Steps:
        first, *inside = steps
        if first == HOST:
            return (HOST, self.number, *inside)
        if first == "partition" and inside:
            return (first, self.blocks[int(inside[0])], *inside[1:])
        return steps


def one_by_one(scenario: Scenario, host_of: Mapping[str, int]) -> Iterator[OneHost]:
    """Give each host with the guests that are on it by `host_of`; the only host of a scenario as it is."""
    if len(scenario.hosts) == 1:
        yield OneHost(0, "", scenario, tuple(range(len(scenario.partition))))
        return
    names = GuestNames(scenario)
    for index, host in enumerate(scenario.hosts):
        own = [
            (number, piece)
            for number, block in enumerate(scenario.partition)
            for piece in _pieces(block, [name for name in guest_names(block) if host_of.get(name) == index])
        ]
        tiers = (_part(tier, names, host_of, index) for tier in scenario.tier)
        update = {
            "hosts": (host,),
            "partition": tuple(piece for _, piece in own),
            "tier": tuple(tier for tier in tiers if tier.guests),
        }
        alone, blocks = scenario.model_copy(update=update), tuple(number for number, _ in own)
        yield OneHost(index, host.name or f"host[{index}]", alone, blocks)


def _pieces(block: Partition, names: list[str]) -> Iterator[Partition]:
    """Give a block if all of its guests are on the host, else each of those that are as a block of its own."""
    if len(names) == block.guests:
        if names:
            yield block
        return
    for name in names:
        yield block.model_copy(update={"name": name, "count": None})


def _part(tier: Tier, names: GuestNames, host_of: Mapping[str, int], index: int) -> Tier:
    """Give a tier with its guests of one host; those that are on at the beginning are so."""
    members = [name for name, _ in members_of(names, tier)]
    own = tuple(name for name in members if host_of.get(name) == index)
    scaling = tier.scaling
    if scaling is not None:
        on = set(members[: scaling.first])
        scaling = scaling.model_copy(update={"start": sum(name in on for name in own)})
    return tier.model_copy(update={"guests": own, "scaling": scaling})
