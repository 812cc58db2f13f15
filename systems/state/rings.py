"""Rings: lists of rows in order of joining, which a row can leave at any place; a row stands in one at most.

Row r of a table of rings holds next and previous of r, and a further row a list closes its ring.
"""

from typing import Any

import numpy as np

from components.declare import NOBODY
from systems.kernels.jit import part, small

Rings = np.ndarray[Any, np.dtype[np.int64]]
"""(rows + lists, 2)"""

_NEXT, _PREVIOUS = range(2)


def make_rings(rows: int, lists: int) -> Rings:
    """Return a table with all lists empty: rings of nothing but their closing rows."""
    closed = np.arange(rows + lists)
    return np.column_stack((closed, closed))


@small
def first_in(rings: Rings, ring: int) -> int:
    """Return the row that joined before the others; NOBODY if the list is empty."""
    first = rings[ring, _NEXT]
    return NOBODY if first == ring else int(first)


@small
def last_in(rings: Rings, ring: int) -> int:
    """Return the row that joined after the others; NOBODY if the list is empty."""
    return one_before(rings, ring, ring)


@small
def one_before(rings: Rings, ring: int, row: int) -> int:
    """Return the row that joined a list just before `row`, which is in it, or is its closing row; NOBODY if there is none."""
    before = rings[row, _PREVIOUS]
    return NOBODY if before == ring else int(before)


@part
def join_ring(rings: Rings, ring: int, row: int) -> None:
    """Put `row` at the end of a list."""
    last = rings[ring, _PREVIOUS]
    rings[row, _NEXT] = ring
    rings[row, _PREVIOUS] = last
    rings[last, _NEXT] = row
    rings[ring, _PREVIOUS] = row


@part
def leave_ring(rings: Rings, row: int) -> None:
    """Take `row` out of the list in which it stands."""
    following, previous = rings[row, _NEXT], rings[row, _PREVIOUS]
    rings[previous, _NEXT] = following
    rings[following, _PREVIOUS] = previous
