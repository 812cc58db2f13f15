"""Warnings of guests that are to go to other hosts, and that those, or all of them, do not suit."""

from collections.abc import Iterator, Mapping

from hvecs.spec.event import DRAIN, FAIL, MIGRATE
from hvecs.spec.lives import GuestNames
from hvecs.spec.moving import guests_may_move, why_unsuited
from hvecs.spec.partition import Partition
from hvecs.spec.placement import host_indices
from hvecs.spec.problems import Fault, by_host, show
from hvecs.spec.scenario import Scenario, guest_names


def moving_advice(scenario: Scenario, host_of: Mapping[str, int]) -> Iterator[Fault]:
    """Find what to warn of; `host_of` says on which host each guest is started first."""
    if guests_may_move(scenario):
        yield from _sent(scenario, host_of)
        yield from _tied(scenario, host_of)


def _sent(scenario: Scenario, host_of: Mapping[str, int]) -> Iterator[Fault]:
    """Warn of events that send a guest to a host that does not suit it."""
    names, numbers = GuestNames(scenario), host_indices(scenario)
    for index, event in enumerate(scenario.event):
        if event.action != MIGRATE or event.partition is None or event.to is None:
            continue
        after = scenario.hosts[numbers[event.to]]
        for guest in names.meant_by(event.partition):
            why = why_unsuited(names.blocks[guest], scenario.hosts[host_of[guest]], after)
            if why:
                yield Fault(("event", index, "to"), f"{show(guest)} will not go to {show(event.to)}: {why}")
                break


def _tied(scenario: Scenario, host_of: Mapping[str, int]) -> Iterator[Fault]:
    """Warn of guests that are to leave their host, and that no other suits, a warning a block."""
    sent = _sent_anywhere(scenario)
    for index, block in enumerate(scenario.partition):
        left = _left(scenario, block)
        for guest in guest_names(block):
            before = scenario.hosts[host_of[guest]]
            if guest not in sent and str(before.name) not in left:
                continue
            others = [host for host in scenario.hosts if host is not before]
            reasons = [(str(host.name), why_unsuited(block, before, host)) for host in others]
            if all(why for _, why in reasons):
                yield Fault(
                    ("partition", index), f"{show(guest)} can leave its host for no other: {by_host(reasons)}"
                )
                break


def _sent_anywhere(scenario: Scenario) -> set[str]:
    """Give the guests that events send to whichever host suits them best."""
    names = GuestNames(scenario)
    asked = (each for each in scenario.event if each.action == MIGRATE and each.to is None)
    return {guest for each in asked if each.partition is not None for guest in names.meant_by(each.partition)}


def _left(scenario: Scenario, block: Partition) -> set[str]:
    """Give the hosts that guests of a block on them are to leave: they are drained, fail, or are balanced."""
    if scenario.cluster.balancing != "off":
        return {str(host.name) for host in scenario.hosts}
    actions = (DRAIN,) if block.priority == "none" else (DRAIN, FAIL)
    return {str(event.host) for event in scenario.event if event.action in actions}
