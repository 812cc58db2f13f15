"""What is valid and yet most likely not meant: warnings of `check`, `run` and `sweep`, located like problems."""

from collections.abc import Iterator

from hvecs.spec.no_effect import without_effect
from hvecs.spec.problems import Fault
from hvecs.spec.reserves import reserve_advice
from hvecs.spec.scenario import Scenario


def advice(scenario: Scenario) -> Iterator[Fault]:
    """Find what to warn of in a valid scenario."""
    yield from reserve_advice(scenario)
    yield from without_effect(scenario)
