"""Elements of arrays in tuples that kernels take by address: each way to reach one gives what plain Python gives."""

import types
from typing import Any, NamedTuple

import numpy as np
import pytest

from systems.kernels.jit import njit, part
from systems.kernels.numba_ext.by_address import by_address


@by_address
class World(NamedTuple):
    numbers: Any
    grid: Any
    flags: Any
    small: Any
    rows: Any
    strided: Any


@part
def _last_of(values):
    return values[len(values) - 1]


@njit
def read(w, at):
    total = w.numbers[0] + 10 * w.numbers[at] + 100 * w.numbers[-1]
    total += 1_000 * w.grid[at, 1] + 10_000 * w.grid[at][0] + 100_000 * w.grid[0, 2]
    if w.flags[at] and not w.flags[0]:
        total += 1_000_000
    total += int(w.small[at]) * 10_000_000 + w.strided[at] * 100_000_000
    numbers = w.numbers
    for place in range(len(numbers)):
        total += numbers[place] * 7
    return total + _last_of(w.numbers[1:]) * 11 + w.rows[at].count + int(w.rows[0].share * 2)


@njit
def write(w, at):
    w.numbers[at] = w.numbers[at] + at
    w.numbers[0] += 2
    w.grid[at, 2] = 1.9
    w.flags[0] = at
    w.small[at] = 200
    w.strided[0] = at
    row = w.rows[at]
    row.count += 5
    row.share = at
    row.on = at == 1
    if at == 1:
        row = w.rows[0]
    row.count -= 1
    return row.count


def _world():
    rows = np.zeros(3, [("count", np.int32), ("share", np.float64), ("on", np.bool_)]).view(np.recarray)
    rows.count, rows.share = [4, 5, 6], [0.5, 1.5, 2.5]
    return World(
        numbers=np.array([3, 5, 9]),
        grid=np.arange(9).reshape(3, 3),
        flags=np.array([False, True, True]),
        small=np.array([1, 2, 3], np.uint8),
        rows=rows,
        strided=np.arange(6)[::2],
    )


def _plain(kernel):
    """The function in plain Python, with what it calls."""
    function = getattr(kernel, "py_func", kernel)
    last_of = getattr(_last_of, "py_func", _last_of)
    return types.FunctionType(function.__code__, {**function.__globals__, "_last_of": last_of})


@pytest.mark.parametrize("at", [1, 2])
def test_what_is_read_is_what_plain_python_reads(at):
    w = _world()
    assert read(w, at) == _plain(read)(w, at)


def test_a_read_by_hand():
    w = _world()
    expected = 3 + 50 + 900 + 1_000 * 4 + 10_000 * 3 + 100_000 * 2 + 1_000_000 + 20_000_000 + 200_000_000
    assert read(w, 1) == expected + 7 * (3 + 5 + 9) + 11 * 9 + 5 + 1


@pytest.mark.parametrize("at", [1, 2])
def test_what_is_written_is_there(at):
    w = _world()
    assert write(w, at) == {1: 3, 2: 10}[at]
    assert w.numbers.tolist() == {1: [5, 6, 9], 2: [5, 5, 11]}[at]
    assert w.grid[at].tolist() == [3 * at, 3 * at + 1, 1]
    assert w.flags.tolist() == [True, True, True]
    assert w.small[at] == 200
    assert w.strided.tolist() == [at, 2, 4]
    assert w.rows.share[at] == at
    assert w.rows.on.tolist() == [False, at == 1, False]
    assert w.rows.count.tolist() == {1: [3, 10, 6], 2: [4, 5, 10]}[at]
