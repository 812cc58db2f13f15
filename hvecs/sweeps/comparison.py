"""Two sweeps, or two runs, side by side: the difference of every outcome that both have."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hvecs.spec.sweep_ranges import unit_of
from hvecs.sweeps.results import Results
from hvecs.sweeps.statistics import Estimate, between, estimate, independent

How = Literal["paired", "independent", "batch means", "single"]


@dataclass(frozen=True)
class Difference:
    """One outcome of one point in both; `difference` is B less A.

    `how` says what the interval rests on: "paired" runs with the same seeds, "independent" runs, the "batch means" of two runs
    where one of the two is single, or nothing, of "single" runs without such.
    """

    labels: dict[str, Any]
    outcome: str
    unit: str
    a: Estimate
    b: Estimate
    difference: Estimate
    how: How
    meaning: str

    @property
    def relative(self) -> float | None:
        """The difference as a share of A."""
        if self.difference.mean is None or self.a.mean is None:
            return None
        if self.difference.mean == 0:
            return 0.0
        return self.difference.mean / abs(self.a.mean) if self.a.mean else float("inf")

    def exceeds(self, share: float) -> bool:
        """Say whether the difference is larger than `share` of A and not explained by chance.

        Where there is no interval the difference alone counts. An outcome that only one of the two has,
        exceeds any share.
        """
        if (self.a.n == 0) != (self.b.n == 0):
            return True
        if self.relative is None or not abs(self.relative) > share:
            return False
        return self.difference.low is None or self.difference.excludes_zero


@dataclass(frozen=True)
class Comparison:
    """The differences of two results, and what only one of them has."""

    differences: tuple[Difference, ...]
    only: tuple[str, ...]


def compare(a: Results, b: Results) -> Comparison:
    """Compare two results: points with the same values of the same axes, runs with the same seeds where there are.

    Quantities are compared as such: "1 us" is "1000 ns".
    """
    points = _matched(a, b)
    names = [name for name in a.values if name in b.values and a.meanings[name] == b.meanings[name]]
    found = [_difference(a, b, at, to, name) for name in names for at, to in points]
    return Comparison(tuple(found), tuple(_only(a, b, points, names)))


def _matched(a: Results, b: Results) -> list[tuple[int, int]]:
    """Pair the points; two results of one point each are compared whatever their axes."""
    if len(a.points) == len(b.points) == 1:
        return [(0, 0)]
    there = {_key(b, point): point for point in range(len(b.points))}
    return [(point, there[_key(a, point)]) for point in range(len(a.points)) if _key(a, point) in there]


def _key(results: Results, point: int) -> str:
    labels = {path: unit_of(value) or value for path, value in results.labels(point).items()}
    return repr(sorted(labels.items()))


def _difference(a: Results, b: Results, at: int, to: int, name: str) -> Difference:
    left, right = a.estimate(name, at), b.estimate(name, to)
    difference, how = _estimated(a, b, (at, to), name)
    if difference.n <= 1:
        difference = between(left, right)
        how = "single" if difference.low is None else "batch means"
    return Difference(a.labels(at), name, a.units[name], left, right, difference, how, a.meanings[name])


def _estimated(a: Results, b: Results, points: tuple[int, int], name: str) -> tuple[Estimate, How]:
    left, right = a.values[name][points[0]], b.values[name][points[1]]
    common = [seed for seed in a.seeds if seed in set(b.seeds)]
    if common:
        pairs = (
            right[[b.seeds.index(seed) for seed in common]] - left[[a.seeds.index(seed) for seed in common]]
        )
        found = estimate(np.asarray(pairs))
        if found.n:
            return found, "paired"
    return independent(left, right), "independent"


def _only(a: Results, b: Results, points: list[tuple[int, int]], names: list[str]) -> Iterator[str]:
    """Say what is left out because the other has no such point or outcome, or one that is made of other rows."""
    for name in a.values:
        if name in b.values and name not in names:
            yield f"{name} is left out: it is {a.meanings[name]} in A, and {b.meanings[name]} in B"
    used = ("A", a, b, {at for at, _ in points}), ("B", b, a, {to for _, to in points})
    for side, results, other, matched in used:
        if len(matched) < len(results.points):
            yield f"{len(results.points) - len(matched)} of {len(results.points)} points are in {side} only"
        missing = [name for name in results.values if name not in other.values]
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""  # noqa: PLR2004 - a line's worth
            yield f"outcomes in {side} only: {', '.join(missing[:5])}{more}"
