"""The clock as Python reads it, between calls of the kernels."""

from typing import Any

import numpy as np

from components import Clock

_PLACES = {name: place for place, name in enumerate(Clock.fields)}
_JOBS, _UNFINISHED = _PLACES["has_jobs"], _PLACES["unfinished_jobs"]


def _word(name: str) -> Any:
    """Return the property that reads a field of the clock."""
    place = _PLACES[name]

    def read(view: "ClockView") -> int:
        return view.words[place]

    return property(read, doc=Clock.fields[name].doc)


class ClockView:
    """Fields of the clock as whole numbers: read from memory itself, many times as fast as from a record."""

    def __init__(self, table: Any) -> None:
        """View the table of the clock, which has one row."""
        words: Any = np.asarray(table).view(np.int64)
        self.words: memoryview[int] = memoryview(words)

    now_ns: int = _word("now_ns")
    stepped_ns: int = _word("stepped_ns")
    step_end_ns: int = _word("step_end_ns")
    place: int = _word("place")
    sample_ns: int = _word("sample_ns")
    end_ns: int = _word("end_ns")

    @property
    def is_finished(self) -> bool:
        """Whether the run has closed workloads and all of them are done."""
        return self.words[_JOBS] > 0 and self.words[_UNFINISHED] == 0
