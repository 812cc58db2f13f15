"""The changes that the events of a valid scenario make: one for each guest, or CPU group, and key."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from hvecs.spec.changeable import Target, target_of
from hvecs.spec.event import CHECKPOINT, OF_HOST, PAUSE, RESUME, START, Event
from hvecs.spec.lives import GuestNames, Lives
from hvecs.spec.problems import show
from hvecs.spec.scenario import Scenario

SET: Final = "set"
RESTORE: Final = "restore"
"""A start of a guest that was saved."""
LATER: Final = 1 << 62
"""The time (ns) of a change that is made when the host is ready for it."""
MOST_CHANGES: Final = 1_000_000


class Change(NamedTuple):
    """A change: at what time (ns), of whom, and what is set, or done.

    `of_group` if a CPU group's cap is set, `of_tier` if a tier's rate is, `of_host` if a host is drained, or is no more.
    """

    at: int
    target: str
    action: str
    keys: tuple[str, ...] = ()
    value: Any = None
    path: str = ""
    text: str = ""
    """The value as it was given."""
    of_group: bool = False
    shown: bool = True
    """Whether it has a row in the table of events: the end of a checkpoint has none of its own."""
    of_tier: bool = False
    host: int = 0
    """Of a CPU group: the index of its host."""
    of_host: bool = False
    to: str | None = None
    """The host that a guest is migrated to, where the event names one."""

    @property
    def of_guest(self) -> bool:
        """Whether it is of a guest."""
        return not (self.of_group or self.of_tier or self.of_host)

    @property
    def value_text(self) -> str | None:
        """What is set, as it was given; the host of an action that names one; None for other actions."""
        if self.of_host:
            return self.target
        return self.text if self.action == SET else self.to


def changes_of(scenario: Scenario) -> list[Change]:
    """List all changes in order of time, those of one time in the order of the file; an event that does not fit is passed over."""
    names = GuestNames(scenario)
    lives = Lives(scenario)
    found = [change for event in scenario.event for change in _changes(scenario, event, names, lives)]
    return sorted(found, key=lambda change: change.at)


def _changes(scenario: Scenario, event: Event, names: GuestNames, lives: Lives) -> Iterator[Change]:
    for path, value in event.set:
        target = target_of(path)
        if target is not None and target.of_group:
            yield from _group_settings(scenario, event.at, target, value)
        elif target is not None:
            yield from _settings(event.at, target, value, names)
    if event.action in OF_HOST and event.host is not None:
        yield Change(event.at, event.host, str(event.action), of_host=True)
    if event.action is None or event.partition is None:
        return
    for guest in names.meant_by(event.partition):
        if event.action == CHECKPOINT and event.stall is not None:
            yield Change(event.at, guest, PAUSE, text=CHECKPOINT)
            yield Change(event.at + event.stall, guest, RESUME, shown=False)
        elif event.action == START and lives.restores(guest, names.blocks[guest], event.at):
            yield Change(event.at, guest, RESTORE, text=START)
            yield Change(LATER, guest, RESUME, shown=False)
        else:
            yield Change(event.at, guest, event.action, to=event.to)


def _group_settings(scenario: Scenario, at: int, target: Target, value: Any) -> Iterator[Change]:
    """Give the changes of the groups of a name: of the host that the path names, or of every host that has one."""
    for index, host in enumerate(scenario.hosts):
        if target.host not in (None, host.name) or all(each.name != target.name for each in host.cpu_group):
            continue
        own = target if len(scenario.hosts) == 1 else target._replace(host=host.name)
        read, text = target.kind.read(value), _text(value)
        yield Change(
            at, target.name, SET, target.keys, read, own.path(target.name), text, of_group=True, host=index
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else show(value)


def _settings(at: int, target: Target, value: Any, names: GuestNames) -> Iterator[Change]:
    read, text = target.kind.read(value), _text(value)
    whom = names.meant_by(target.name) if target.of_guests else (target.name,)
    for name in whom:
        path = target.path(name)
        yield Change(at, name, SET, target.keys, read, path, text, of_tier=target.of_tier)


def given(scenario: Scenario, *keys: str) -> Iterator[Change]:
    """Give the changes that set a key of guests."""
    return (change for change in changes_of(scenario) if change.keys == keys and not change.of_group)
