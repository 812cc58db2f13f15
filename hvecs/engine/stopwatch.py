"""CPU seconds of a run, by what they went into."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import Final

TIMINGS: Final = ("import_s", "build_s", "compile_s", "loop_s", "sample_s", "write_s")
"""Loading the program; building the world; compiling kernels, or loading them; stepping; counters; writing."""


class Stopwatch:
    """Counts the CPU time of this process under one name at a time: what is timed inside another is not counted there."""

    def __init__(self) -> None:
        """Begin without any."""
        self.spent_s = dict.fromkeys(TIMINGS, 0.0)
        self.by_system_s: dict[str, float] = {}
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Count what is done inside under `name`, one of TIMINGS."""
        self._charge()
        self._running.append(name)
        try:
            yield
        finally:
            self._charge()
            self._running.pop()

    def time_system(self, name: str, timing: str, act: Callable[[int], None], until: int) -> None:
        """Call `act` with `until`, and count that under the system `name`; under `timing` too, if there is one, in place of that under way."""
        since = self._charge()
        if timing:
            self._running.append(timing)
        try:
            act(until)
        finally:
            spent = self._charge() - since
            self.by_system_s[name] = self.by_system_s.get(name, 0.0) + spent
            if timing:
                self._running.pop()

    def add(self, name: str, spent_s: float) -> None:
        """Count CPU time that was spent elsewhere."""
        self.spent_s[name] += spent_s

    def rounded(self) -> dict[str, float]:
        """Return the seconds under each name, as of now, to the microsecond."""
        self._charge()
        return {name: round(spent, 6) for name, spent in self.spent_s.items()}

    def _charge(self) -> float:
        """Count the time since the last call under what is under way; return the present time."""
        now = process_time()
        if self._running:
            self.spent_s[self._running[-1]] += now - self._since
        self._since = now
        return now
