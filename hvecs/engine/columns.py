"""Columns: the values of a table's columns, worked out from their declarations for many samples at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from components.charges import EVERY_CHARGE
from hvecs.output.source import Computed, Constant, Cost, Mean, Percent, Rate, Scaled, Source, Sum
from hvecs.output.table import Column, Table

Array = Any
Columns = dict[str, Array]
Compute = Callable[["Values"], Array]

_NS_PER_S = 1e9
_CHARGE = {charge.column: number for number, charge in enumerate(EVERY_CHARGE)}


def ratio(numerator: Array, denominator: Array) -> Array:
    """Divide; NaN where the denominator is 0."""
    denominator = np.asarray(denominator, np.float64)
    out = np.full(np.broadcast_shapes(np.shape(numerator), denominator.shape), np.nan)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


class Hosts(Protocol):
    """Knows on which hosts entities are."""

    roots: Array
    """The row of the root of each host."""

    def summed(self, values: Array, kind: str, read: Callable[[str], Array]) -> Array:
        """Sum values of all entities of a kind over those of each host: samples x hosts."""


@dataclass(frozen=True)
class Rules:
    """What a host decides of its columns: the units of a frame, and how the columns that no source expresses are worked out.

    The last three differ from table to table.
    """

    scales: Mapping[str, float]
    computed: Mapping[str, Compute]
    hosts: Hosts
    charge_ns: Array = None
    """What each charge costs each entity of the table's rows: charges x entities, or charges x samples x entities."""
    filled: Mapping[str, Array] = field(default_factory=dict)
    """Columns and fields that are there already, flat."""
    shape: tuple[int, int] = (0, 0)
    """Samples x entities of the table."""


class Values:
    """The values of the columns of one table, each worked out once, when it is first wanted.

    `known` has the columns that have no source; `read` gives a field, "table.field", for the entities of the table's rows;
    `each` gives it for all entities that have it. All are arrays of samples x entities.
    """

    def __init__(
        self,
        table: Table,
        known: Columns,
        read: Callable[[str], Array],
        each: Callable[[str], Array],
        rules: Rules,
    ) -> None:
        self._table = table
        self._columns = {column.name: column for column in table.columns}
        self._found = dict(known)
        self._filled, self._shape = rules.filled, rules.shape
        self._read = read
        self.each = each
        self._rules = rules

    def __getitem__(self, operand: str) -> Array:
        """Return a column, or a field (its name has a dot)."""
        if operand not in self._found:
            self._found[operand] = self._find(operand)
        return self._found[operand]

    def summed(self, values: Array, kind: str) -> Array:
        """Sum values of all entities of a kind over those of each host: samples x hosts."""
        return self._rules.hosts.summed(values, kind, self.each)

    @property
    def roots(self) -> Array:
        """The row of the root of each host, among partitions."""
        return self._rules.hosts.roots

    def total(self, operands: tuple[str, ...]) -> Array:
        """Return the sum of some operands."""
        first, *others = (self[operand] for operand in operands)
        return sum(others, start=first)

    def _find(self, operand: str) -> Array:
        if operand in self._filled:
            return self._filled[operand].reshape(self._shape)
        if "." in operand:
            return self._read(operand)
        return self._value(self._columns[operand])

    def column(self, column: Column) -> Array:
        """Return a column as it is written: whole numbers masked where they are missing."""
        return _masked(column, self[column.name])

    def _value(self, column: Column) -> Array:
        return _masked(column, self._from(column.source, f"{self._table.name}.{column.name}"))

    def _from(self, source: Source | None, name: str) -> Array:
        value: Array
        match source:
            case Sum(of):
                value = self.total(of)
            case Rate(of):
                value = self.total(of) * _NS_PER_S / self["interval_ns"]
            case Percent(of):
                value = 100 * self.total(of) / self["interval_ns"]
            case Mean(of, per):
                value = ratio(self[of], self[per])
            case Scaled(of, unit):
                value = self.total(of) * self._rules.scales[unit]
            case Cost(charges, per):
                value = sum(self[charge] * self._rules.charge_ns[_CHARGE[charge]] for charge in charges)
                value = ratio(value, self[per]) if per else value
            case Constant(number):
                value = np.full_like(self["interval_ns"], number)
            case Computed():
                value = self._rules.computed[name](self)
            case None:
                raise KeyError(f"{name} has no source and is not known")
        return value


def may_be_masked(column: Column) -> bool:
    """Tell whether a column of whole numbers may miss some."""
    return column.nullable and column.type == "int64" and column.source is not None


def _masked(column: Column, value: Array) -> Array:
    if may_be_masked(column) and not np.ma.isMaskedArray(value):
        return np.ma.masked_less(value, 0)  # NOBODY, and times before anything
    return value
