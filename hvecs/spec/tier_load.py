"""What tiers ask of their guests, in the mean of a run: from outside, and for the tiers that call them."""

from collections.abc import Callable, Collection, Iterator

from hvecs.spec.lives import GuestNames
from hvecs.spec.problems import Fault
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Tier
from hvecs.spec.tier_guests import members_of

Most = Callable[[Collection[str]], float]
"""The LPs that guests of these names can have at most together."""


def tier_loads(scenario: Scenario, most: Most) -> Iterator[Fault]:
    """Warn of tiers whose requests ask for more processor time than their guests can have."""
    if not scenario.tier:
        return
    names, coming = GuestNames(scenario), request_rates(scenario)
    for index, tier in enumerate(scenario.tier):
        offered = coming[tier.name] * (tier.service.average_ns + tier.service_after.average_ns)
        room = most({name for name, _ in members_of(names, tier)})
        if offered > room:
            message = f"comes to {offered:.3g} LPs of work at native speed, and its guests have {room:.3g} at most: its queue will grow"
            yield Fault(("tier", index, _key(tier)), message)


def request_rates(scenario: Scenario) -> dict[str, float]:
    """Give how many requests (a ns) come to each tier, in the mean; tiers call each other with an end."""
    calls = {tier.name: tier.calls for tier in scenario.tier}
    made = {tier.name: _own_rate(scenario, tier) for tier in scenario.tier}
    total = dict.fromkeys(calls, 0.0)
    for _ in scenario.tier:
        called = dict.fromkeys(calls, 0.0)
        for name, rate in made.items():
            total[name] += rate
            for call in calls[name]:
                called[call.tier] += rate * call.times
        made = called
    return total


def _own_rate(scenario: Scenario, tier: Tier) -> float:
    if tier.interarrival is None:
        return 0.0
    times = 1.0 if tier.rates is None else tier.rates.mean(0, scenario.scenario.duration)
    return times / max(tier.interarrival.average_ns, 1.0)


def _key(tier: Tier) -> str:
    return next((key for key in ("trace", "arrivals", "rate") if getattr(tier, key) is not None), "service")
