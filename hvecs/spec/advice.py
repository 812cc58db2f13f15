"""What is valid and yet most likely not meant: warnings of `check`, `run` and `sweep`, located like problems."""

from collections.abc import Iterator
from itertools import groupby

from hvecs.spec.capacity import startup_key
from hvecs.spec.no_effect import without_effect
from hvecs.spec.problems import Fault
from hvecs.spec.reserves import reserve_advice
from hvecs.spec.room import Denial, denials
from hvecs.spec.scenario import Scenario

_MOST_NAMES = 4


def advice(scenario: Scenario) -> Iterator[Fault]:
    """Find what to warn of in a valid scenario."""
    yield from _no_room(scenario)
    yield from reserve_advice(scenario)
    yield from without_effect(scenario)


def _no_room(scenario: Scenario) -> Iterator[Fault]:
    """Warn of guests whose memory will not be had when they are started, a warning a block."""
    found = sorted(denials(scenario), key=lambda each: each.block)
    for index, group in groupby(found, key=lambda each: each.block):
        yield Fault(startup_key(scenario.partition[index], index), _not_starting(list(group)))


def _not_starting(denied: list[Denial]) -> str:
    names = ", ".join(each.name for each in denied[:_MOST_NAMES])
    more = f" and {len(denied) - _MOST_NAMES} more" if len(denied) > _MOST_NAMES else ""
    first = f"{denied[0].name}: " if len(denied) > 1 else ""
    return f"{names}{more} will not start: {first}{denied[0].reason}"
