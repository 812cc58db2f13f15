"""A stage: a scenario, built once, and run as often as one likes, with another seed each time."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

import numpy as np

from hvecs.engine.build import fill, planned, set_seed
from hvecs.engine.rows import Rows
from hvecs.engine.stopwatch import Stopwatch
from hvecs.engine.world import World
from hvecs.spec.scenario import Scenario
from systems import SCHEDULE
from systems.policy import Policy
from systems.schedule import Schedule
from systems.system import System

Array = np.ndarray[Any, np.dtype[np.uint8]]

_numbers: Final = count()


class Stage:
    """The world of a scenario, its partitions as they were planned, and what turns its samples into rows.

    One that is `kept` lives beside other worlds until it is left, and remembers what stood in its tables before its first run.
    """

    def __init__(  # noqa: PLR0913 - what a scenario may be built with
        self,
        scenario: Scenario,
        schedule: Schedule = SCHEDULE,
        systems: Sequence[System] = (),
        policy: Policy | None = None,
        stopwatch: Stopwatch | None = None,
        *,
        kept: bool = False,
    ) -> None:
        """Build `scenario`; with systems of one's own, which may remember anything, a stage cannot be `kept`."""
        self.plans = planned(scenario)
        context = {"context": f"hvecs {next(_numbers)}"} if kept else {}
        self.world = World(schedule, stopwatch or Stopwatch(), **context)
        fill(self.world, scenario, self.plans, systems, policy)
        self.rows = Rows(self.world, self.plans)
        self._kept: list[tuple[Array, Array]] | None = None
        if kept:
            self._kept = [(array, array.copy()) for array in _arrays(self.world)]
        self._used = False

    @property
    def size_bytes(self) -> int:
        """What its tables take, and what it remembers of them."""
        return sum(2 * beginning.nbytes for _, beginning in self._kept or ())

    def begun(self, seed: int, stopwatch: Stopwatch) -> World:
        """Return the world at time 0 of a run with this seed.

        Raises:
            RuntimeError: it was run before, and does not remember what it was like.
        """
        if self._used:
            self._put_back(stopwatch)
        self._used = True
        set_seed(self.world, seed)
        self.world.begin()
        return self.world

    def leave(self) -> None:
        """Give up the world."""
        self.world.end()

    def _put_back(self, stopwatch: Stopwatch) -> None:
        if self._kept is None:
            raise RuntimeError("a stage that is not kept is run once")
        self.world.again(stopwatch)
        for array, beginning in self._kept:
            array[:] = beginning


def _arrays(world: World) -> Iterator[Array]:
    """Give the bytes of every array of a world, each once."""
    seen = set[int]()
    for array in _members((*world.columns.values(), world.tables, world.memory, world.samples.tables)):
        owner = _owner(array)
        if id(owner) not in seen and owner.nbytes:
            seen.add(id(owner))
            bytes_of = owner.view(np.ndarray)
            bytes_of.shape = -1  # not reshape, which may copy
            yield bytes_of.view(np.uint8)


def _members(value: Any) -> Iterator[Any]:
    """Give the arrays in nested tuples."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple):
        for member in value:
            yield from _members(member)


def _owner(array: Any) -> Any:
    """Give the array whose memory another shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
