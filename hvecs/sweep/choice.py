"""Which outcomes of a sweep a reader is shown first, and where along an axis one of them takes off."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from hvecs.sweep.results import Results

SHOWN: Final = 3
DOUBLE: Final = 2.0


@dataclass(frozen=True)
class Knee:
    """Two neighbours along an axis between which an outcome passes DOUBLE its value at the first point."""

    before: int
    after: int


def moved_most(results: Results, most: int = SHOWN) -> list[str]:
    """Name the outcomes that moved most over the points, by the ratio of their extreme means; those that only noise moved come last.

    An outcome that some points do not have (its guest did not start, its work was not done) counts by the others.
    """
    order = sorted(results.values, key=lambda name: -_movement(results, name))
    return order[:most]


def knee(means: Sequence[float]) -> Knee | None:
    """Find where `means`, in the order of an axis, first pass DOUBLE the first of them; NaN is passed over. None if nowhere."""
    known = [place for place, mean in enumerate(means) if not np.isnan(mean)]
    if not known or means[known[0]] <= 0:
        return None
    first = means[known[0]]
    for before, after in pairwise(known):
        if means[after] >= DOUBLE * first:
            return Knee(before, after)
    return None


def _movement(results: Results, name: str) -> float:
    values = results.values[name]
    known = values[~np.isnan(values).all(axis=1)]
    if len(known) < 2:  # noqa: PLR2004 - nothing to compare
        return 0.0
    means = np.nanmean(known, axis=1)
    spread = float(means.max() - means.min())
    noise = (
        float(np.nanmax(np.nanmax(known, axis=1) - np.nanmin(known, axis=1))) if known.shape[1] > 1 else 0.0
    )
    if spread <= noise:
        return spread / (noise or 1.0) / 1e3
    return float(np.log(means.max() / means.min())) + 1 if means.min() > 0 else float(np.inf)
