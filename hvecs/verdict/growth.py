"""Growth of what waits: whether the requests of a guest pile up, told from chance by the batches of the run."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

_MOST: Final = 64
"""Batches are joined two by two once there are so many: 32 to 64 are kept."""
_QUANTILE: Final = 2.326
"""What one in a hundred deviations of a normal variable exceeds."""

Array = Any


@dataclass(frozen=True)
class Growth:
    """What came to one guest, but for what it lost, and what it completed.

    `per_sec` is how fast the number in the system grew; `excess` is that growth in units of its own noise, such that above 1 it is not
    chance (one in a hundred).
    """

    arrivals: int
    completions: int
    per_sec: float
    excess: float

    @property
    def completed(self) -> float:
        """The share of what was not lost that was completed."""
        return self.completions / self.arrivals if self.arrivals else 1.0


class Growths:
    """Counts arrivals and completions of many guests by batches of equally many samples."""

    def __init__(self) -> None:
        self._batches: list[Array] = []
        self._stride = 1
        self._left = np.zeros((0, 3, 0))

    def add(self, codes: Array, time_ns: Array, figures: Array, count: int) -> None:
        """Take rows in the order of time: arrivals, completions and interval (ns) of each, a row of `figures` each."""
        times, sample = np.unique(time_ns, return_inverse=True)
        at = sample * count + codes
        taken = np.stack(
            [np.bincount(at, each, len(times) * count).reshape(len(times), count) for each in figures],
            axis=1,
        )
        self._left = np.concatenate([_widened(self._left, count), taken])
        while len(self._left) >= self._stride:
            room = _MOST - len(self._batches)
            whole = min(len(self._left) // self._stride, room) * self._stride
            self._batches += list(
                np.add.reduceat(self._left[:whole], np.arange(0, whole, self._stride), axis=0)
            )
            self._left = self._left[whole:]
            if len(self._batches) == _MOST:
                self._join(count)

    def values(self) -> list[Growth]:
        """Give the growth of each guest."""
        count = self._left.shape[2]
        last = [self._left.sum(axis=0)] if len(self._left) else []
        batches = np.stack([_widened(each, count) for each in (*self._batches, *last)]) if count else None
        return [] if batches is None else [_growth(batches[:, :, place]) for place in range(count)]

    def _join(self, count: int) -> None:
        batches = np.stack([_widened(each, count) for each in self._batches])
        self._batches = list(batches[0::2] + batches[1::2])
        self._stride *= 2


def _widened(counts: Array, count: int) -> Array:
    """Give counts for more guests, 0 for those that are new."""
    new = count - counts.shape[-1]
    return np.pad(counts, [(0, 0)] * (counts.ndim - 1) + [(0, new)]) if new > 0 else counts


def _growth(batches: Array) -> Growth:
    """Work out the growth of one guest from its batches (arrivals, completions, interval in ns).

    The noise is that of the batches' own growth, and not below that of independent arrivals and completions, which few batches may
    miss by chance. While a queue that keeps up grows and shrinks, batches vary more than the whole: the test errs on the safe side.
    """
    busy = batches[batches[:, :2].sum(axis=1) > 0]
    arrivals, completions, length_ns = (float(each) for each in busy.sum(axis=0))
    if not arrivals or not length_ns:
        return Growth(int(arrivals), int(completions), 0.0, 0.0)
    grown = busy[:, 0] - busy[:, 1]
    variance, count = arrivals + completions, len(busy)
    if count > 1:
        apart = grown - grown.sum() / length_ns * busy[:, 2]
        variance = max(variance, count / (count - 1) * float((apart**2).sum()))
    excess = float(grown.sum()) / (_QUANTILE * np.sqrt(variance))
    return Growth(int(arrivals), int(completions), 1e9 * float(grown.sum()) / length_ns, float(excess))
