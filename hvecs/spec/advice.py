"""What is valid and yet most likely not meant: warnings of `check`, `run` and `sweep`, located like problems."""

from collections.abc import Iterator
from itertools import groupby

from hvecs.spec.capacity import startup_key
from hvecs.spec.cluster_no_effect import cluster_without_effect
from hvecs.spec.device_advice import network_advice, storage_advice
from hvecs.spec.foreseen import foreseen, foreseen_on_host
from hvecs.spec.host_no_effect import hosts_without_effect
from hvecs.spec.moving_advice import moving_advice
from hvecs.spec.no_effect import without_effect
from hvecs.spec.one_host import one_by_one
from hvecs.spec.placement import placement
from hvecs.spec.problems import Fault, not_starting
from hvecs.spec.reserves import reserve_advice
from hvecs.spec.room import denials
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier_no_effect import tiers_without_effect


def advice(scenario: Scenario) -> Iterator[Fault]:
    """Find what to warn of in a valid scenario."""
    host_of = placement(scenario)
    hosts = tuple(one_by_one(scenario, host_of))
    for one in hosts:
        yield from map(one.located, _of_host(one.scenario))
    yield from foreseen(scenario, hosts)
    yield from storage_advice(scenario)
    yield from without_effect(scenario, hosts)
    yield from hosts_without_effect(scenario)
    yield from tiers_without_effect(scenario)
    yield from cluster_without_effect(scenario)
    yield from moving_advice(scenario, host_of)


def _of_host(scenario: Scenario) -> Iterator[Fault]:
    """Find what to warn of on the only host of a scenario."""
    yield from _no_room(scenario)
    yield from reserve_advice(scenario)
    yield from foreseen_on_host(scenario)
    yield from network_advice(scenario)


def _no_room(scenario: Scenario) -> Iterator[Fault]:
    """Warn of guests whose memory will not be had when they are started, a warning a block."""
    found = sorted(denials(scenario), key=lambda each: each.block)
    for index, group in groupby(found, key=lambda each: each.block):
        denied = list(group)
        message = not_starting([each.name for each in denied], denied[0].reason)
        yield Fault(startup_key(scenario.partition[index], index), message)
