"""CPU seconds of a run, by what they went into."""

from collections.abc import Iterator
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

    @contextmanager
    def timing_system(self, name: str) -> Iterator[None]:
        """Count what is done inside under the system `name`, beside the timing under way."""
        since = process_time()
        try:
            yield
        finally:
            self.by_system_s[name] = self.by_system_s.get(name, 0.0) + process_time() - since

    def add(self, name: str, spent_s: float) -> None:
        """Count CPU time that was spent elsewhere."""
        self.spent_s[name] += spent_s

    def rounded(self) -> dict[str, float]:
        """Return the seconds under each name, as of now, to the microsecond."""
        self._charge()
        return {name: round(spent, 6) for name, spent in self.spent_s.items()}

    def _charge(self) -> None:
        now = process_time()
        if self._running:
            self.spent_s[self._running[-1]] += now - self._since
        self._since = now
