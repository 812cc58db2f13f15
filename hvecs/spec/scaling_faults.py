"""Rules of the scaling of tiers: what its guests' starts and stops may depend on is the tier alone."""

from collections.abc import Iterator, Sequence

from hvecs.spec.event import SAVE, START, STOP
from hvecs.spec.lives import GuestNames
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Scaling, Tier
from hvecs.spec.units import Duration


def scaling_faults(
    scenario: Scenario, tier: Tier, at: Steps, members: Sequence[str], guests: GuestNames
) -> Iterator[Fault]:
    """Find what is wrong with the scaling of `tier`, whose guests are `members`."""
    at = (*at, "scaling")
    if tier.scaling is None:
        return
    if scenario.host.hypervisor == "none":
        yield Fault(
            at,
            'the bare machine (host.hypervisor = "none") starts no guests; expected none',
            (("host", "hypervisor"),),
        )
    yield from _numbers(tier.scaling, len(members), at)
    yield from _times(scenario, tier.scaling, at)
    yield from _lives(scenario, tier, at, members, guests)


def _numbers(scaling: Scaling, members: int, at: Steps) -> Iterator[Fault]:
    most = members if scaling.max is None else scaling.max
    if scaling.below >= scaling.above:
        yield Fault(
            (*at, "below"),
            f"expected less than above, {scaling.above:g}; got {scaling.below:g}",
            ((*at, "above"),),
        )
    if scaling.max is not None and scaling.max > members:
        yield Fault((*at, "max"), f"expected at most the guests of the tier, {members}; got {scaling.max}")
    if scaling.min > most:
        yield Fault((*at, "min"), f"expected at most {most}; got {scaling.min}", ((*at, "max"),))
    elif not scaling.min <= scaling.first <= most:
        yield Fault(
            (*at, "start"), f"expected from {scaling.min} to {most}; got {scaling.first}", ((*at, "max"),)
        )


def _times(scenario: Scenario, scaling: Scaling, at: Steps) -> Iterator[Fault]:
    step = scenario.scenario.step
    for key in ("delay", "drain"):
        given = getattr(scaling, key)
        if given < step:
            said = f"expected at least the step, {_time(step)}, as memory is given and taken once a step; got {_time(given)}"
            yield Fault((*at, key), said, (("scenario", "step"),))


def _lives(
    scenario: Scenario, tier: Tier, at: Steps, members: Sequence[str], guests: GuestNames
) -> Iterator[Fault]:
    """Find what else starts or stops the guests of the tier, and tiers that share them."""
    own = set(members)
    for name in dict.fromkeys(guests.blocks[name].name for name in members):
        block = next(each for each in scenario.partition if each.name == name)
        key = "start" if block.start else "stop"
        if block.start or block.stop is not None:
            where: Steps = ("partition", scenario.partition.index(block), key)
            yield Fault(where, f"tier.{tier.name}.scaling starts and stops this guest; expected none")
    for index, event in enumerate(scenario.event):
        if (
            event.action in (START, STOP, SAVE)
            and event.partition
            and own & set(guests.meant_by(event.partition))
        ):
            message = f"tier.{tier.name}.scaling starts and stops this guest; expected another action"
            yield Fault(("event", index, "action"), message)
    for other in scenario.tier:
        if other is not tier and any(own & set(guests.meant_by(entry)) for entry in other.guests):
            yield Fault(
                at,
                f"tier {show(other.name)} has guests of this one; expected guests that serve this tier alone",
            )
            return


def _time(duration_ns: int) -> str:
    return show(Duration().write(duration_ns))
