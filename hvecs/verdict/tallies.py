"""Tallies: means, and least or greatest means over equal lengths of time, of many instances at once, as rows go by."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from hvecs.output.labels import Labels
from hvecs.verdict.measures import Aggregate

_COVERED: Final = 0.9
"""The share of a length of time that rows must cover for its mean to count."""

Array = Any


class Names:
    """Numbers the names in a column of strings, in the order in which they come."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._last: tuple[Array, Array] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def codes(self, column: Any) -> Array:
        """Give the number of each row's name."""
        if isinstance(column, Labels):
            return self._of(column.names)[column.codes]
        names, inverse = np.unique(np.asarray(column, object), return_inverse=True)
        return self._of(names)[inverse]

    def _of(self, names: Array) -> Array:
        """Give the numbers of names; those of the same array as last time are known."""
        if self._last is None or self._last[0] is not names:
            self._last = names, np.array([self._number(str(name)) for name in names], np.int64)
        return self._last[1]

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]


@dataclass(frozen=True)
class Part:
    """Rows that count: of each the number of the instance, the value, its weight and length (ns), and the time (ns) since the warm-up at its end."""

    codes: Array
    values: Array
    weights: Array
    lengths_ns: Array
    time_ns: Array

    def of(self, rows: Array) -> "Part":
        """Give some of the rows."""
        return Part(
            self.codes[rows],
            self.values[rows],
            self.weights[rows],
            self.lengths_ns[rows],
            self.time_ns[rows],
        )


@dataclass
class Tally:
    """One measure of all instances: the mean by weight; or the least or greatest, of rows or of means over `over_ns`."""

    aggregate: Aggregate
    over_ns: int = 0
    _sums: Array = field(default_factory=lambda: np.zeros(0))
    _weights: Array = field(default_factory=lambda: np.zeros(0))
    _extremes: Array = field(default_factory=lambda: np.zeros(0))
    _window: int = -1
    _open: Array = field(default_factory=lambda: np.zeros((3, 0)))

    def add(self, part: Part, count: int) -> None:
        """Take rows, in the order of time, of `count` instances."""
        self._grow(count)
        if not len(part.codes):
            return
        weighted = part.values * part.weights
        self._sums += np.bincount(part.codes, weighted, count)
        self._weights += np.bincount(part.codes, part.weights, count)
        if self.aggregate == "mean":
            return
        if self.over_ns:
            self._add_windows(part, weighted, count)
        else:
            self._fold(part.codes, part.values)

    @property
    def weights(self) -> Array:
        """The weights of the rows of each instance, summed."""
        return self._weights

    def values(self) -> Array:
        """Give the value of each instance, NaN where there is none; without one whole length of time, the mean of all."""
        with np.errstate(invalid="ignore"):
            means = self._sums / self._weights
        if self.aggregate == "mean":
            return means
        if self.over_ns:
            self._close(self._open[:, None, :])
        return np.where(np.isnan(self._extremes), means, self._extremes)

    def _grow(self, count: int) -> None:
        new = count - len(self._sums)
        if new > 0 and not len(self._sums):
            self._sums, self._weights, self._open = np.zeros(new), np.zeros(new), np.zeros((3, new))
            self._extremes = np.full(new, np.nan)
        elif new > 0:
            self._sums = np.append(self._sums, np.zeros(new))
            self._weights = np.append(self._weights, np.zeros(new))
            self._extremes = np.append(self._extremes, np.full(new, np.nan))
            self._open = np.append(self._open, np.zeros((3, new)), axis=1)

    def _fold(self, codes: Array, values: Array) -> None:
        (np.fmax if self.aggregate == "max" else np.fmin).at(self._extremes, codes, values)

    def _add_windows(self, part: Part, weighted: Array, count: int) -> None:
        """Add rows to the lengths of time that they end in; all but the last are complete."""
        windows, place = np.unique((part.time_ns - 1) // self.over_ns, return_inverse=True)
        at = place * count + part.codes
        shape = (3, len(windows), count)
        summed = (weighted, part.weights, part.lengths_ns)
        sums = np.stack([np.bincount(at, each, len(windows) * count) for each in summed])
        sums = sums.reshape(shape)
        if windows[0] == self._window:
            sums[:, 0] += self._open
        else:
            self._close(self._open[:, None, :])
        self._close(sums[:, :-1])
        self._window, self._open = int(windows[-1]), sums[:, -1].copy()

    def _close(self, sums: Array) -> None:
        """Fold in the means of lengths of time that are over: sums, weights and time covered by window and instance."""
        counted = sums[2] >= _COVERED * self.over_ns
        codes = np.nonzero(counted)[1]
        self._fold(codes, sums[0][counted] / sums[1][counted])
