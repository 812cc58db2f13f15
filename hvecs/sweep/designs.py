"""Designs: from the axes of a sweep to its points, in an order that does not depend on anything else."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import product
from typing import Any

from hvecs.spec.sweep import Axis, Sweep
from hvecs.spec.sweep_axes import range_of

Point = tuple[Any, ...]
"""One value for each axis, as it would be written in the scenario; of levels, the name."""


def points_of(sweep: Sweep) -> list[Point]:
    """Give the points of a sweep, each once, in the order of the design.

    A grid varies its last axis fastest. The first n points of "random" and "sobol" do not depend on how many there are.
    """
    axes = sweep.axis
    match sweep.sweep.design:
        case "grid":
            found: Iterator[Point] = product(*map(_levels, axes))
        case "zip":
            found = zip(*map(_levels, axes), strict=True) if axes else iter([()])
        case _:
            shares = _shares(sweep)
            found = (tuple(map(_at, axes, row)) for row in shares)
    return _each_once(found)


def replication_seed(seed: int, replication: int) -> int:
    """Give the seed of the n-th run of every point, 63 bits of a hash: common random numbers across points."""
    return _hash(b"hvecs.replicate", seed, replication) >> 1


def _each_once(points: Iterator[Point]) -> list[Point]:
    """Leave out points that rounding, or few categories, made alike."""
    return list({repr(point): point for point in points}.values())


def _levels(axis: Axis) -> Sequence[Any]:
    """Give the values or levels of an axis, or those that divide its range evenly."""
    span = range_of(axis)
    if span is None:
        return axis.choices
    return [span.at(index / (axis.points - 1)) for index in range(axis.points)]


def _at(axis: Axis, share: float) -> Any:
    """Give the value of an axis at a share from 0 up to 1: of its range, or of its values or levels as categories."""
    span = range_of(axis)
    if span is None:
        return axis.choices[min(int(share * len(axis.choices)), len(axis.choices) - 1)]
    return span.at(share)


def _shares(sweep: Sweep) -> Sequence[Sequence[float]]:
    """Give points in the unit cube, one coordinate an axis."""
    table, width = sweep.sweep, len(sweep.axis)
    if table.design == "random":
        return [
            [_hash(b"hvecs.point", table.seed, index, axis) / 2**64 for axis in range(width)]
            for index in range(table.points)
        ]
    # scipy takes a second to load, and only these designs need it
    from scipy.stats import qmc  # type: ignore[import-untyped]  # noqa: PLC0415

    seed = _hash(b"hvecs.design", table.seed)
    if table.design == "latin-hypercube":
        return list(qmc.LatinHypercube(width, rng=seed).random(table.points).tolist())
    power = (table.points - 1).bit_length()
    return list(qmc.Sobol(width, rng=seed).random_base2(power).tolist())[: table.points]


def _hash(domain: bytes, *numbers: int) -> int:
    """Give 64 bits that differ between domains and lists of numbers."""
    text = ",".join(map(str, numbers)).encode()
    return int.from_bytes(blake2b(text, digest_size=8, person=domain).digest(), "little")
