"""An indexed binary heap: many priority queues over one shared storage, whose members can be found and moved.

Heap number h holds its items in slots `start[h]` to `start[h] + length[h]`, least (key, order) first. Keys and orders lie beside the items,
by slot, so that the two children of a slot are compared by neighbouring numbers, whatever items they are. An item stands in at most one
heap at a time, so its position is a column indexed by the item.
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

    items: NDArray[np.int64]  # by slot: the item that stands there
    key: NDArray[np.int64]  # by slot: what is compared first
    order: NDArray[np.int64]  # by slot: what is compared where keys are equal
    position: NDArray[np.int64]  # by item: slot relative to its heap's start, -1 when in no heap
    length: NDArray[np.int64]  # by heap: how many items it holds
    start: NDArray[
        np.int64
    ]  # by heap: its first slot; one entry more than heaps, so start[h + 1] ends heap h


def make_heap(segment_capacities: Sequence[int], items: int) -> Heap:
    """Return empty heaps, one a capacity, for items numbered from 0 to `items - 1`."""
    start = np.zeros(len(segment_capacities) + 1, np.int64)
    np.cumsum(np.asarray(segment_capacities, np.int64), out=start[1:])
    slots = int(start[-1])
    return Heap(
        items=np.full(slots, -1, np.int64),
        key=np.zeros(slots, np.int64),
        order=np.zeros(slots, np.int64),
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


@small
def stands_in(heap: Heap, h: int, item: int) -> bool:
    """Tell whether an item stands in heap h."""
    at = heap.position[item]
    return bool(0 <= at < heap.length[h] and heap.items[heap.start[h] + at] == item)


@small
def key_of(heap: Heap, h: int, item: int) -> int:
    """Return the key of an item that stands in heap h."""
    return int(heap.key[heap.start[h] + heap.position[item]])


@small
def order_of(heap: Heap, h: int, item: int) -> int:
    """Return the order of an item that stands in heap h."""
    return int(heap.order[heap.start[h] + heap.position[item]])


@small
def top_key(heap: Heap, h: int) -> int:
    """Return the least key of heap h, which is not empty."""
    return int(heap.key[heap.start[h]])


@small
def top_order(heap: Heap, h: int) -> int:
    """Return the order of the item with the least (key, order) of heap h, which is not empty."""
    return int(heap.order[heap.start[h]])


@njit
def push(heap: Heap, h: int, item: int, key: int, order: int) -> None:
    """Add an item that stands in no heap; heap h has room for it. Raises IndexError when it is full, where that is checked."""
    base = heap.start[h]
    hole = heap.length[h]
    if CHECKED and base + hole >= heap.start[h + 1]:
        raise IndexError("a heap holds more items than its segment")
    heap.length[h] = hole + 1
    _rise(heap, base, hole, item, key, order)


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
        _settle(heap, base, last, hole)


@njit
def replace(heap: Heap, h: int, item: int, key: int, order: int) -> None:
    """Give an item that stands in heap h another (key, order), and the place that goes with it."""
    base = heap.start[h]
    hole = heap.position[item]
    at = base + hole
    if key < heap.key[at] or (key == heap.key[at] and order < heap.order[at]):
        _rise(heap, base, hole, item, key, order)
    else:
        _sink(heap, base, heap.length[h], hole, item, key, order)


@njit
def _rise(heap: Heap, base: int, hole: int, item: int, key: int, order: int) -> None:
    """Move the hole towards the top until no parent is greater than the item, and set the item there."""
    while hole > 0:
        parent = (hole - 1) >> 1
        at = base + parent
        if heap.key[at] < key or (heap.key[at] == key and heap.order[at] <= order):
            break
        _move(heap, base, at, hole)
        hole = parent
    _set(heap, base, hole, item, key, order)


@njit
def _sink(heap: Heap, base: int, length: int, hole: int, item: int, key: int, order: int) -> None:
    """Move the hole away from the top until no child is less than the item, and set the item there.

    A timer that is set again is often due soon, among many that are due much later: it does not go far.
    """
    child = 2 * hole + 1
    while child < length:
        child += _second_is_less(heap, base + child, child + 1 < length)
        at = base + child
        if key < heap.key[at] or (key == heap.key[at] and order <= heap.order[at]):
            break
        _move(heap, base, at, hole)
        hole = child
        child = 2 * hole + 1
    _set(heap, base, hole, item, key, order)


@njit
def _settle(heap: Heap, base: int, last: int, hole: int) -> None:
    """Fill the hole with the item of slot `last`, which is of any size and leaves the heap's end.

    The hole first moves down along the smaller children to a leaf and the item rises from there: an item
    that comes from the end of the heap belongs near a leaf, so this compares it far less often on the way.
    """
    child = 2 * hole + 1
    while child < last:
        child += _second_is_less(heap, base + child, child + 1 < last)
        _move(heap, base, base + child, hole)
        hole = child
        child = 2 * hole + 1
    end = base + last
    _rise(heap, base, hole, heap.items[end], heap.key[end], heap.order[end])


@small
def _second_is_less(heap: Heap, at: int, is_there: bool) -> int:
    """Return 1 if the second of two children, the first of which stands in slot `at`, is there and is the less, else 0.

    Only whether it is there is a branch: which child is less is not to be foretold, nor, where timers are due together, whether keys are equal.
    """
    if not is_there:
        return 0
    key, other_key = heap.key[at], heap.key[at + 1]
    return int(other_key < key) | (int(other_key == key) & int(heap.order[at + 1] < heap.order[at]))


@small
def _move(heap: Heap, base: int, at: int, hole: int) -> None:
    """Move what stands in slot `at` into the hole."""
    item = heap.items[at]
    heap.items[base + hole] = item
    heap.key[base + hole] = heap.key[at]
    heap.order[base + hole] = heap.order[at]
    heap.position[item] = hole


@small
def _set(heap: Heap, base: int, hole: int, item: int, key: int, order: int) -> None:
    """Set an item into the hole."""
    heap.items[base + hole] = item
    heap.key[base + hole] = key
    heap.order[base + hole] = order
    heap.position[item] = hole
