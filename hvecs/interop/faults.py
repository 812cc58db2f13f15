"""What is wrong with a file of others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hvecs.spec.problems import Problem


class BadFile(Exception):  # noqa: N818 - it becomes a Problem for the user
    """A file cannot be used; `problem` says where and why."""

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        self.problem = Problem(str(path), line, "", message)
        super().__init__(str(self.problem))


@dataclass
class Skipped:
    """What was left out of an import, by reason: how often, and where it was first."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, place: str | Callable[[], str], count: int = 1) -> None:
        """Count what is left out; a place that takes work to find is asked for the first time only."""
        if count:
            self.counts[reason] = self.counts.get(reason, 0) + count
            if reason not in self.first:
                self.first[reason] = place if isinstance(place, str) else place()

    @property
    def total(self) -> int:
        """The number of all that was left out."""
        return sum(self.counts.values())
