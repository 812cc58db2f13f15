"""The execution of a search: points are made as they are asked for, and what they say is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hvecs.cli.failure import FAILED, USAGE, Failure
from hvecs.cli.find_answer import Answer
from hvecs.cli.sweep_progress import SweepProgress
from hvecs.cli.sweep_text import amount
from hvecs.cli.terminal import Terminal
from hvecs.output.errors import NotOurs, OutputError
from hvecs.output.manifest import ManifestError
from hvecs.spec.paths import key_texts
from hvecs.spec.sweep_loading import SweepFile
from hvecs.spec.until import Until
from hvecs.sweep.ending import finish
from hvecs.sweep.execution import Order, SweepFolder, processors
from hvecs.sweep.extension import ChangedError
from hvecs.sweep.finding import Growing, Planner, Room, of_values
from hvecs.sweep.manifest import read_sweep_manifest
from hvecs.sweep.pool import PoolError
from hvecs.sweep.results import Results
from hvecs.sweep.search import Found, Reading, reading, search


@dataclass(frozen=True)
class Quest:
    """What is looked for, along which values, of which those have room that `room` says; `kept` runs are left as a sweep."""

    sweep: SweepFile
    until: Until
    values: tuple[Any, ...]
    room: Room
    names: tuple[str, ...]
    planner: Planner
    order: Order
    kept: bool


def carry_out(quest: Quest, terminal: Terminal) -> Answer:
    """Search, and give the answer.

    Raises:
        Failure: the place will not do (exit code 2); a run failed, or the results cannot be written (1).
    """
    ends = (quest.values[0], quest.values[quest.room.candidates - 1])
    plan = quest.planner(of_values(quest.sweep, (*ends, *_made_before(quest.order))))
    try:
        with SweepFolder(plan, quest.order) as folder:
            return _searched(quest, folder, terminal)
    except NotOurs as error:
        raise Failure(USAGE, str(error)) from error
    except (OutputError, PoolError) as error:
        raise Failure(FAILED, str(error)) from error
    except ChangedError as error:
        changes = [f"  {change}" for change in error.changes]
        raise Failure(
            USAGE, f"{quest.order.store.place} holds another sweep; it is left as it is", changes
        ) from error


def _made_before(order: Order) -> list[Any]:
    """Give the values of the sweep that is gone on with."""
    if not order.resume:
        return []
    try:
        manifest = read_sweep_manifest(order.store)
    except ManifestError:  # the folder says what it is when it is entered
        return []
    return [] if manifest is None else [point[0] for point in manifest.points if len(point) == 1]


def _searched(quest: Quest, folder: SweepFolder, terminal: Terminal) -> Answer:
    growing = Growing(folder, quest.order, quest.planner, quest.sweep, quest.names)
    with growing.working(SweepProgress(terminal, fail_fast=False)) as make:
        eyes = _Eyes(quest, make, terminal)
        width = max(1, (quest.order.jobs or processors()) // len(folder.plan.seeds))
        found = search(quest.room.candidates, eyes.look, width)
    results = eyes.results
    assert results is not None  # noqa: S101 - a search looks at the ends
    if quest.kept:
        finish(quest.order.store, folder, results, None, fresh=True)
    return _answer(quest, found, eyes)


class _Eyes:
    """Makes the points that a search asks for, and reads them."""

    def __init__(self, quest: Quest, make: Any, terminal: Terminal) -> None:
        self._quest = quest
        self._make = make
        self._terminal = terminal
        self.results: Results | None = None
        self.readings: dict[int, Reading] = {}
        self.places: dict[int, int] = {}

    def look(self, indices: Iterable[int]) -> Mapping[int, Reading]:
        """Make the readings of candidates. Raises Failure if a run failed."""
        new = [index for index in dict.fromkeys(indices) if index not in self.readings]
        if new:
            quest = self._quest
            self.results = results = self._make([quest.values[index] for index in new])
            _check_failed(results)
            numbers = {repr(point[0]): number for number, point in enumerate(results.points)}
            first = numbers[repr(quest.values[0])]
            for index in new:
                self.places[index] = numbers[repr(quest.values[index])]
                self.readings[index] = reading(results, quest.names, quest.until, first, self.places[index])
                self._tell(results, index)
        return self.readings

    def _tell(self, results: Results, index: int) -> None:
        quest = self._quest
        key = key_texts(quest.sweep.sweep.axis[0].label)[-1]
        absent = self.readings[index].absent
        told = [
            f"{name} {amount(results.estimate(name, self.places[index]).mean, results.units[name])}"
            for name in quest.names
        ]
        said = f"{', '.join(absent)} not started" if absent else ", ".join(told)
        self._terminal.say(f"{key} = {quest.values[index]}: {said}")


def _check_failed(results: Results) -> None:
    if results.failed:
        first = results.failed[0]
        message = (
            f"{len(results.failed)} of {results.runs} runs failed; the first, {first.run}: {first.error}"
        )
        raise Failure(FAILED, message)


def _answer(quest: Quest, found: Found, eyes: _Eyes) -> Answer:
    absent: Sequence[str] = ()
    if found.first < quest.room.candidates:
        absent = eyes.readings[found.first].absent
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
        names=quest.names,
        absent=tuple(absent),
        places=eyes.places,
        results=eyes.results,
    )
