"""Runs a small world uncompiled and prints which components each system really reads and writes, as JSON."""

import json
import sys
from pathlib import Path

import esper

from hvecs.engine.build import build
from hvecs.engine.run import _run
from hvecs.spec import load
from systems.state.memory import MEMORY_COMPONENTS
from systems.state.tables import COMPONENTS

seen: dict[str, dict[str, set[str]]] = {}
current = {"reads": set(), "writes": set()}


class Row:
    """A row that remembers that it was touched."""

    def __init__(self, row, component):
        object.__setattr__(self, "_row", row)
        object.__setattr__(self, "_component", component)

    def __getattr__(self, name):
        current["reads"].add(self._component)
        return getattr(self._row, name)

    def __setattr__(self, name, value):
        current["writes"].add(self._component)
        setattr(self._row, name, value)


class Recorded:
    """A table that remembers that it was touched."""

    def __init__(self, table, component):
        self._table = table
        self._component = component

    def __getitem__(self, key):
        return Row(self._table[key], self._component)

    def __len__(self):
        return len(self._table)

    def __getattr__(self, name):
        current["reads"].add(self._component)
        return getattr(self._table, name)

    def __array__(self, dtype=None, copy=None):
        current["reads"].add(self._component)
        return self._table


def _recorded(tables, components):
    return tables._replace(
        **{
            name: Recorded(getattr(tables, name), component.__name__)
            for name, component in components.items()
        }
    )


def main(scenario: Path) -> None:
    """Step the world of `scenario` system by system."""
    world = build(load(scenario))
    world.grow_requests()
    plain, memory = world.tables, world.memory
    recorded, recorded_memory = _recorded(plain, COMPONENTS), _recorded(memory, MEMORY_COMPONENTS)

    def watched(processor):
        process = processor.process

        def step(until):
            current["reads"], current["writes"] = set(), set()
            world.tables, world.memory = recorded, recorded_memory
            process(until)
            world.tables, world.memory = plain, memory
            touched = seen.setdefault(type(processor).__name__, {"reads": set(), "writes": set()})
            touched["reads"] |= current["reads"]
            touched["writes"] |= current["writes"]

        return step

    for processor in esper._processors:
        processor.process = watched(processor)
    _run(world, 0, False, None)
    json.dump({name: {k: sorted(v) for k, v in both.items()} for name, both in seen.items()}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
