"""What the events of a scenario make of its guests that the build must know from the start."""

from typing import Any

from components import NEVER
from hvecs.spec.changes import changes_of, given
from hvecs.spec.event import RESTART
from hvecs.spec.lives import Lives
from hvecs.spec.partition import Processor
from hvecs.spec.scenario import Guest, Scenario
from hvecs.spec.tier_guests import started_by_tiers


class Later:
    """What events make of guests that must be known from the start."""

    def __init__(self, scenario: Scenario) -> None:
        self._lives = Lives(scenario)
        self.started_by_tiers = started_by_tiers(scenario)
        self._caps: dict[str, tuple[int, float]] = {}
        self._maxima: dict[str, int] = {}
        self._restarts: dict[str, list[int]] = {}
        for change in changes_of(scenario):
            if change.action == RESTART:
                self._restarts.setdefault(change.target, []).append(change.at)
        for change in given(scenario, "processor", "cap"):
            if change.value < Processor().cap:
                self._caps.setdefault(change.target, (change.at, change.value))
        for change in (*given(scenario, "dynamic_memory", "maximum"), *given(scenario, "memory")):
            self._maxima[change.target] = max(change.value, self._maxima.get(change.target, 0))

    def of(self, guest: Guest) -> dict[str, Any]:
        """Return, as fields of its plan, when a guest is started, stopped and restarted, and what else must be known from the start."""
        first, *later = (
            (span.start, NEVER if span.stop is None else span.stop)
            for span in self._lives.of(guest.name, guest.block)
        )
        own = [] if guest.block.restart is None else [guest.block.restart]
        return {
            "start_ns": first[0],
            "stop_ns": first[1],
            "later": tuple(later),
            "restarts": (*own, *self._restarts.get(guest.name, ())),
            "later_cap": self._caps.get(guest.name),
            "most_memory": self._maxima.get(guest.name, 0),
        }
