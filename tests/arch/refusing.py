"""Runs a small world uncompiled on tables that refuse negative indices, which numpy would count from the end; writes `done`.

An index that may be NOBODY must be tested before it is used: nothing else would notice that it was not.
"""

import sys
from pathlib import Path

import numpy as np

from hvecs.engine.build import build
from hvecs.spec import load
from systems.loop import advance, prepare
from systems.policy import Policy
from systems.state.tables import BUFFER_FULL, OPERATIONS_FULL, POOL_EMPTY


class Refusing:
    """An array that raises IndexError where an index is negative."""

    def __init__(self, array):
        self._array = array

    def __getitem__(self, key):
        return self._array[_checked(key)]

    def __setitem__(self, key, value):
        self._array[_checked(key)] = value

    def __len__(self):
        return len(self._array)

    def __iter__(self):
        return iter(self._array)

    def __getattr__(self, name):
        return getattr(self._array, name)

    def __array__(self, dtype=None, copy=None):
        return self._array


def _checked(key):
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, int | np.integer) and part < 0:
            raise IndexError(f"a negative index: {part}")
    return key


def refusing(value):
    """The same tables, of which every array refuses negative indices."""
    if isinstance(value, np.ndarray):
        return Refusing(value)
    if hasattr(value, "_fields") and not isinstance(value, Policy):
        return type(value)(*(refusing(member) for member in value))
    return value


def main(scenario: Path) -> None:
    """Make all steps of `scenario`, with nothing between them that works on whole tables."""
    world = build(load(scenario))
    prepare(refusing(world.tables))
    end_ns = int(world.tables.clock[0].end_ns)
    relief = {
        POOL_EMPTY: world.grow_pool,
        BUFFER_FULL: world.drain_traces,
        OPERATIONS_FULL: world.drain_operations,
    }
    kernels = world.schedule.kernels
    while (status := advance(refusing(world.tables), refusing(world.memory), end_ns, kernels)) in relief:
        relief[status]()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
