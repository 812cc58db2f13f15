"""Rules of [[tier]]: each has guests that do nothing else and are on at some time, and what it calls comes to an end."""

from collections.abc import Iterator

from hvecs.spec.lives import GuestNames, Lives
from hvecs.spec.load_faults import MOST_STEPS, profile_faults, times_faults
from hvecs.spec.partition import MOST_VPS
from hvecs.spec.problems import Fault, Steps, did_you_mean, listing, show
from hvecs.spec.repeats import twice
from hvecs.spec.scaling_faults import scaling_faults
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Tier
from hvecs.spec.tier_guests import members_of
from hvecs.spec.workload import IdleWorkload
from hvecs.spec.workload_faults import distribution_faults

_MOST_NAMES = 10
_WEIGHTED = "weighted"


def tier_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find what is wrong with the tiers."""
    if not scenario.tier or sum(block.guests for block in scenario.partition) > MOST_VPS:
        return
    guests = GuestNames(scenario)
    tiers = {tier.name: tier for tier in scenario.tier}
    yield from _names(scenario, guests)
    for index, tier in enumerate(scenario.tier):
        at: Steps = ("tier", index)
        yield from _stream(scenario, tier, at)
        yield from _guests(scenario, tier, at, guests)
        yield from _weights(tier, at)
        yield from _calls(tier, at, tiers)
        if tier.interarrival is None and not any(tier.name in _called(other) for other in scenario.tier):
            yield Fault(
                (*at, "rate"),
                "missing, and no tier calls this one; expected rate, arrivals, or calls of another",
            )
        members = [name for name, _ in members_of(guests, tier)]
        yield from scaling_faults(scenario, tier, at, members, guests)
    yield from _cycles(scenario, tiers)


def _names(scenario: Scenario, guests: GuestNames) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, tier in enumerate(scenario.tier):
        if first.setdefault(tier.name, index) != index:
            message = f"{show(tier.name)} is that of tier[{first[tier.name]}] too; expected another name"
            yield Fault(("tier", index, "name"), message)
        if f"tier.{tier.name}" in guests.blocks:
            message = f"a guest is named {show(f'tier.{tier.name}')}, as the outcomes of this tier are; expected another name"
            yield Fault(("tier", index, "name"), message)


def _stream(scenario: Scenario, tier: Tier, at: Steps) -> Iterator[Fault]:
    if tier.rate is not None and tier.arrivals is not None:
        yield Fault((*at, "arrivals"), "given beside rate; expected one of them")
    if tier.profile and tier.interarrival is None:
        yield Fault((*at, "profile"), "means nothing without rate or arrivals; expected one of them")
    faults = [*profile_faults(tier.profile, at), *_trace(tier, at)]
    rates = None if faults else tier.rates
    if rates is not None and rates.steps(scenario.scenario.duration) > MOST_STEPS:
        message = f"changes more than {MOST_STEPS} times in the run; expected fewer"
        yield Fault((*at, "profile" if tier.trace is None else "trace"), message, (("scenario", "duration"),))
    yield from faults
    if tier.arrivals is not None:
        yield from distribution_faults(tier.arrivals, (*at, "arrivals"))
    yield from distribution_faults(tier.service, (*at, "service"))
    yield from distribution_faults(tier.service_after, (*at, "service_after"), may_be_none=True)
    if tier.service_after.average_ns > 0 and not tier.calls:
        yield Fault((*at, "service_after"), "means nothing without calls; expected it in service")


def _trace(tier: Tier, at: Steps) -> Iterator[Fault]:
    if tier.trace is None:
        return
    for key in ("rate", "arrivals", "profile"):
        if getattr(tier, key):
            yield Fault((*at, key), "given beside trace; expected one of them")
    at = (*at, "trace")
    faults = list(times_faults(tier.trace.times, tier.trace.rates, tier.trace.stretch, at, "rates"))
    yield from faults
    if not faults and tier.trace.interval is not None:
        yield Fault((*at, "interval"), "is of a file; expected it left out beside times and rates")


def _guests(scenario: Scenario, tier: Tier, at: Steps, guests: GuestNames) -> Iterator[Fault]:
    at = (*at, "guests")
    yield from twice(tier.guests, at)
    unknown = [index for index, entry in enumerate(tier.guests) if not _is_known(scenario, entry, guests)]
    for index in unknown:
        yield Fault((*at, index), _nobody(tier.guests[index], guests))
    yield from _named_twice(tier, at, guests)
    found = list(members_of(guests, tier))
    if not found and not unknown:
        yield Fault(at, "the tier comes to no guests; expected at least one")
    for entry in dict.fromkeys(index for _, index in found):
        block = guests.blocks[next(name for name, index in found if index == entry)]
        if not isinstance(block.workload, IdleWorkload):
            message = f'{show(tier.guests[entry])} has a workload of its own; expected guests of kind = "idle", which do what the tier sends'
            yield Fault((*at, entry), message)
    lives = Lives(scenario)
    spans = [span for name, _ in found for span in lives.of(name, guests.blocks[name])]
    if found and all(span.start >= scenario.scenario.duration for span in spans):
        message = "none of them is on before the end of the run; expected one that is"
        yield Fault(at, message, (("scenario", "duration"),))


def _named_twice(tier: Tier, at: Steps, guests: GuestNames) -> Iterator[Fault]:
    """Find the first guest that two entries name, one of them as its block say."""
    seen: dict[str, str] = {}
    for index, entry in enumerate(tier.guests):
        for name in guests.meant_by(entry):
            if seen.setdefault(name, entry) != entry:
                message = f"{show(name)} is one of {show(seen[name])} too; expected each guest once"
                yield Fault((*at, index), message)
                return


def _is_known(scenario: Scenario, entry: str, guests: GuestNames) -> bool:
    """Tell whether there are such guests, or a block of this name with none now."""
    return bool(guests.meant_by(entry)) or any(block.name == entry for block in scenario.partition)


def _nobody(name: str, guests: GuestNames) -> str:
    near = did_you_mean(name, guests.known)
    return (
        f"there is no guest {show(name)}{near or f'; expected one of {listing(guests.known[:_MOST_NAMES])}'}"
    )


def _weights(tier: Tier, at: Steps) -> Iterator[Fault]:
    at = (*at, "weights")
    if tier.weights and tier.policy != _WEIGHTED:
        yield Fault(at, f'means nothing with policy = {show(tier.policy)}; expected policy = "weighted"')
    elif tier.policy == _WEIGHTED and len(tier.weights) != len(tier.guests):
        yield Fault(at, f"expected as many as guests, {len(tier.guests)}; got {len(tier.weights)}")


def _calls(tier: Tier, at: Steps, tiers: dict[str, Tier]) -> Iterator[Fault]:
    for index, call in enumerate(tier.calls):
        steps: Steps = (*at, "calls", index, "tier")
        if call.tier == tier.name:
            yield Fault(steps, "a tier that calls itself never ends; expected another tier")
        elif call.tier not in tiers:
            near = did_you_mean(call.tier, tiers)
            known = f"; expected one of {listing(list(tiers)[:_MOST_NAMES])}"
            yield Fault(steps, f"there is no tier {show(call.tier)}{near or known}")


def _called(tier: Tier) -> list[str]:
    return [call.tier for call in tier.calls]


def _cycles(scenario: Scenario, tiers: dict[str, Tier]) -> Iterator[Fault]:
    """Find calls that come back to the tier that makes them, each cycle once: at the first of its tiers in the file."""
    order = {tier.name: index for index, tier in enumerate(scenario.tier)}
    for index, tier in enumerate(scenario.tier):
        for number, call in enumerate(tier.calls):
            way = _way(call.tier, tier.name, tiers)
            if way and call.tier != tier.name and all(order[name] >= index for name in way):
                message = f"the calls never end: {' calls '.join((tier.name, *way))}; expected no way back"
                yield Fault(("tier", index, "calls", number, "tier"), message)


def _way(start: str, goal: str, tiers: dict[str, Tier]) -> tuple[str, ...]:
    """Give the tiers by which calls lead from `start` to `goal`, both included; nothing if they do not."""
    before: dict[str, str] = {start: ""}
    waiting = [start]
    while waiting:
        name = waiting.pop(0)
        if name == goal:
            found = [name]
            while before[found[0]]:
                found.insert(0, before[found[0]])
            return tuple(found)
        for other in _called(tiers[name]) if name in tiers else ():
            if other not in before:
                before[other] = name
                waiting.append(other)
    return ()
