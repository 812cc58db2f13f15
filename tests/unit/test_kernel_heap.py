import numpy as np
import pytest

from systems.kernels import heap as heaps


def drain(heap, h):
    out = []
    while (item := heaps.pop_top(heap, h)) >= 0:
        out.append(item)
    return out


def test_make_heap_lays_segments_end_to_end():
    heap = heaps.make_heap([2, 0, 3], 7)
    assert heap.start.tolist() == [0, 2, 2, 5]
    assert heap.items.shape == (5,)
    assert heap.position.tolist() == [-1] * 7
    assert {column.dtype for column in heap} == {np.dtype(np.int64)}


def test_an_empty_heap_has_no_top():
    heap = heaps.make_heap([2], 2)
    assert heaps.top(heap, 0) == -1
    assert heaps.pop_top(heap, 0) == -1
    assert heap.length[0] == 0


def test_equal_keys_come_in_their_order():
    heap = heaps.make_heap([4], 4)
    for item, (key, order) in enumerate([(5, 2), (5, -1), (4, 9), (5, 0)]):
        heaps.push(heap, 0, item, key, order)
    assert heaps.top(heap, 0) == 2
    assert drain(heap, 0) == [2, 1, 3, 0]


def test_keys_of_the_whole_range_compare():
    heap = heaps.make_heap([3], 3)
    for item, key in enumerate([2**62, -(2**63), 2**63 - 1]):
        heaps.push(heap, 0, item, key, 0)
    assert drain(heap, 0) == [1, 0, 2]


def test_contains_follows_push_remove_and_pop():
    heap = heaps.make_heap([3], 3)
    assert not heaps.contains(heap, 0)
    heaps.push(heap, 0, 0, 1, 0)
    heaps.push(heap, 0, 1, 2, 0)
    assert heaps.contains(heap, 0)
    heaps.remove(heap, 0, 1)
    assert not heaps.contains(heap, 1)
    heaps.pop_top(heap, 0)
    assert not heaps.contains(heap, 0)


def test_replace_moves_an_item_both_ways():
    heap = heaps.make_heap([5], 5)
    for item in range(5):
        heaps.push(heap, 0, item, item * 10, 0)
    heaps.replace(heap, 0, 4, -1, 0)
    assert heaps.top(heap, 0) == 4
    heaps.replace(heap, 0, 4, 15, 0)
    heaps.replace(heap, 0, 0, 99, 0)
    assert drain(heap, 0) == [1, 4, 2, 3, 0]


def test_a_full_heap_refuses_and_leaves_its_neighbour_alone(monkeypatch):
    """Where that is checked."""
    monkeypatch.setattr(heaps, "CHECKED", True)
    push = getattr(heaps.push, "py_func", heaps.push)
    heap = heaps.make_heap([1, 1], 3)
    heaps.push(heap, 0, 0, 5, 0)
    heaps.push(heap, 1, 1, 6, 0)
    with pytest.raises(IndexError, match="more items than its segment"):
        push(heap, 0, 2, 1, 0)
    assert heaps.top(heap, 0) == 0
    assert heaps.top(heap, 1) == 1
    assert not heaps.contains(heap, 2)
