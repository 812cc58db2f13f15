"""When guests are on: from `start` and `stop` of their blocks, and from events that start and stop them."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hvecs.spec.event import SAVE, START, STOP, Event
from hvecs.spec.partition import Partition
from hvecs.spec.scenario import Scenario, guest_names


class Span(NamedTuple):
    """A time (ns) in which a guest is on; `stop` is None if that is for good."""

    start: int
    stop: int | None

    def holds(self, now: int) -> bool:
        """Tell whether `now` is in it, its start included."""
        return self.start <= now and (self.stop is None or now < self.stop)


class GuestNames:
    """The guests of a scenario by what an event may call them."""

    def __init__(self, scenario: Scenario) -> None:
        self.blocks = {name: block for block in scenario.partition for name in guest_names(block)}
        """The block of each guest, by its name, in the order of the file."""
        self._of_block = {
            block.name: tuple(guest_names(block)) for block in scenario.partition if block.count is not None
        }

    def meant_by(self, name: str) -> tuple[str, ...]:
        """Give the guests of the block or the guest of this name; else those named so with -0, -1 … added; none if there are none.

        A setting for one guest of a block parts the block into its guests.
        """
        if name in self._of_block:
            return self._of_block[name]
        if name in self.blocks:
            return (name,)
        numbered = re.compile(re.escape(name) + r"-(?:0|[1-9][0-9]*)")
        return tuple(guest for guest in self.blocks if numbered.fullmatch(guest))

    @property
    def known(self) -> list[str]:
        """All names of blocks and guests, blocks first."""
        return list(dict.fromkeys([*self._of_block, *self.blocks]))


class Lives:
    """When each guest is on."""

    def __init__(self, scenario: Scenario) -> None:
        names = GuestNames(scenario)
        self._actions: dict[str, list[tuple[int, str]]] = {}
        for event in scenario.event:
            for guest in _whom(event, names):
                self._actions.setdefault(guest, []).append((event.at, str(event.action)))

    @property
    def changed(self) -> bool:
        """Whether any event starts, stops or saves a guest."""
        return bool(self._actions)

    def of(self, name: str, block: Partition) -> tuple[Span, ...]:
        """Give when a guest is on; what does not fit, such as a stop of one that is off, is passed over."""
        found = self._actions.get(name)
        return tuple(_spans(block, found)) if found else (Span(block.start, block.stop),)

    def restores(self, name: str, block: Partition, at: int) -> bool:
        """Tell whether a start of a guest at `at` is one from what was saved of it."""
        before = [action for action in _in_order(block, self._actions.get(name, ())) if action[0] < at]
        return bool(before) and before[-1][1] == SAVE


def _whom(event: Event, names: GuestNames) -> tuple[str, ...]:
    if event.action not in (START, STOP, SAVE) or event.partition is None:
        return ()
    return names.meant_by(event.partition)


def _in_order(block: Partition, actions: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    own = [(block.start, START), *([] if block.stop is None else [(block.stop, STOP)])]
    return sorted([*own, *actions], key=lambda each: each[0])


def _spans(block: Partition, actions: Iterable[tuple[int, str]]) -> Iterator[Span]:
    begun: int | None = None
    for at, action in _in_order(block, actions):
        if action == START and begun is None:
            begun = at
        elif action == STOP and begun is not None and at > begun:
            yield Span(begun, at)
            begun = None
    if begun is not None:
        yield Span(begun, None)
