"""Column programs: from the declared sources of a table's columns to the operations that the kernel of counters carries out for them.

What a program cannot say is left to `Values`: functions of the engine and what follows from them, sums over those on each of several hosts,
costs that differ from host to host while guests move.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.charges import EVERY_CHARGE
from hvecs.output.source import Computed, Constant, Cost, Mean, Percent, Rate, Scaled, Sum, operands
from hvecs.output.table import Column, Table
from systems.counters import table_columns as op
from systems.state.samples import CUMULATIVE, SAMPLED_COMPONENTS

Array = Any

OWN, OWNERS, VPS, ALL = range(4)
"""Whose field it is: the instance's own; its partition's; that of all VPs of its partition, or of all entities of a kind, summed."""
NOTHING = -1
"""A field that is 0."""

Reach = tuple[int, str]
"""Whose field it is, and of which kind of entity."""

TIMES_OF_SAMPLES = ("time_ns", "interval_ns")
_CHARGE = {charge.column: number for number, charge in enumerate(EVERY_CHARGE)}


@dataclass(frozen=True)
class Case:
    """What decides how the columns of a table can be worked out: how its fields are reached, and what is known."""

    reach: Mapping[str, Reach]
    """Fields that can be read, by "table.field"."""
    known: frozenset[str]
    """Columns of whole numbers that do not change."""
    fixed_costs: bool
    """Whether what charges cost an instance does not change."""
    scales: Mapping[str, float]


@dataclass(frozen=True)
class Program:
    """Operations that fill columns of a table, and what they refer to by number.

    `places` says at which operations which field is read: its start in a snapshot is filled in for each world.
    """

    operations: Array
    columns: tuple[str, ...]
    """Those that it fills; after them the fields, "table.field", that functions of the engine read."""
    real: tuple[bool, ...]
    held: tuple[tuple[str, str], ...]
    """Further fields that they read, each with the column that holds it."""
    further: int
    """Registers beside the columns."""
    places: tuple[tuple[int, str], ...]
    reaches: tuple[Reach, ...]
    of_instances: tuple[str | int, ...]
    """What is known of instances: columns by name, what a charge costs by its number."""
    numbers: tuple[float, ...]


def program_of(table: Table, case: Case) -> Program:
    """Write the program of all columns of `table` that one can fill."""
    return _Writer(table, case).program()


def _of_functions(table: Table) -> Iterator[str]:
    """Give the fields that functions of the engine read for columns of `table`."""
    for column in table.columns:
        if isinstance(column.source, Computed):
            yield from (each for each in column.source.of if "." in each)


class _Writer:
    """Writes operations, the operands of each before it."""

    def __init__(self, table: Table, case: Case) -> None:
        self._case = case
        self._columns = {column.name: column for column in table.columns}
        self._can: dict[str, bool] = {}
        self._filled = [column.name for column in table.columns if self._is_possible(column.name)]
        self._holder = dict(reversed(list(self._held())))
        self._read_elsewhere = [*dict.fromkeys(filter(self._is_possible, _of_functions(table)))]
        self._filled += [field for field in self._read_elsewhere if field not in self._holder]
        self._place = {name: register for register, name in enumerate(self._filled)}
        self._registers: dict[str, int] = {}
        self._further = 0
        self._operations: list[tuple[int, ...]] = []
        self._places: list[tuple[int, str]] = []
        self._reaches: dict[Reach, int] = {}
        self._of_instances: dict[str | int, int] = {}
        self._numbers: list[float] = []

    def program(self) -> Program:
        """Write all columns."""
        for name in self._filled:
            self._register(name)
        operations = [(*each, *[0] * (op.WIDTH - len(each))) for each in self._operations]
        return Program(
            np.array(operations, np.int64).reshape(len(operations), op.WIDTH),
            tuple(self._filled),
            tuple(self._is_real(name) for name in self._filled),
            tuple((each, self._holder[each]) for each in self._read_elsewhere if each in self._holder),
            self._further,
            tuple(self._places),
            tuple(self._reaches),
            tuple(self._of_instances),
            tuple(self._numbers),
        )

    def _is_possible(self, name: str) -> bool:
        """Tell whether an operation can fill a column, or read a field."""
        if name not in self._can:
            self._can[name] = self._found_possible(name)
        return self._can[name]

    def _found_possible(self, name: str) -> bool:
        if "." in name:
            return name in self._case.reach
        if name in TIMES_OF_SAMPLES or name in self._case.known:
            return True
        source = self._columns[name].source
        if source is None or isinstance(source, Computed):
            return False
        if isinstance(source, Cost) and not self._case.fixed_costs:
            return False
        wanted = list(operands(source))
        if not all(self._is_possible(each) for each in wanted):
            return False
        is_one_field = isinstance(source, Sum) and len(wanted) == 1 and "." in wanted[0]
        return is_one_field or not any(map(self._is_inexact, wanted))

    def _is_inexact(self, operand: str) -> bool:
        """Tell whether an operand is no whole number, or may be missing."""
        return self._is_real(operand) or ("." not in operand and self._columns[operand].nullable)

    def _is_real(self, name: str) -> bool:
        if "." in name:
            table, _, field = name.rpartition(".")
            return SAMPLED_COMPONENTS[table].dtype[field].kind == "f"
        match self._columns[name].source:
            case Rate() | Percent() | Mean():
                return True
            case Scaled(_, unit):
                return isinstance(self._case.scales[unit], float)
            case Cost(_, per):
                return bool(per)
            case Sum((only,)):
                return self._is_real(only)
        return False

    def _held(self) -> Iterator[tuple[str, str]]:
        """Give the fields that a column holds as they are, each with it."""
        for name in self._filled:
            match self._columns[name].source:
                case Sum((field,)) if "." in field:
                    yield field, name

    def _register(self, name: str) -> int:
        """Return the register of a column or field, filled by now."""
        name = self._holder.get(name, name)
        if name not in self._registers:
            to = self._place[name] if name in self._place else self._new()
            self._fill(name, to)
            self._registers[name] = to
        return self._registers[name]

    def _new(self) -> int:
        self._further += 1
        return len(self._filled) + self._further - 1

    def _write(self, *operation: int) -> None:
        self._operations.append(operation)

    def _fill(self, name: str, to: int) -> None:
        if "." in name:
            self._read(name, to)
        elif name in TIMES_OF_SAMPLES:
            self._write(op.OF_SAMPLE, to, TIMES_OF_SAMPLES.index(name))
        elif name in self._case.known:
            self._write(op.OF_INSTANCE, to, self._of_instances.setdefault(name, len(self._of_instances)))
        else:
            self._fill_from(self._columns[name], to)

    def _read(self, field: str, to: int) -> None:
        reach = self._case.reach[field]
        if reach[0] == NOTHING:
            self._write(op.CONSTANT, to, 0)
            return
        grows, sums = field.rpartition(".")[0] in CUMULATIVE, reach[0] in {VPS, ALL}
        operation = (op.GAIN_SUM if sums else op.GAIN) if grows else (op.FIELD_SUM if sums else op.FIELD)
        self._places.append((len(self._operations), field))
        self._write(operation, to, 0, self._reaches.setdefault(reach, len(self._reaches)))

    def _fill_from(self, column: Column, to: int) -> None:
        match column.source:
            case Sum(of):
                self._total(of, to)
            case Rate(of):
                self._write(op.RATE, to, self._summed(of), self._register("interval_ns"))
            case Percent(of):
                self._write(op.PERCENT, to, self._summed(of), self._register("interval_ns"))
            case Mean(of, per):
                self._write(op.RATIO, to, self._register(of), self._register(per))
            case Scaled(of, unit):
                self._scale(self._summed(of), self._case.scales[unit], to)
            case Cost(charges, per):
                costs = self._new() if per else to
                self._cost(charges, costs)
                if per:
                    self._write(op.RATIO, to, costs, self._register(per))
            case Constant(value):
                self._write(op.CONSTANT, to, value)

    def _summed(self, of: tuple[str, ...]) -> int:
        """Return a register with the sum of operands."""
        if len(of) == 1:
            return self._register(of[0])
        to = self._new()
        self._total(of, to)
        return to

    def _total(self, of: tuple[str, ...], to: int) -> None:
        if len(of) == 1 and "." in of[0]:
            self._read(of[0], to)
            return
        first, *others = [self._register(each) for each in of]
        if not others:
            self._write(op.TIMES, to, first, 1)
        for each in others:
            self._write(op.ADD, to, first, each)
            first = to

    def _scale(self, amount: int, scale: float, to: int) -> None:
        if isinstance(scale, float):
            self._write(op.TIMES_REAL, to, amount, len(self._numbers))
            self._numbers.append(scale)
        else:
            self._write(op.TIMES, to, amount, scale)

    def _cost(self, charges: tuple[str, ...], to: int) -> None:
        """Write the sum of what charges cost."""
        operation = op.PRODUCT
        for charge in charges:
            times, each = self._register(charge), self._cost_of(_CHARGE[charge])
            self._write(operation, to, times, each)
            operation = op.ADD_PRODUCT

    def _cost_of(self, charge: int) -> int:
        """Return a register with what a charge costs each instance."""
        name = f"{charge}"
        if name not in self._registers:
            self._registers[name] = self._new()
            at = self._of_instances.setdefault(charge, len(self._of_instances))
            self._write(op.OF_INSTANCE, self._registers[name], at)
        return self._registers[name]
