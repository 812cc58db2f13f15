"""Keys of [[event]]: what is changed while the host runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from hvecs.spec.kinds import Choice, Kind, Text, Wrong
from hvecs.spec.problems import show
from hvecs.spec.table import Table, key
from hvecs.spec.units import Duration

START: Final = "start"
STOP: Final = "stop"
PAUSE: Final = "pause"
RESUME: Final = "resume"
RESTART: Final = "restart"
CHECKPOINT: Final = "checkpoint"
SAVE: Final = "save"
MIGRATE: Final = "migrate"
DRAIN: Final = "drain"
UNDRAIN: Final = "undrain"
FAIL: Final = "fail"
RECOVER: Final = "recover"

OF_HOST: Final = (DRAIN, UNDRAIN, FAIL, RECOVER)
"""Actions of a host; the others are of a guest."""

Setting = str | int | float | bool


class Settings(tuple[tuple[str, Setting], ...]):
    """Paths, and the value that each gets."""

    __slots__ = ()


@dataclass(frozen=True)
class SettingsTable(Kind):
    """A table of paths and the values that they get; which there may be is a matter of the whole scenario (`event_faults`)."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return 'a table of paths and values such as { "partition.web.processor.weight" = 400 }'

    def read(self, value: object) -> Settings:
        """Turn a TOML table into pairs of path and value."""
        if not isinstance(value, Mapping):
            raise self.refuse(value)
        for path, given in value.items():
            if not isinstance(given, Setting):
                raise Wrong(
                    f"{show(path)} is given {show(given)}; expected one value, and the path in quotes"
                )
        return Settings(value.items())

    def write(self, value: Settings) -> dict[str, Setting]:
        """Turn pairs into a TOML table."""
        return dict(value)


class Event(Table):
    """Something that is changed while the host runs: settings, or what a guest does."""

    name: Annotated[
        str | None, Text("a name of up to 100 letters, digits, _ and -", "[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
    ] = key("a name, by which --set and axes reach the event as event.NAME; or event[0] for the first", None)
    at: Annotated[int, Duration()] = key("simulated time at which it happens")
    set: Annotated[Settings, SettingsTable()] = key(
        "paths of settings, those of guests by name, and the values that they get", {}
    )
    action: Annotated[
        str | None,
        Choice((START, STOP, RESTART, PAUSE, RESUME, SAVE, CHECKPOINT, MIGRATE, *OF_HOST)),
    ] = key(
        "what a guest is made to do, in place of set; or, of a host of several: drain, its guests are migrated to the others and none comes "
        "to it, undrain, they may again, fail, it is off with all its guests, which are restarted on others, recover, it is back, and empty",
        None,
    )
    partition: Annotated[str | None, Text("the name of a guest, or of a block of guests")] = key(
        "whose action it is: a guest, or all guests of a block", None
    )
    host: Annotated[str | None, Text("the name of a host")] = key(
        "which host is drained, undrained, fails or recovers", None
    )
    to: Annotated[str | None, Text("the name of a host")] = key(
        'where action = "migrate" sends the guest; without it to the host with most memory free that may take it',
        None,
    )
    stall: Annotated[int | None, Duration(low=1)] = key(
        'how long action = "checkpoint" holds the guest up; not published, a parameter', None
    )
