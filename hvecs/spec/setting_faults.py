"""Rules of settings that events change: what each may become, given what it and others are by then."""

from collections.abc import Iterator
from typing import Any

from hvecs.spec.changeable import Target, target_of
from hvecs.spec.lives import GuestNames, Lives
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import Duration
from hvecs.spec.workload import OpenWorkload

_HYPERVISOR: Steps = ("host", "hypervisor")
_SCHEDULER: Steps = ("host", "scheduler")

Values = dict[tuple[str, ...], Any]


def setting_faults(scenario: Scenario, names: GuestNames) -> Iterator[Fault]:
    """Go through the settings in order of time, with what each guest has by then; of one setting of a block the first fault is enough."""
    lives, held = Lives(scenario), dict[str, Values]()
    given: dict[tuple[str, str, tuple[str, ...]], int] = {}
    for index, event in sorted(enumerate(scenario.event), key=lambda each: each[1].at):
        for path, value in event.set:
            target, at = target_of(path), ("event", index, "set", path)
            if target is None:
                continue
            faults = list(_twice(target, event.at, at, given, names))
            if not target.of_group and not faults:
                faults = list(_of_guests(scenario, target, value, event.at, at, names, lives, held))
            yield from faults[:1]


def _twice(
    target: Target,
    now: int,
    at: Steps,
    given: dict[tuple[str, str, tuple[str, ...]], int],
    names: GuestNames,
) -> Iterator[Fault]:
    kind = "group" if target.of_group else "guest"
    for name in (target.name,) if target.of_group else names.meant_by(target.name):
        if given.get((kind, name, target.keys)) == now:
            yield Fault(at, f"{target.path(name)} is set at this time already; expected once")
        given[kind, name, target.keys] = now


def _of_guests(  # noqa: PLR0913 - what is set, when and where, and what was before
    scenario: Scenario,
    target: Target,
    value: Any,
    now: int,
    at: Steps,
    names: GuestNames,
    lives: Lives,
    held: dict[str, Values],
) -> Iterator[Fault]:
    read = target.kind.read(value)
    for guest in names.meant_by(target.name):
        block = names.blocks[guest]
        values = held.setdefault(guest, {})
        on = any(span.holds(now) and span.start < now for span in lives.of(guest, block))
        wrong = _wrong(scenario, block, values, target.keys, read, on=on)
        if wrong:
            yield Fault(at, f"{wrong}; got {show(value)} at {show(Duration().write(now))}", _needs(target.keys))
        values[target.keys] = read


def _needs(keys: tuple[str, ...]) -> tuple[Steps, ...]:
    return (_HYPERVISOR, _SCHEDULER) if keys[0] == "processor" else (_HYPERVISOR,)


def _wrong(
    scenario: Scenario, block: Partition, values: Values, keys: tuple[str, ...], value: Any, *, on: bool
) -> str:
    """Say what is wrong with a value that a guest is given; nothing if nothing is."""
    match keys:
        case ("workload", "rate"):
            return _wrong_rate(block)
        case ("processor", key):
            return _wrong_control(scenario, block, values, key, value)
        case (_, key):
            return _wrong_memory(block, values, key, value, on=on)
    return ""


def _wrong_rate(block: Partition) -> str:
    if isinstance(block.workload, OpenWorkload) and block.workload.rate is not None:
        return ""
    return f'{show(block.name)} has no rate to be changed; expected a guest with workload.kind = "open" and rate'


def _wrong_control(scenario: Scenario, block: Partition, values: Values, key: str, value: Any) -> str:
    if scenario.host.hypervisor == "none":
        return 'means nothing in the native baseline (host.hypervisor = "none"); expected no such event'
    if scenario.host.scheduler == "root":
        return f"the root scheduler has no {key} of a VM [WSD scheduler types]; expected no such event"
    reserve = value if key == "reserve" else _now(block, values, "processor", "reserve")
    cap = value if key == "cap" else _now(block, values, "processor", "cap")
    if reserve > cap:
        other, bound = ("cap", "at most") if key == "reserve" else ("reserve", "at least")
        there = cap if key == "reserve" else reserve
        return f"expected {bound} the {other} by then, {there:g} %"
    return ""


def _wrong_memory(block: Partition, values: Values, key: str, value: Any, *, on: bool) -> str:
    dynamic = block.dynamic_memory
    if dynamic is None:
        return f"{show(block.name)} has no Dynamic Memory; expected a guest with dynamic_memory"
    size = _mib(dynamic.startup)
    if key == "minimum":
        if value > dynamic.startup:
            return f"expected at most the startup memory, {size}"
        before = _now(block, values, "dynamic_memory", "minimum")
        if on and value > before:
            return f"the minimum of a running guest goes down only [WSD-DM]; expected at most {_mib(before)}"
    if key == "maximum":
        if value < dynamic.startup:
            return f"expected at least the startup memory, {size}"
        before = _now(block, values, "dynamic_memory", "maximum")
        if on and value < before:
            return f"the maximum of a running guest goes up only [WSD-DM]; expected at least {_mib(before)}"
    return ""


def _now(block: Partition, values: Values, table: str, key: str) -> Any:
    """Give what a setting is by now: as last set, or as in the block."""
    return values.get((table, key), getattr(getattr(block, table), key))


def _mib(size_bytes: int) -> str:
    return f'"{size_bytes >> 20} MiB"'
