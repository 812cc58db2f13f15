"""Sampled tables as matrices, and honest down-sampling: of what is drawn in one place, least, mean and greatest are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Matrix = npt.NDArray[np.float64]

MOST_BINS: Final = 160
"""How many points in time a figure shows; more cannot be told apart on a page."""
_JITTER: Final = 0.1
"""Of the length of a sample: by so much the stamps of one that comes next may be late."""


@dataclass(frozen=True)
class Samples:
    """The samples of some instances.

    `end_s` (s) and `interval_s` (s) have an entry a sample; `names` an entry an instance, in the order of the table; each of
    `columns` is a matrix with a row a sample and a column an instance, NaN where an instance has no row.
    """

    end_s: Matrix
    interval_s: Matrix
    names: tuple[str, ...]
    columns: dict[str, Matrix]


@dataclass(frozen=True)
class Bins:
    """Adjacent samples taken together.

    `edges_s` (s) are one more than the bins; `low`, `mean` and `high` have a row a bin and a column an instance; means are
    weighted by the length of the samples. A hole between samples, in which nothing was measured, is a bin of NaN.
    """

    edges_s: Matrix
    low: Matrix
    mean: Matrix
    high: Matrix

    @property
    def middles_s(self) -> Matrix:
        """The middle (s) of each bin."""
        middles: Matrix = (self.edges_s[:-1] + self.edges_s[1:]) / 2
        return middles


def samples_of(table: pa.Table, key: str | None, columns: Sequence[str]) -> Samples:
    """Arrange `columns` of a sampled table by its times and by the names (or numbers) in the column `key`; None: one instance."""
    times, row = np.unique(table["time_ns"].to_numpy(), return_inverse=True)
    lengths: Matrix = np.zeros(len(times))
    np.maximum.at(lengths, row, table["interval_ns"].to_numpy() / 1e9)
    names: tuple[str, ...] = ("",)
    place: npt.NDArray[np.int64] = np.zeros(len(row), np.int64)
    if key is not None:
        encoded = table[key].combine_chunks().dictionary_encode()
        names = tuple(str(name) for name in encoded.dictionary.to_pylist())
        place = encoded.indices.to_numpy().astype(np.int64)
    found = dict[str, Matrix]()
    for name in columns:
        matrix: Matrix = np.full((len(times), len(names)), np.nan)
        matrix[row, place] = table[name].cast(pa.float64()).to_numpy()
        found[name] = matrix
    return Samples(times / 1e9, lengths, names, found)


def binned(samples: Samples, values: Matrix, most: int = MOST_BINS) -> Bins:
    """Take adjacent samples together so that at most `most` bins are left, and none across a hole; bins of NaN alone are NaN."""
    count = len(samples.end_s)
    holes = _holes(samples, most)
    even = np.linspace(0, count, min(count, most) + 1).astype(np.int64)[:-1]
    starts = np.unique(np.concatenate([even, holes]))
    weights = np.where(np.isnan(values), 0.0, samples.interval_s[:, None])
    total = np.add.reduceat(weights, starts, axis=0)
    weighted = np.add.reduceat(np.where(np.isnan(values), 0.0, values) * weights, starts, axis=0)
    with np.errstate(invalid="ignore"):
        mean = weighted / total
    begin = samples.end_s - samples.interval_s
    ends = np.append(starts[1:], count) - 1
    before = np.searchsorted(starts, holes)
    low, high = (of.reduceat(values, starts, axis=0) for of in (np.fmin, np.fmax))
    return Bins(
        np.concatenate([begin[:1], np.insert(samples.end_s[ends], before, begin[holes])]),
        *(np.insert(each, before, np.nan, axis=0) for each in (low, mean, high)),
    )


def _holes(samples: Samples, most: int) -> npt.NDArray[np.int64]:
    """Give the places of the samples before which there is a hole that is wide enough to be seen beside `most` bins."""
    begin = samples.end_s - samples.interval_s
    width = begin[1:] - np.maximum.accumulate(samples.end_s)[:-1]
    seen = (samples.end_s[-1] - begin[0]) / (2 * most)
    return np.flatnonzero((width > _JITTER * samples.interval_s[1:]) & (width > seen)) + 1


def mean_of(samples: Samples, values: Matrix) -> Matrix:
    """Give the mean over time of each instance, weighted by the length of the samples that have a value; NaN where none has."""
    weights = np.where(np.isnan(values), 0.0, samples.interval_s[:, None])
    with np.errstate(invalid="ignore"):
        means: Matrix = np.nansum(values * weights, axis=0) / weights.sum(axis=0)
    return means


def largest(names: Sequence[str], totals: Matrix, most: int) -> list[int]:
    """Give the places of the `most` largest of `totals`, largest first; equal ones and NaN by place."""
    order = sorted(range(len(names)), key=lambda place: (-np.nan_to_num(totals[place], nan=-1.0), place))
    return order[:most]


def shortened(name: str, most: int = 18) -> str:
    """Cut a name down to `most` characters, its end kept."""
    return name if len(name) <= most else f"{name[: most - 7]}…{name[-6:]}"
