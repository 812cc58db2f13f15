"""The execution of a search: points are made as they are asked for, and what they say is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.find_answer import Answer, is_unsteady
from hvecs.cli.find_names import Sought
from hvecs.cli.signals import held
from hvecs.cli.sweep_execution import entered
from hvecs.cli.sweep_files import resuming
from hvecs.cli.sweep_progress import SweepProgress
from hvecs.cli.sweep_text import amount
from hvecs.cli.terminal import Terminal
from hvecs.cli.text import some
from hvecs.output.manifest import ManifestError
from hvecs.spec.paths import key_texts
from hvecs.spec.sweep_loading import SweepFile
from hvecs.spec.until import Until
from hvecs.sweeps.ending import finish
from hvecs.sweeps.execution import Order, SweepFolder, processors
from hvecs.sweeps.finding import Growing, Planner, Room, of_values, outcomes_at
from hvecs.sweeps.manifest import read_sweep_manifest
from hvecs.sweeps.results import Results
from hvecs.sweeps.search import Bound, Found, Reading, reading, search


@dataclass(frozen=True)
class Quest:
    """What is looked for, along which values, of which those have room that `room` says; `kept` runs are left as a sweep."""

    sweep: SweepFile
    until: Until
    values: tuple[Any, ...]
    room: Room
    sought: Sought
    planner: Planner
    order: Order
    kept: bool


def carry_out(quest: Quest, terminal: Terminal) -> Answer:
    """Search, and give the answer.

    Raises:
        Failure: the place will not do (exit code 2); a run failed, or the results cannot be written (1).
    """
    ends = (quest.values[0], quest.values[quest.room.candidates - 1])
    plan = quest.planner(of_values(quest.sweep, (*ends, *_made_before(quest))))
    with entered(plan, quest.order, resuming() if quest.kept else None) as folder:
        return _searched(quest, folder, terminal)


def _made_before(quest: Quest) -> list[Any]:
    """Give the values of the sweep that is gone on with; none of one along another axis, which is refused when it is entered."""
    if not quest.order.resume:
        return []
    try:
        manifest = read_sweep_manifest(quest.order.store)
    except ManifestError:  # the folder says what it is when it is entered
        return []
    if manifest is None or manifest.paths != (quest.sweep.sweep.axis[0].label,):
        return []
    return [value for (value,) in manifest.points]


def _searched(quest: Quest, folder: SweepFolder, terminal: Terminal) -> Answer:
    growing = Growing(folder, quest.order, quest.planner, quest.sweep, quest.sought.names)
    with growing.working(SweepProgress(terminal, fail_fast=False)) as make:
        eyes = _Eyes(quest, make, folder, terminal)
        width = max(1, (quest.order.jobs or processors()) // len(folder.plan.seeds))
        found = search(quest.room.candidates, eyes.look, width)
    results = eyes.results
    assert results is not None  # noqa: S101 - a search looks at the ends
    if quest.kept:
        with held():
            finish(quest.order.store, folder, results, None, fresh=True)
    return _answer(quest, found, eyes)


class _Eyes:
    """Makes the points that a search asks for, and reads them."""

    def __init__(self, quest: Quest, make: Any, folder: SweepFolder, terminal: Terminal) -> None:
        self._quest = quest
        self._make = make
        self._folder = folder
        self._terminal = terminal
        self.results: Results | None = None
        self.readings: dict[int, Reading] = {}
        self.places: dict[int, int] = {}
        self.names: dict[int, tuple[str, ...]] = {}

    def look(self, indices: Iterable[int]) -> Mapping[int, Reading]:
        """Make the readings of candidates. Raises Failure if a run failed."""
        new = [index for index in dict.fromkeys(indices) if index not in self.readings]
        if new:
            quest = self._quest
            self.results = results = self._make([quest.values[index] for index in new])
            _check_failed(results)
            numbers = {repr(point[0]): number for number, point in enumerate(results.points)}
            bound = Bound(quest.until, numbers[repr(quest.values[0])], quest.sought.bases)
            for index in new:
                point = self.places[index] = numbers[repr(quest.values[index])]
                names = self.names[index] = outcomes_at(self._folder.plan, quest.sought.names, point)
                self.readings[index] = reading(results, names, bound, point)
                self._tell(results, index)
            self._check_first()
        return self.readings

    def _check_first(self) -> None:
        """Refuse a relative bound of what has no value."""
        until, missing = self._quest.until, self.readings[0].missing
        if until.is_relative and missing and not self.readings[0].absent:
            raise Failure(
                USAGE,
                f"--until: {some(missing)} has no value at {self._at(0)}, the first, of which {until.text} could be a multiple; "
                "give a bound of its own, or another first value",
            )

    def _mark(self, name: str, point: int) -> str:
        found, responses = self.results, self._quest.sought.responses
        return "*" if found is not None and is_unsteady(found, responses, name, point) else ""

    def _at(self, index: int) -> str:
        return f"{key_texts(self._quest.sweep.sweep.axis[0].label)[-1]} = {self._quest.values[index]}"

    def _tell(self, results: Results, index: int) -> None:
        absent, point = self.readings[index].absent, self.places[index]
        told = [
            f"{name} {amount(results.estimate(name, point).mean, results.units[name])}{self._mark(name, point)}"
            for name in self.names[index]
        ]
        said = f"{', '.join(absent)} not started" if absent else ", ".join(told) or "no such guest"
        self._terminal.say(f"{self._at(index)}: {said}")


def _check_failed(results: Results) -> None:
    if results.failed:
        first = results.failed[0]
        message = (
            f"{len(results.failed)} of {results.runs} runs failed; the first, {first.run}: {first.error}"
        )
        raise Failure(FAILED, message)


def _answer(quest: Quest, found: Found, eyes: _Eyes) -> Answer:
    absent: Sequence[str] = ()
    missing: tuple[str, ...] = ()
    if found.first < quest.room.candidates:
        absent, missing = eyes.readings[found.first].absent, eyes.readings[found.first].missing
    elif quest.room.denied is not None:
        absent = (quest.room.denied.name,)
    return Answer(
        sweep=quest.sweep.sweep.sweep.name,
        path=quest.sweep.sweep.axis[0].label,
        until=quest.until,
        values=quest.values,
        first=found.first,
        low=found.low,
        high=found.high,
        room=quest.room,
        names=quest.sought.names,
        absent=tuple(absent),
        missing=missing,
        responses=quest.sought.responses,
        places={
            name: {index: point for index, point in sorted(eyes.places.items()) if name in eyes.names[index]}
            for name in quest.sought.names
        },
        results=eyes.results,
    )
