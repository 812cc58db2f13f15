"""Filled columns: the columns of one table that the kernel of counters works out, for all samples in the buffer at once."""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from components.archetypes import ARCHETYPES
from hvecs.engine.column_programs import (
    ALL,
    NOTHING,
    OWN,
    OWNERS,
    VPS,
    Case,
    Program,
    Reach,
    program_of,
)
from hvecs.engine.instances import Instances
from hvecs.engine.on_hosts import OnHosts
from hvecs.engine.world import World
from hvecs.output.labels import Labels
from hvecs.output.source import operands
from hvecs.output.table import Table
from systems.counters.table_columns import FIELD, GAIN, IN_ORDER, TILE, fill_columns
from systems.kernels.jit import direct
from systems.state.samples import SAMPLED_COMPONENTS

Array = Any

KIND = {component: kind for kind, (archetype, _) in ARCHETYPES.items() for component in archetype}
"""The kind of entity that has a component."""

_PROGRAMS: dict[tuple[Any, ...], tuple[Table, Program]] = {}
"""Programs written so far, by what they depend on; each with its table, so that no other takes its identity."""


def kind_of(field: str) -> str:
    """Return the kind of entity that has a field, "table.field"."""
    return KIND[SAMPLED_COMPONENTS[field.rpartition(".")[0]]]


def reach_of(field: str, of: Instances, hosts: OnHosts) -> Reach | None:
    """Return whose field an instance has as its own; None where that is no range of rows, or where its value is not the field's."""
    kind = kind_of(field)
    if is_absent(field, hosts):
        return NOTHING, kind
    if kind == of.kind:
        return None if hosts.renumbers(field) else (OWN, kind)
    whose = VPS if kind == "virtual processor" else ALL if of.kind == "host" else OWNERS
    is_scattered = of.members is not None or (whose == ALL and hosts.several)
    return None if is_scattered or hosts.renumbers(field) else (whose, kind)


def is_absent(field: str, hosts: OnHosts) -> bool:
    """Tell whether a field is shown as 0: on a bare machine there is no hypervisor that counts."""
    return hosts.native and field.startswith("lp_traps.")


class Memory:
    """Memory for the columns of one table: used again once nobody holds any of those it had last."""

    def __init__(self) -> None:
        """Begin without any."""
        self._words = np.empty(0, np.int64)
        self._unshared = sys.getrefcount(self._words)

    def words(self, count: int) -> Array:
        """Return so many words, whatever they hold: fresh memory costs more time than filling it."""
        if len(self._words) < count or sys.getrefcount(self._words) > self._unshared:
            self._words = np.empty(count, np.int64)
        return self._words[:count]


class FilledColumns:
    """Fills the columns of one table."""

    def __init__(
        self,
        world: World,
        table: Table,
        of: Instances,
        hosts: OnHosts,
        scales: Mapping[str, float],
    ) -> None:
        """Write the program, or find it, and fill in where this world keeps what it reads."""
        self._samples, self._rows, self._memory = world.samples, len(of), Memory()
        known = {name: values for name, values in of.known.items() if _are_whole(values)}
        costs: Array = None if of.cost_rows is None else world.tables.charge_ns[of.cost_rows]
        fixed = costs is not None and (of.kind in hosts.fixed or not hosts.costs_differ)
        reach = {
            field: found for field in _fields(table) if (found := reach_of(field, of, hosts)) is not None
        }
        self._program = program = _program(table, Case(reach, frozenset(known), fixed, scales))
        ends = [_entities(world, of, each) for each in program.reaches]
        self._first, self._last = (
            np.array([each[end] for each in ends], np.int64).reshape(len(ends), len(of)) for end in (0, 1)
        )
        self._operations = self._placed()
        self._of_instances = np.array(
            [
                costs[:, name] if isinstance(name, int) else np.reshape(known[name], -1)
                for name in program.of_instances
            ],
            np.int64,
        ).reshape(len(program.of_instances), len(of))
        self._numbers = np.array(program.numbers, np.float64)

    def _placed(self) -> Array:
        """Return the operations with where the samples of this world have the fields that they read."""
        operations = self._program.operations.copy()
        in_order = (np.diff(self._first, axis=1) == 1).all(axis=1) if self._rows else np.zeros(0, bool)
        for at, field in self._program.places:
            start = self._samples.places[field].start
            operation, whose = operations[at, 0], operations[at, 3]
            if operation in (FIELD, GAIN) and self._rows and in_order[whose]:
                start, operations[at, 3] = start + self._first[whose, 0], IN_ORDER
            operations[at, 2] = start
        return operations

    def fill(self, times: Array) -> dict[str, Array]:
        """Return columns, and fields that are read for others, by name: a value for each sample and instance, samples first.

        `times` are a row for each of TIMES_OF_SAMPLES.
        """
        samples, program = self._samples, self._program
        taken = samples.taken
        length = taken * self._rows
        out = self._memory.words(len(program.columns) * length + program.further * TILE)
        real = out.view(np.float64)
        arguments = (
            self._operations,
            self._numbers,
            samples.tables.snapshots,
            taken,
            self._first,
            self._last,
            self._of_instances,
            times,
            len(program.columns),
            out,
            real,
        )
        _compiled()(*arguments)
        filled = {
            name: (real if is_real else out)[at * length : (at + 1) * length]
            for at, (name, is_real) in enumerate(zip(program.columns, program.real, strict=True))
        }
        return filled | {field: filled[column] for field, column in program.held}


@cache
def _compiled() -> Any:
    """Return the machine code of the kernel, whose arguments are always of the same types."""
    whole, reals = np.zeros((1, 1), np.int64), np.zeros(1, np.float64)
    words = np.zeros(1, np.int64)
    return direct(fill_columns, whole, reals, whole, 0, whole, whole, whole, whole, 0, words, reals)


def _program(table: Table, case: Case) -> Program:
    key = (id(table), tuple(case.reach.items()), case.known, case.fixed_costs, tuple(case.scales.items()))
    if key not in _PROGRAMS:
        _PROGRAMS[key] = table, program_of(table, case)
    return _PROGRAMS[key][1]


def _fields(table: Table) -> Iterator[str]:
    """Give the fields that the columns of a table are made of, some of them several times."""
    for column in table.columns:
        if column.source is not None:
            yield from (each for each in operands(column.source) if "." in each)


def _are_whole(values: Any) -> bool:
    return not isinstance(values, Labels) and bool(np.asarray(values).dtype == np.int64)


def _entities(world: World, of: Instances, reach: Reach) -> tuple[Array, Array]:
    """Return the first entity that each instance stands for, and one after the last."""
    whose, kind = reach
    if whose == VPS:
        layouts = world.tables.layouts[of.owners]
        return layouts.first_vp, layouts.first_vp + layouts.vps
    if whose == ALL:
        return np.zeros(len(of), np.int64), np.full(len(of), world.count(kind))
    rows = np.asarray(of.rows if whose == OWN else of.owners)
    return rows, rows + 1
