"""Rules of [[event]]: each names what exists, at a time within the run, and changes what can be changed while that runs."""

from collections.abc import Iterator
from itertools import chain

from hvecs.spec.changeable import CHANGEABLE, OF_TIER, Target, is_key_of_guest, target_of, why_fixed
from hvecs.spec.changes import MOST_CHANGES
from hvecs.spec.cluster_faults import (
    cluster_event_faults,
    cluster_faults,
    host_state_faults,
    place_faults,
)
from hvecs.spec.event import CHECKPOINT, OF_HOST, Event, Setting
from hvecs.spec.kinds import Wrong
from hvecs.spec.life_faults import life_faults
from hvecs.spec.lives import GuestNames
from hvecs.spec.partition import MOST_VPS
from hvecs.spec.placement import host_indices
from hvecs.spec.problems import Fault, Steps, did_you_mean, listing, show
from hvecs.spec.repeats import twice
from hvecs.spec.scenario import Scenario
from hvecs.spec.setting_faults import setting_faults
from hvecs.spec.units import Duration

_EXPECTED = 'expected the path of a setting of a guest, such as "partition.web.processor.weight", of the cap of a CPU group, or of the rate of a tier'
_MOST_NAMES = 10


def event_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find what is wrong with the events; what they come to together is looked at only where each by itself is right."""
    if not scenario.event or sum(block.guests for block in scenario.partition) > MOST_VPS:
        return
    names = GuestNames(scenario)
    yield from twice(tuple(event.name for event in scenario.event if event.name), ("event",))
    found = list(
        chain.from_iterable(
            _event(scenario, event, ("event", index), names) for index, event in enumerate(scenario.event)
        )
    )
    if not found:
        found = list(_too_many(scenario, names))
    if not found:
        found = [
            *life_faults(scenario, names),
            *setting_faults(scenario, names),
            *host_state_faults(scenario),
            *cluster_faults(scenario),
            *place_faults(scenario, names),
        ]
    yield from found


def _event(scenario: Scenario, event: Event, at: Steps, names: GuestNames) -> Iterator[Fault]:
    duration = scenario.scenario.duration
    if event.at >= duration:
        message = f"expected before the end of the run, at {_time(duration)}; got {_time(event.at)}"
        yield Fault((*at, "at"), message, (("scenario", "duration"),))
    yield from _shape(event, at)
    for path, value in event.set:
        yield from _setting(scenario, path, value, (*at, "set", path), names)
    if event.partition is not None and not names.meant_by(event.partition):
        yield Fault((*at, "partition"), _nobody(event.partition, names))
    yield from cluster_event_faults(scenario, event, at)


def _shape(event: Event, at: Steps) -> Iterator[Fault]:
    if not event.set and event.action is None:
        yield Fault((*at, "set"), "missing; expected set or action")
    if event.set and event.action is not None:
        yield Fault((*at, "action"), "given beside set; expected one of them")
    if event.action in OF_HOST and event.partition is not None:
        yield Fault((*at, "partition"), "means nothing with an action of a host; expected host")
    elif event.action is not None and event.action not in OF_HOST and event.partition is None:
        yield Fault((*at, "partition"), "missing; expected the name of the guest whose action it is")
    if event.action is None and event.partition is not None:
        yield Fault(
            (*at, "partition"), "means nothing without action; expected none, as paths name the guest"
        )
    if event.action == CHECKPOINT and event.stall is None:
        yield Fault((*at, "stall"), 'missing; expected how long the guest is held up, such as "200 ms"')
    if event.action != CHECKPOINT and event.stall is not None:
        yield Fault((*at, "stall"), f'means nothing without action = "{CHECKPOINT}"; expected none')


def _setting(scenario: Scenario, path: str, value: Setting, at: Steps, names: GuestNames) -> Iterator[Fault]:
    target = target_of(path)
    why = why_fixed(target, path)
    if why is not None:
        yield Fault(at, f"{why}; expected another setting")
    elif target is None:
        yield Fault(at, f"not a path of an event; {_EXPECTED}")
    elif target.of_group:
        yield from _group(scenario, target, value, at)
    elif target.of_tier:
        yield from _tier(scenario, target, value, at)
    elif not names.meant_by(target.name):
        yield Fault(at, _nobody(target.name, names))
    elif target.keys not in CHANGEABLE:
        yield Fault(at, _unchangeable(target))
    else:
        yield from _value(target, value, at)


def _group(scenario: Scenario, target: Target, value: Setting, at: Steps) -> Iterator[Fault]:
    hosts = [host for host in scenario.hosts if target.host in (None, host.name)]
    groups = [group.name for host in hosts for group in host.cpu_group]
    if not hosts:
        hint = did_you_mean(target.host, host_indices(scenario)) or "; expected the name of a [[host]]"
        yield Fault(at, f"there is no host {show(target.host)}{hint}", (("host",),))
    elif target.name not in groups:
        hint = did_you_mean(target.name, groups)
        yield Fault(at, f"there is no CPU group {show(target.name)}{hint}; expected a [[host.cpu_group]]")
    elif target.keys != ("cap",):
        yield Fault(at, "of a CPU group only the cap can be changed while the host runs; expected cap")
    elif scenario.host.limits == "ws2012r2":
        message = 'CPU groups came with Windows Server 2016, and limits = "ws2012r2"; expected no such event'
        yield Fault(at, message, (("host", "limits"),))
    else:
        yield from _value(target, value, at)


def _tier(scenario: Scenario, target: Target, value: Setting, at: Steps) -> Iterator[Fault]:
    tiers = {tier.name: tier for tier in scenario.tier}
    if target.name not in tiers:
        hint = did_you_mean(target.name, tiers)
        yield Fault(
            at,
            f"there is no tier {show(target.name)}{hint or '; expected the name of a [[tier]]'}",
            (("tier",),),
        )
    elif target.keys not in OF_TIER:
        yield Fault(at, "of a tier only the rate can be changed while the host runs; expected rate")
    elif tiers[target.name].rate is None:
        yield Fault(at, f"{show(target.name)} has no rate to be changed; expected a tier with rate")
    else:
        yield from _value(target, value, at)


def _value(target: Target, value: Setting, at: Steps) -> Iterator[Fault]:
    try:
        target.kind.read(value)
    except Wrong as wrong:
        yield Fault(at, str(wrong))


def _unchangeable(target: Target) -> str:
    known = [".".join(keys) for keys in CHANGEABLE]
    given = ".".join(target.keys)
    said = "cannot be changed while the host runs" if is_key_of_guest(target.keys) else "is no key of a guest"
    return f"{given} {said}{did_you_mean(given, known) or f'; expected one of {listing(known)}'}"


def _nobody(name: str, names: GuestNames) -> str:
    known = names.known
    near = did_you_mean(name, known)
    return f"there is no guest {show(name)}{near or f'; expected one of {listing(known[:_MOST_NAMES])}'}"


def _too_many(scenario: Scenario, names: GuestNames) -> Iterator[Fault]:
    total = 0
    for index, event in enumerate(scenario.event):
        whom = [] if event.partition is None else [event.partition]
        whom += [target.name for path, _ in event.set if (target := target_of(path)) and target.of_guests]
        total += sum(len(names.meant_by(name)) for name in whom)
        if total > MOST_CHANGES:
            message = f"the events up to here are more than {MOST_CHANGES} changes, one a guest and key"
            yield Fault(("event", index), f"{message}; expected fewer")
            return


def _time(duration_ns: int) -> str:
    return show(Duration().write(duration_ns))
