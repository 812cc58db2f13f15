"""Tuples passed by address: unpacked once, and never taken for another."""

import copy
import gc
from typing import Any, NamedTuple

import numpy as np

from systems.kernels.jit import njit
from systems.kernels.numba_ext.by_address import by_address


@by_address
class Inner(NamedTuple):
    values: Any


@by_address
class Outer(NamedTuple):
    """Documented."""

    first: Any
    inner: Inner
    several: Any


@njit
def total(w: Outer) -> int:
    found = 0
    for value in w.first:
        found += value
    for value in w.inner.values:
        found += 100 * value
    for number in range(len(w.several)):
        found += 10_000 * w.several[number][0, 0]
    return found


def _whole(*values):
    return np.array(values, np.int64)


def _tuple(first, inner=(0,), several=(0,)):
    return Outer(_whole(*first), Inner(_whole(*inner)), tuple(_whole(each).reshape(1, 1) for each in several))


def test_members_nested_tuples_and_tuples_of_arrays_are_read():
    assert total(_tuple([1, 2], [3], [4])) == 1 + 2 + 300 + 40_000
    assert total(_tuple([1], [3], [4, 5])) == 1 + 300 + 90_000


def test_what_is_written_into_an_array_is_seen_by_the_next_call():
    w = _tuple([1, 2])
    assert total(w) == 3
    w.first[:] = 7
    assert total(w) == 14


def test_a_tuple_with_a_member_replaced_is_another():
    w = _tuple([1, 2], [3])
    assert total(w) == 303
    other = w._replace(first=_whole(5, 6, 7))
    assert total(other) == 318
    assert total(w) == 303
    assert type(other) is Outer
    assert Outer.__doc__ == "Documented."


def test_a_tuple_at_the_place_of_one_that_is_gone_is_another():
    """A new tuple often gets the id of the last; its arrays, here of another length, are its own."""
    for length in range(1, 300):
        w = _tuple(range(length), [length])
        assert total(w) == length * (length - 1) // 2 + 100 * length
        del w
        gc.collect(0)


def test_a_copy_has_arrays_of_its_own():
    w = _tuple([1, 2])
    assert total(w) == 3
    for other in (copy.deepcopy(w), copy.deepcopy([w])[0]):
        w.first[:] = 50
        assert other.kernel_address == 0
        assert total(other) == 3
        w.first[:] = 1, 2


def test_the_type_is_found_once_for_a_tuple():
    w = _tuple([1])
    assert w.kernel_type is None
    total(w)
    found, address = w.kernel_type, w.kernel_address
    total(w)
    assert (w.kernel_type, w.kernel_address) == (found, address)
    assert address or found is None  # uncompiled, nothing is unpacked
