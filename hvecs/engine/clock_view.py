"""The clock as Python reads it, between calls of the kernels."""

from typing import Any

import numpy as np

from components import Clock

_PLACES = {name: place for place, name in enumerate(Clock.fields)}
_NOW, _STEPPED, _STEP_END, _PLACE, _SAMPLE, _END, _JOBS, _UNFINISHED = (
    _PLACES[name]
    for name in (
        "now_ns",
        "stepped_ns",
        "step_end_ns",
        "place",
        "sample_ns",
        "end_ns",
        "has_jobs",
        "unfinished_jobs",
    )
)


class ClockView:
    """Fields of the clock as whole numbers: read from memory itself, many times as fast as from a record."""

    def __init__(self, table: Any) -> None:
        """View the table of the clock, which has one row."""
        words: Any = np.asarray(table).view(np.int64)
        self._words: memoryview[int] = memoryview(words)

    @property
    def now_ns(self) -> int:
        """Simulated time."""
        return self._words[_NOW]

    @property
    def stepped_ns(self) -> int:
        """End of the last step that is complete."""
        return self._words[_STEPPED]

    @property
    def step_end_ns(self) -> int:
        """End of the step in progress."""
        return self._words[_STEP_END]

    @property
    def place(self) -> int:
        """Kernels that have had their turn in that step."""
        return self._words[_PLACE]

    @property
    def sample_ns(self) -> int:
        """The sampling interval."""
        return self._words[_SAMPLE]

    @property
    def end_ns(self) -> int:
        """End of the run."""
        return self._words[_END]

    @property
    def is_finished(self) -> bool:
        """Whether the run has closed workloads and all of them are done."""
        words = self._words
        return words[_JOBS] > 0 and words[_UNFINISHED] == 0
