"""A sweep that grows: points are made as a search asks for them, by the same worker processes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from hvecs.spec.room import Denial, denials
from hvecs.spec.sweep_loading import SweepFile
from hvecs.spec.sweep_points import PointLoader, setting
from hvecs.sweep.execution import Order, SweepFolder, cleared, processors
from hvecs.sweep.plan import Plan
from hvecs.sweep.pool import Listener, Pool
from hvecs.sweep.results import Results, sweep_results
from hvecs.sweep.work import context_of, task_of

Planner = Callable[[SweepFile], Plan]
"""Spells out a sweep."""


@dataclass(frozen=True)
class Room:
    """How many of the candidates have room for all guests, as far as is known without a run, and who has none at the next."""

    candidates: int
    denied: Denial | None


def room_for(file: SweepFile, sets: Sequence[str], values: Sequence[Any]) -> Room:
    """Find the first of the values at which a guest will not find memory, by bisection.

    Raises:
        SpecError: a value is invalid.
    """
    axis, loader = file.sweep.axis[0], PointLoader(file.scenario, sets, file.folder)

    def denied(index: int) -> Denial | None:
        settings = [setting(path, each) for path, each in axis.settings(values[index]).items()]
        return next(denials(loader.load(settings)), None)

    low, high = 0, len(values)
    found = denied(high - 1)
    if found is None:
        return Room(high, None)
    high -= 1
    while low < high:
        middle = (low + high) // 2
        here = denied(middle)
        if here is None:
            low = middle + 1
        else:
            high, found = middle, here
    return Room(high, found)


def of_values(file: SweepFile, values: Sequence[Any]) -> SweepFile:
    """Give the sweep with these values, or levels, of its only axis, and no others."""
    axis = file.sweep.axis[0]
    if axis.levels:
        changes: dict[str, Any] = {"levels": tuple(each for each in axis.levels if each.name in values)}
    else:
        changes = {"values": tuple({repr(each): each for each in values}.values()), "range": ()}
    table = file.sweep.sweep.model_copy(update={"design": "grid"})
    return replace(
        file, sweep=file.sweep.model_copy(update={"sweep": table, "axis": (axis.model_copy(update=changes),)})
    )


class Growing:
    """A sweep of one axis whose points are made when they are asked for."""

    def __init__(
        self, folder: SweepFolder, order: Order, planner: Planner, file: SweepFile, also: Sequence[str]
    ) -> None:
        self._folder = folder
        self._order = order
        self._planner = planner
        self._file = file
        self._also = tuple(also)

    @contextmanager
    def working(self, listener: Listener) -> Iterator[Callable[[Sequence[Any]], Results]]:
        """Start workers; gives what makes the points of some values, and of all before, and gives all results.

        Raises:
            OutputError: the files cannot be written.
            PoolError: the workers cannot work.
        """
        folder, jobs = self._folder, self._order.jobs or processors()
        with Pool(context_of(folder.plan, self._order.store.place), jobs, listener) as pool:

            def make(values: Sequence[Any]) -> Results:
                self._grow(values)
                missing = folder.missing()
                again = folder.again.batches
                with cleared(folder, missing):
                    pool.make(task_of(folder.plan, batch, again.get(batch.name)) for batch in missing)
                folder.made(missing)
                return sweep_results(self._order.store, folder.manifest, self._also)

            yield make

    def _grow(self, values: Iterable[Any]) -> None:
        present = [point[0] for point in self._folder.plan.points]
        if any(value not in present for value in values):
            wanted = [*present, *(value for value in values if value not in present)]
            self._folder.extend(self._planner(of_values(self._file, wanted)))
