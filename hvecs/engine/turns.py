"""The turn of a system in a step: whether it is due, and what it takes."""

from typing import TYPE_CHECKING

from systems.system import System

if TYPE_CHECKING:
    from hvecs.engine.world import World


class Turn:
    """What esper calls in place of a system's `process`."""

    def __init__(self, world: "World", system: System, *, first: int, kernels: int) -> None:
        """Give `system` the turn after `first` kernels of the step; it has so many `kernels` of its own."""
        self.system, self.first, self.kernels = system, first, kernels
        self.name = type(system).__name__
        self.acts = kernels == 0 and type(system).process is not System.process
        """Whether the system has a `process` to be called: no kernel, and more than events."""
        self._world = world
        self._process = type(system).process.__get__(system)

    @property
    def last(self) -> int:
        """The kernels that have had their turn after this one."""
        return self.first + self.kernels

    def __call__(self, until: int) -> None:
        """Call the system in the step that ends at `until` (ns), if it is due."""
        if self.kernels:
            self._world.stopwatch.time_system(self.name, "", self._run_kernels, until)
        elif self.acts and self.is_due(until):
            now = self._world.clock.now_ns if self._world.is_finished() else until
            timing = "sample_s" if self.system.every == "sample" else ""
            self._world.stopwatch.time_system(self.name, timing, self._process, now)

    def _run_kernels(self, until: int) -> None:
        if not self._world.is_finished():
            if self._world.clock.place != self.first:
                raise RuntimeError(f"{self.name} is called out of its turn")
            self._world.run_kernels(until, self.last)

    def is_due(self, until: int) -> bool:
        """Tell whether the system acts at `until`, the end of a step; once the last job is done, only samples are taken."""
        finished = self._world.is_finished()
        if self.system.every == "sample":
            clock = self._world.clock
            return finished or until == clock.end_ns or until % clock.sample_ns == 0
        return not finished and until % self._interval(until) == 0

    def next_due(self, until: int) -> int:
        """Return when a system that acts, at other times than samples, is due next: `until` at the latest."""
        if self.system.every == "step":
            return self._world.step_end(until)
        interval = self._interval(until)
        return min(until, (self._world.clock.stepped_ns // interval + 1) * interval)

    def _interval(self, until: int) -> int:
        every = self.system.every
        if every == "step":
            return until
        return int(self._world.memory.parameters[0].period_ns) if every == "period" else int(every)
