"""Rules of events that start, stop, restart, pause, resume and save guests: each finds the guest as it must be."""

from collections.abc import Iterator
from typing import NamedTuple

from hvecs.spec.event import CHECKPOINT, MIGRATE, PAUSE, RESTART, RESUME, SAVE, START, STOP, Event
from hvecs.spec.lives import GuestNames
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import Duration

_OFF, _ON, _PAUSED, _SAVED = "off", "on", "paused", "saved"
_SAME = ""
_NEEDS = {
    START: ((_OFF, _SAVED), _ON, "a guest that is off or saved"),
    STOP: ((_ON, _PAUSED, _SAVED), _OFF, "a guest that is on"),
    SAVE: ((_ON, _PAUSED), _SAVED, "a guest that is on"),
    RESTART: ((_ON,), _ON, "a guest that runs"),
    PAUSE: ((_ON,), _PAUSED, "a guest that runs"),
    RESUME: ((_PAUSED,), _ON, "a guest that is paused"),
    MIGRATE: ((_ON, _PAUSED), _SAME, "a guest that is on"),
}


class _Action(NamedTuple):
    at: int
    steps: Steps
    action: str
    key: str


def life_faults(scenario: Scenario, names: GuestNames) -> Iterator[Fault]:
    """Go through the actions of each guest in order of time; of a block the first fault is enough."""
    actions: dict[str, list[_Action]] = {}
    for index, event in enumerate(scenario.event):
        if event.action is not None and event.partition is not None:
            for guest in names.meant_by(event.partition):
                actions.setdefault(guest, []).extend(_actions(event, ("event", index)))
    native = scenario.host.hypervisor == "none"
    seen: set[Fault] = set()
    blocks = {block.name: index for index, block in enumerate(scenario.partition)}
    for guest, found in actions.items():
        block = names.blocks[guest]
        for fault in _of_guest(guest, block, ("partition", blocks[block.name]), found, native=native):
            alike = fault if block.count is None else Fault(fault.steps, "")
            if alike not in seen:
                yield fault
            seen.add(alike)


def _actions(event: Event, at: Steps) -> Iterator[_Action]:
    if event.action == CHECKPOINT and event.stall is not None:
        yield _Action(event.at, at, PAUSE, "action")
        yield _Action(event.at + event.stall, at, RESUME, "stall")
    else:
        yield _Action(event.at, at, str(event.action), "action")


def _of_guest(
    guest: str, block: Partition, at: Steps, found: list[_Action], *, native: bool
) -> Iterator[Fault]:
    own = [_Action(block.start, at, START, "start")]
    if block.stop is not None:
        own.append(_Action(block.stop, at, STOP, "stop"))
    state, before = _OFF, -1
    if block.restart is not None:
        own.append(_Action(block.restart, at, RESTART, "restart"))
    for action in sorted([*own, *found], key=lambda each: each.at):
        place = (*action.steps, action.key)
        allowed, after, expected = _NEEDS[action.action]
        if action.at == before:
            yield Fault(
                place,
                f"{show(guest)} is started, stopped, restarted, paused, saved or migrated at this time already; expected another time",
            )
            return
        if state not in allowed:
            when = show(Duration().write(action.at))
            yield Fault(place, f"{show(guest)} is {state} at {when}; expected {expected}")
            return
        if native and action.action in (PAUSE, RESUME, RESTART, SAVE):
            yield Fault(
                place,
                "the bare machine has no guests to pause, save or restart; expected start or stop",
                (("host", "hypervisor"),),
            )
            return
        state, before = after or state, action.at
