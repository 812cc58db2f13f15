"""Which guests serve which tiers."""

from collections.abc import Iterator

from hvecs.spec.lives import GuestNames
from hvecs.spec.partition import Partition
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.tier import Tier


def members_of(names: GuestNames, tier: Tier) -> Iterator[tuple[str, int]]:
    """Give the names of the guests of a tier in the order of its file, each once, with the index of the entry that names it."""
    seen: set[str] = set()
    for index, entry in enumerate(tier.guests):
        for name in names.meant_by(entry):
            if name not in seen:
                seen.add(name)
                yield name, index


def serving(scenario: Scenario) -> dict[str, list[Tier]]:
    """Give the tiers of each guest that serves any, by its name."""
    found: dict[str, list[Tier]] = {}
    if not scenario.tier:
        return found
    names = GuestNames(scenario)
    for tier in scenario.tier:
        for name, _ in members_of(names, tier):
            found.setdefault(name, []).append(tier)
    return found


def takes_turns(scenario: Scenario, block: Partition) -> bool:
    """Tell whether requests of a tier take turns on the VPs of a guest of `block`."""
    served = serving(scenario)
    return any(tier.order == "round-robin" for name in guest_names(block) for tier in served.get(name, ()))


def started_by_tiers(scenario: Scenario) -> set[str]:
    """Name the guests that are off when the run begins, until their tier starts them."""
    names = GuestNames(scenario) if any(tier.scaling for tier in scenario.tier) else None
    return {
        name
        for tier in scenario.tier
        if tier.scaling is not None and names is not None
        for name, _ in list(members_of(names, tier))[tier.scaling.first :]
    }
