"""Runs a small world uncompiled and prints which components each system really reads and writes, as JSON."""

import json
import sys
from functools import wraps
from inspect import isfunction
from pathlib import Path

from hvecs.engine.build import build
from hvecs.engine.run import _run
from hvecs.spec import load
from systems import (
    SCHEDULE,
    Administration,
    Guests,
    Hypercalls,
    Intercepts,
    Interrupts,
    Io,
    Migrations,
    Scheduling,
    System,
    Tiers,
)
from systems.declarations import MOMENTS
from systems.schedule import Schedule
from systems.state.memory import MEMORY_COMPONENTS
from systems.state.tables import COMPONENTS

ROOMS = (Administration, Interrupts, Intercepts, Guests, Io, Tiers, Migrations, Scheduling)
"""Systems that own a room."""
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
    world = build(load(scenario), _watched())
    world.grow_pool()
    bound.update(
        tables=_recorded(world.tables, COMPONENTS), memory=_recorded(world.memory, MEMORY_COMPONENTS)
    )
    _run(world, 0, False, None)
    json.dump({name: {k: sorted(v) for k, v in both.items()} for name, both in seen.items()}, sys.stdout)


bound = {}


def _watch_functions():
    """Have every function note what it touches under the system of its file, or else of its room, whoever calls it."""
    rooms = {system.__module__.split(".")[1]: system for system in ROOMS} | {"hypercalls": Hypercalls}
    files = {system.__module__: system for system in SCHEDULE.systems}
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("systems.")]
    wrapped = {}
    for module in modules:
        owner = files.get(module.__name__) or rooms.get(module.__name__.split(".")[1])
        for value in vars(module).values():
            if owner and isfunction(value) and value.__module__ == module.__name__:
                wrapped[value] = _under(owner, value)
    for module in modules:
        for name, value in list(vars(module).items()):
            if isfunction(value) and value in wrapped:
                setattr(module, name, wrapped[value])


def _watched():
    """The schedule, with every kernel noting what it touches under the system it belongs to."""
    _watch_functions()
    for system in SCHEDULE.systems:
        if system.kernel is not None:
            system.kernel = staticmethod(_on_recorded(_under(system, system.kernel)))
        elif system.process is not System.process:
            system.process = _process_on_recorded(_under(system, system.process))
    events = [each._replace(kernel=_under(each.system, each.kernel)) for each in SCHEDULE.events]
    follow_ups = [each._replace(kernel=_under(each.system, each.kernel)) for each in SCHEDULE.follow_ups]
    tasks = [
        each._replace(done=_under(each.system, each.done), lost=_under(each.system, each.lost))
        for each in SCHEDULE.tasks
    ]
    workloads = [
        each._replace(
            **{name: _under(each.system, getattr(each, name)) for name in MOMENTS if getattr(each, name)}
        )
        for each in SCHEDULE.workloads
    ]
    accounts = [each._replace(kernel=_under(each.system, each.kernel)) for each in SCHEDULE.accounts]
    return Schedule(
        SCHEDULE.systems, events, follow_ups, tasks, workloads, accounts, _on_recorded(SCHEDULE.loop)
    )


def _under(system, kernel):
    touched = seen.setdefault(system.__name__, {"reads": set(), "writes": set()})

    @wraps(kernel)
    def call(*arguments):
        outside = dict(current)
        current.update(touched)
        try:
            return kernel(*arguments)
        finally:
            current.update(outside)

    return call


def _on_recorded(kernel):
    return lambda w, m, until: kernel(bound.get("tables", w), bound.get("memory", m), until)


def _process_on_recorded(process):
    def call(system, until):
        world = system.host
        plain = world.tables, world.memory
        world.tables, world.memory = bound["tables"], bound["memory"]
        process(system, until)
        world.tables, world.memory = plain

    return call


if __name__ == "__main__":
    main(Path(sys.argv[1]))
