"""Rules of events of several hosts: each names a host that there is, and finds it, and the guest, as they must be."""

from collections.abc import Iterator

from hvecs.spec.event import DRAIN, FAIL, MIGRATE, OF_HOST, RECOVER, UNDRAIN, Event
from hvecs.spec.live_migration import Cluster
from hvecs.spec.lives import GuestNames
from hvecs.spec.placement import placement
from hvecs.spec.problems import Fault, Steps, did_you_mean, listing, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import Duration

_UP, _DRAINED, _FAILED = "up", "drained", "failed"
_NEEDS = {
    DRAIN: ((_UP,), _DRAINED),
    UNDRAIN: ((_DRAINED,), _UP),
    FAIL: ((_UP, _DRAINED), _FAILED),
    RECOVER: ((_FAILED,), _UP),
}


def cluster_event_faults(scenario: Scenario, event: Event, at: Steps) -> Iterator[Fault]:
    """Find what is wrong with the hosts that an event names."""
    if event.action == MIGRATE or event.action in OF_HOST:
        if len(scenario.hosts) == 1:
            message = f"action = {show(event.action)} needs another host to go to; expected several [[host]]"
            yield Fault((*at, "action"), message, (("host",),))
            return
        if event.action in OF_HOST and event.host is None:
            yield Fault((*at, "host"), "missing; expected the name of the host whose action it is")
    if event.host is not None and event.action not in OF_HOST:
        yield Fault((*at, "host"), f"means nothing without the action {listing(OF_HOST)}; expected none")
    if event.to is not None and event.action != MIGRATE:
        yield Fault((*at, "to"), f'means nothing without action = "{MIGRATE}"; expected none')
    for key, name in (("host", event.host), ("to", event.to)):
        if name is not None:
            yield from _unknown(scenario, name, (*at, key))


def _unknown(scenario: Scenario, name: str, at: Steps) -> Iterator[Fault]:
    known = [str(host.name) for host in scenario.hosts]
    if name not in known:
        hint = did_you_mean(name, known) or f"; expected one of {listing(known)}"
        yield Fault(at, f"there is no host {show(name)}{hint}", (("host",),))


def cluster_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find times of the cluster that a step is longer than: guests are restarted where one ends."""
    step, default = scenario.scenario.step, Cluster()
    if not any(event.action == FAIL for event in scenario.event):
        return
    for key in ("detection", "restart_delay", "restart_pause"):
        if getattr(scenario.cluster, key) <= step:
            shown = show(Duration().write(step))
            given = getattr(scenario.cluster, key) != getattr(default, key)
            at: Steps = ("cluster", key) if given else ("scenario", "step")
            yield Fault(
                at,
                f"cluster.{key} is no longer than scenario.step, {shown}; expected more",
                (("scenario", "step"),),
            )


def place_faults(scenario: Scenario, names: GuestNames) -> Iterator[Fault]:
    """Find guests that are sent to the host that they are on, as far as that is known before the run: until they have been sent anywhere, or hosts drained, and without balancing."""
    if scenario.cluster.balancing != "off":
        return
    at = {guest: str(scenario.hosts[host].name) for guest, host in placement(scenario).items()}
    for index, event in sorted(enumerate(scenario.event), key=lambda each: each[1].at):
        if event.action in OF_HOST:
            return
        if event.action != MIGRATE or event.partition is None:
            continue
        for guest in names.meant_by(event.partition):
            if event.to is not None and at.get(guest) == event.to:
                message = f"{show(guest)} is on {show(event.to)} already; expected another host"
                yield Fault(("event", index, "to"), message, (("host",),))
                return
            at.pop(guest, None)  # a migration may be refused, or broken off


def host_state_faults(scenario: Scenario) -> Iterator[Fault]:
    """Go through the actions of hosts in order of time."""
    states: dict[str, str] = {}
    events = sorted(enumerate(scenario.event), key=lambda each: each[1].at)
    for index, event in events:
        if event.action not in OF_HOST or event.host is None:
            continue
        state = states.get(event.host, _UP)
        needed, states[event.host] = _NEEDS[event.action]
        if state not in needed:
            when = show(Duration().write(event.at))
            message = (
                f"{show(event.host)} is {state} at {when}; expected a host that is {' or '.join(needed)}"
            )
            yield Fault(("event", index, "action"), message)
            return
