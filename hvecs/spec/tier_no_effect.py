"""Keys of tiers without effect: what they say never happens in this scenario."""

from collections.abc import Iterator
from typing import Final

from hvecs.spec.problems import Fault
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Scaling, Tier

_ALL_BUSY_PCT: Final = 100


def tiers_without_effect(scenario: Scenario) -> Iterator[Fault]:
    """Find keys of [[tier]] that nothing reads, or whose time never comes."""
    for index, tier in enumerate(scenario.tier):
        for steps, why in _of_tier(tier, scenario.scenario.duration):
            yield Fault(("tier", index, *steps), f"has no effect: {why}")


def _of_tier(tier: Tier, duration: int) -> Iterator[tuple[tuple[str, ...], str]]:
    if not tier.holds_thread and not tier.threads:
        yield ("holds_thread",), "threads is 0: there is no bound on the requests that a guest serves at once"
    elif not tier.holds_thread and not tier.calls:
        yield ("holds_thread",), "the tier calls no other"
    if tier.timeout is not None and tier.timeout >= duration:
        yield ("timeout",), "the run is no longer than that"
    if tier.scaling is not None:
        yield from _of_scaling(tier.scaling, duration)


def _of_scaling(scaling: Scaling, duration: int) -> Iterator[tuple[tuple[str, ...], str]]:
    if scaling.metric == "cpu" and scaling.above >= _ALL_BUSY_PCT:
        yield ("scaling", "above"), "VPs cannot run for more than 100 % of their time, so no guest is started"
    if scaling.every >= duration:
        yield ("scaling", "every"), "the run is no longer than that, so nobody looks at the load"
