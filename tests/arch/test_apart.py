"""What LLVM is told of memory is so: no array of the tables shares memory with another, but for those that are declared as views."""

from itertools import combinations

import numpy as np

from hvecs.engine.build import build
from hvecs.spec import load
from systems.kernels.heap import Heap
from tests.arch.test_systems import SCENARIO


def arrays_of(tables, name):
    """Give every array of a tuple of arrays and of the tuples in it, by its name; of a declared view, nothing."""
    for field, value in zip(tables._fields, tables, strict=True):
        if isinstance(value, Heap):
            yield from arrays_of(value, f"{name}.{field}")
        elif isinstance(value, np.ndarray) and field not in tables.views:
            yield f"{name}.{field}", value


def sharing(tuples):
    """Name the pairs of arrays that share memory, though LLVM is told that they do not.

    A column of a component, and an array of one name, is the same to LLVM whatever tuple holds it.
    """
    arrays = [each for name, tables in tuples.items() for each in arrays_of(tables, name)]
    pairs = combinations([(name, array) for name, array in arrays if array.size], 2)
    return {
        (one, other)
        for (one, a), (other, b) in pairs
        if np.may_share_memory(a, b)
        and not (a.dtype.names and a.dtype == b.dtype)
        and one.rpartition(".")[2] != other.rpartition(".")[2]
    }


def test_no_two_arrays_share_memory_but_for_declared_views(tmp_path):
    path = tmp_path / "world.toml"
    path.write_text(SCENARIO)
    world = build(load(path))
    world.grow_pool()
    kernels = {"w": world.tables, "m": world.memory, "s": world.samples.tables}
    assert sharing(kernels) == set()


def test_views_are_found_where_they_are_not_declared(tmp_path):
    path = tmp_path / "world.toml"
    path.write_text(SCENARIO)
    tables = build(load(path)).tables
    type(tables).views, declared = (), type(tables).views
    try:
        assert sharing({"w": tables}) == {("w.vp_traps", "w.trap_counts"), ("w.vp_waits", "w.wait_buckets")}
    finally:
        type(tables).views = declared
