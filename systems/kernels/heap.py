"""An indexed binary heap: many priority queues over one shared storage, whose members can be found and moved.

Heap number h holds its items in `items[start[h] : start[h] + length[h]]`, least (key, order) first. An item stands in
at most one heap at a time, so its key, order and position are columns indexed by the item.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from systems.kernels.jit import CHECKED, njit, small
from systems.kernels.numba_ext.by_address import by_address


@by_address
class Heap(NamedTuple):
    """The columns of all heaps that share one storage; all int64."""

    items: NDArray[np.int64]  # by storage slot: the item that stands there
    key: NDArray[np.int64]  # by item: what is compared first
    order: NDArray[np.int64]  # by item: what is compared where keys are equal
    position: NDArray[np.int64]  # by item: slot relative to its heap's start, -1 when in no heap
    length: NDArray[np.int64]  # by heap: how many items it holds
    start: NDArray[
        np.int64
    ]  # by heap: its first slot; one entry more than heaps, so start[h + 1] ends heap h


def make_heap(segment_capacities: Sequence[int], items: int) -> Heap:
    """Return empty heaps, one a capacity, for items numbered from 0 to `items - 1`."""
    start = np.zeros(len(segment_capacities) + 1, np.int64)
    np.cumsum(np.asarray(segment_capacities, np.int64), out=start[1:])
    return Heap(
        items=np.full(int(start[-1]), -1, np.int64),
        key=np.zeros(items, np.int64),
        order=np.zeros(items, np.int64),
        position=np.full(items, -1, np.int64),
        length=np.zeros(len(segment_capacities), np.int64),
        start=start,
    )


@njit
def top(heap: Heap, h: int) -> int:
    """Return the item with the least (key, order), or -1 from an empty heap."""
    if heap.length[h] == 0:
        return -1
    item: int = heap.items[heap.start[h]]
    return item


@njit
def contains(heap: Heap, item: int) -> bool:
    """Tell whether an item stands in any heap of this storage."""
    return bool(heap.position[item] >= 0)


@njit
def push(heap: Heap, h: int, item: int, key: int, order: int) -> None:
    """Add an item that stands in no heap; heap h has room for it. Raises IndexError when it is full, where that is checked."""
    base = heap.start[h]
    hole = heap.length[h]
    if CHECKED and base + hole >= heap.start[h + 1]:
        raise IndexError("a heap holds more items than its segment")
    heap.length[h] = hole + 1
    heap.key[item] = key
    heap.order[item] = order
    _rise(heap, base, hole, item)


@njit
def pop_top(heap: Heap, h: int) -> int:
    """Take away and return the item with the least (key, order), or -1 from an empty heap."""
    if heap.length[h] == 0:
        return -1
    item: int = heap.items[heap.start[h]]
    remove(heap, h, item)
    return item


@njit
def remove(heap: Heap, h: int, item: int) -> None:
    """Take away an item that stands in heap h, wherever in it."""
    base = heap.start[h]
    hole = heap.position[item]
    last = heap.length[h] - 1
    heap.length[h] = last
    heap.position[item] = -1
    if hole != last:
        _settle(heap, base, last, hole, heap.items[base + last])


@njit
def replace(heap: Heap, h: int, item: int, key: int, order: int) -> None:
    """Give an item that stands in heap h another (key, order), and the place that goes with it."""
    sooner = key < heap.key[item] or (key == heap.key[item] and order < heap.order[item])
    heap.key[item] = key
    heap.order[item] = order
    if sooner:
        _rise(heap, heap.start[h], heap.position[item], item)
    else:
        _sink(heap, heap.start[h], heap.length[h], heap.position[item], item)


@njit
def _rise(heap: Heap, base: int, hole: int, item: int) -> None:
    """Move the hole towards the top until no parent is greater than the item, and set the item there."""
    key = heap.key[item]
    order = heap.order[item]
    while hole > 0:
        parent = (hole - 1) >> 1
        above = heap.items[base + parent]
        if heap.key[above] < key or (heap.key[above] == key and heap.order[above] <= order):
            break
        heap.items[base + hole] = above
        heap.position[above] = hole
        hole = parent
    heap.items[base + hole] = item
    heap.position[item] = hole


@small
def _is_before(heap: Heap, one: int, other: int) -> bool:
    """Tell whether item `one` is less than the `other`, without a branch: which of two is, is not to be foretold."""
    key, other_key = heap.key[one], heap.key[other]
    return bool((key < other_key) | ((key == other_key) & (heap.order[one] < heap.order[other])))


@njit
def _sink(heap: Heap, base: int, length: int, hole: int, item: int) -> None:
    """Move the hole away from the top until no child is less than the item, and set the item there.

    A timer that is set again is often due soon, among many that are due much later: it does not go far.
    """
    key = heap.key[item]
    order = heap.order[item]
    child = 2 * hole + 1
    while child < length:
        least = heap.items[base + child]
        if child + 1 < length:
            other = heap.items[base + child + 1]
            second = _is_before(heap, other, least)
            least = other if second else least
            child += second
        least_key = heap.key[least]
        if key < least_key or (key == least_key and order <= heap.order[least]):
            break
        heap.items[base + hole] = least
        heap.position[least] = hole
        hole = child
        child = 2 * hole + 1
    heap.items[base + hole] = item
    heap.position[item] = hole


@njit
def _settle(heap: Heap, base: int, length: int, hole: int, item: int) -> None:
    """Fill the hole with an item of any size.

    The hole first moves down along the smaller children to a leaf and the item rises from there: an item
    that comes from the end of the heap belongs near a leaf, so this compares it far less often on the way.
    """
    child = 2 * hole + 1
    while child < length:
        least = heap.items[base + child]
        if child + 1 < length:
            other = heap.items[base + child + 1]
            second = _is_before(heap, other, least)
            least = other if second else least
            child += second
        heap.items[base + hole] = least
        heap.position[least] = hole
        hole = child
        child = 2 * hole + 1
    _rise(heap, base, hole, item)
