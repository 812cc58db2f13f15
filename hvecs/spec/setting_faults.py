"""Rules of settings that events change: what each may become, given what it and others are by then."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hvecs.spec.changeable import Target, target_of
from hvecs.spec.host import Host
from hvecs.spec.limits import BEFORE_RESIZE
from hvecs.spec.lives import GuestNames, Lives
from hvecs.spec.memory import LARGE_PAGE
from hvecs.spec.partition import Partition
from hvecs.spec.placement import placement
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import Duration
from hvecs.spec.workload import OpenWorkload

_HYPERVISOR: Steps = ("host", "hypervisor")
_SCHEDULER: Steps = ("host", "scheduler")
_LIMITS: Steps = ("host", "limits")

Values = dict[tuple[str, ...], Any]


def setting_faults(scenario: Scenario, names: GuestNames) -> Iterator[Fault]:
    """Go through the settings in order of time, with what each guest has by then; of one setting of a block the first fault is enough."""
    history = _History(scenario, names)
    for index, event in sorted(enumerate(scenario.event), key=lambda each: each[1].at):
        for path, value in event.set:
            target, at = target_of(path), ("event", index, "set", path)
            if target is not None:
                faults = [*history.twice(target, event.at, at), *history.wrong(target, value, event.at, at)]
                yield from faults[:1]


class _History:
    """What guests have been given so far."""

    def __init__(self, scenario: Scenario, names: GuestNames) -> None:
        self._scenario, self._names = scenario, names
        self._lives = Lives(scenario)
        self._host_of = placement(scenario)
        self._values: dict[str, Values] = {}
        self._given: dict[Target, int] = {}

    def twice(self, target: Target, now: int, at: Steps) -> Iterator[Fault]:
        """Find what is set twice at one time."""
        for key in self._meant_by(target):
            if self._given.get(key) == now:
                yield Fault(at, f"{target.path(key.name)} is set at this time already; expected once")
            self._given[key] = now

    def _meant_by(self, target: Target) -> Iterator[Target]:
        """Give what a path names one by one: guests, a group of each host that has it, or a tier."""
        if target.of_group:
            for host in self._scenario.hosts:
                if target.host in (None, host.name) and any(g.name == target.name for g in host.cpu_group):
                    yield target._replace(host=host.name)
            return
        for name in self._names.meant_by(target.name) if target.of_guests else (target.name,):
            yield target._replace(name=name)

    def wrong(self, target: Target, value: Any, now: int, at: Steps) -> Iterator[Fault]:
        """Find the guests that cannot be given a value now, and note it for all."""
        if not target.of_guests:
            return
        read = target.kind.read(value)
        for guest in self._names.meant_by(target.name):
            block = self._names.blocks[guest]
            on = any(span.start < now and span.holds(now) for span in self._lives.of(guest, block))
            host = self._scenario.hosts[self._host_of.get(guest, 0)]
            state = _State(block, host, self._values.setdefault(guest, {}), on=on)
            said = _wrong(self._scenario, state, target.keys, read)
            if said:
                when = show(Duration().write(now))
                yield Fault(at, f"{said}; got {show(value)} at {when}", _needs(target.keys))
            state.values[target.keys] = read


@dataclass(frozen=True)
class _State:
    """A guest at some time: the host that it is started on, whether it is on, and what it has been given by then."""

    block: Partition
    host: Host
    values: Values
    on: bool

    def now(self, table: str, key: str) -> Any:
        """Give what a setting is by now: as last set, or as in the block."""
        return self.values.get((table, key), getattr(getattr(self.block, table), key))


def _needs(keys: tuple[str, ...]) -> tuple[Steps, ...]:
    if keys == ("memory",):
        return (_HYPERVISOR, _LIMITS)
    return (_HYPERVISOR, _SCHEDULER) if keys[0] == "processor" else (_HYPERVISOR,)


def _wrong(scenario: Scenario, state: _State, keys: tuple[str, ...], value: Any) -> str:
    """Say what is wrong with a value that a guest is given; nothing if nothing is."""
    match keys:
        case ("workload", "rate"):
            return _wrong_rate(state.block)
        case ("workload", "profile"):
            return _wrong_profile(state.block)
        case ("memory",):
            return _wrong_static(scenario, state, value)
        case ("processor", key):
            return _wrong_control(scenario, state, key, value)
        case (_, key):
            return _wrong_memory(state, key, value)
    return ""


def _wrong_rate(block: Partition) -> str:
    if isinstance(block.workload, OpenWorkload) and block.workload.rate is not None:
        return ""
    return (
        f'{show(block.name)} has no rate to be changed; expected a guest with workload.kind = "open" and rate'
    )


def _wrong_profile(block: Partition) -> str:
    if isinstance(block.workload, OpenWorkload):
        return ""
    return f'{show(block.name)} has no rate that could follow a profile; expected a guest with workload.kind = "open"'


def _wrong_control(scenario: Scenario, state: _State, key: str, value: Any) -> str:
    if scenario.host.hypervisor == "none":
        return 'means nothing in the native baseline (host.hypervisor = "none"); expected no such event'
    if scenario.host.scheduler == "root":
        return f"the root scheduler has no {key} of a VM [WSD scheduler types]; expected no such event"
    reserve = value if key == "reserve" else state.now("processor", "reserve")
    cap = value if key == "cap" else state.now("processor", "cap")
    if reserve > cap:
        other, bound = ("cap", "at most") if key == "reserve" else ("reserve", "at least")
        there = cap if key == "reserve" else reserve
        return f"expected {bound} the {other} by then, {there:g} %"
    return ""


def _wrong_static(scenario: Scenario, state: _State, value: int) -> str:
    if scenario.host.hypervisor == "none":
        return 'means nothing in the native baseline (host.hypervisor = "none"); expected no such event'
    if state.block.dynamic_memory is not None:
        return f"{show(state.block.name)} has Dynamic Memory; expected a guest with static memory"
    if value % LARGE_PAGE:
        return f"expected a multiple of 2 MiB, such as {_mib(max(1, value // LARGE_PAGE) * LARGE_PAGE)}"
    host = state.host
    if value > host.memory:
        return f"expected at most the memory of the host, {_mib(host.memory)}"
    node = host.memory // host.numa_nodes
    if state.block.virtual_numa != "off" and max(state.block.memory, value) > node:
        return f"a guest that sees several NUMA nodes is not resized; expected at most the memory of a node, {_mib(node)}"
    return _wrong_resize(scenario, state, value) if state.on else ""


def _wrong_resize(scenario: Scenario, state: _State, value: int) -> str:
    """Say what is wrong with new static memory of a guest that runs."""
    if scenario.host.limits in BEFORE_RESIZE:
        return "static memory is resized while a guest runs from Windows Server 2016 on [SAV 123], and limits is an earlier one; expected another setting"
    if not state.block.guest.hot_add and value > state.values.get(("memory",), state.block.memory):
        return f"{show(state.block.name)} cannot bring online memory that it is shown (guest.hot_add = false); expected at most what it has"
    return ""


def _wrong_memory(state: _State, key: str, value: Any) -> str:
    dynamic = state.block.dynamic_memory
    if dynamic is None:
        return f"{show(state.block.name)} has no Dynamic Memory; expected a guest with dynamic_memory"
    size = _mib(dynamic.startup)
    if key == "minimum":
        if value > dynamic.startup:
            return f"expected at most the startup memory, {size}"
        before = state.now("dynamic_memory", "minimum")
        if state.on and value > before:
            return f"the minimum of a running guest goes down only [WSD dynamic-memory.md]; expected at most {_mib(before)}"
    if key == "maximum":
        if value < dynamic.startup:
            return f"expected at least the startup memory, {size}"
        before = state.now("dynamic_memory", "maximum")
        if state.on and value < before:
            return f"the maximum of a running guest goes up only [WSD dynamic-memory.md]; expected at least {_mib(before)}"
    return ""


def _mib(size_bytes: int) -> str:
    return f'"{size_bytes >> 20} MiB"'
