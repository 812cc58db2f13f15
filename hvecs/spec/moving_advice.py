"""Warnings of guests that are to go to other hosts, and that those, or all of them, do not suit."""

from collections.abc import Iterator, Mapping

from hvecs.spec.event import DRAIN, FAIL, MIGRATE
from hvecs.spec.lives import GuestNames, Lives
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
    leaving = _Leaving(scenario)
    for index, block in enumerate(scenario.partition):
        for guest in guest_names(block):
            before = scenario.hosts[host_of[guest]]
            if not leaving.is_to_leave(guest, block, str(before.name)):
                continue
            others = [host for host in scenario.hosts if host is not before]
            reasons = [(str(host.name), why_unsuited(block, before, host)) for host in others]
            if all(why for _, why in reasons):
                yield Fault(
                    ("partition", index), f"{show(guest)} can leave its host for no other: {by_host(reasons)}"
                )
                break


class _Leaving:
    """Which guests are to leave the host on which they are started first."""

    def __init__(self, scenario: Scenario) -> None:
        names = GuestNames(scenario)
        asked = (each for each in scenario.event if each.action == MIGRATE and each.to is None)
        self._sent = {guest for each in asked if each.partition for guest in names.meant_by(each.partition)}
        self._lives, self._events = Lives(scenario), scenario.event
        self._balanced = scenario.cluster.balancing != "off"

    def is_to_leave(self, guest: str, block: Partition, host: str) -> bool:
        """Tell whether a guest that `host` has is sent to whichever suits it, or on, or started, when hosts are balanced or after `host` is drained or fails."""
        if self._balanced or guest in self._sent:
            return True
        spans = self._lives.of(guest, block)
        for event in self._events:
            if event.host != host or event.action not in (DRAIN, FAIL):
                continue
            stays_off = event.action == FAIL and block.priority == "none"
            if any(span.start > event.at or (span.holds(event.at) and not stays_off) for span in spans):
                return True
        return False
