"""Sums of times of requests over a whole run: where many wait for long they exceed 64 bits, which no interval between two samples does."""

from typing import Any, Final

import numpy as np

from components.declare import Component
from systems.state.samples import as_matrix

Array = Any
_COUNTED: Final = 1 << 64


class LongSums:
    """What the times that a table sums have gained: how often each counter has begun anew at 0 is noted at every sample."""

    def __init__(self, table: Array, component: type[Component]) -> None:
        """Begin now; `table` has a row an entity, as `component` says."""
        self._counters = as_matrix(table, component).view(np.uint64)
        self._first = self._counters.copy()
        self._last = self._counters.copy()
        self._over = np.zeros(self._counters.shape, np.int64)
        names = component.dtype.names or ()
        self._at = {name: at for at, name in enumerate(names) if name.endswith("_ns")}

    def note(self) -> None:
        """Take notice of the counters at a sample."""
        self._over += self._counters < self._last
        self._last[:] = self._counters

    def so_far(self, name: str) -> Array:
        """Return what one of the times has summed to, in ns, for each row: exactly below 2**53, else as near as a float is."""
        at = self._at[name]
        gained = (self._counters[:, at] - self._first[:, at]).astype(float)
        over = self._over[:, at] - (self._counters[:, at] < self._first[:, at])
        return gained + over * float(_COUNTED)

    def gained(self) -> list[dict[str, int]]:
        """Return exactly what each of the times has summed to, in ns, by their names, for each row."""
        return [
            {name: counters[at] - first[at] + over[at] * _COUNTED for name, at in self._at.items()}
            for counters, first, over in zip(
                self._counters.tolist(), self._first.tolist(), self._over.tolist(), strict=True
            )
        ]
