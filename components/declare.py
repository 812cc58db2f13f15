"""How a component is declared: a class whose fields are columns.

A component is a numpy structured type, declared once with a unit, a default and a meaning per field. All rows of a
component live in one `np.recarray`; the instance that esper stores for an entity is the row itself (`np.record`, a live
view), registered under the component class as its type alias. So nobody copies state: a kernel works on the whole
table and `component_for_entity(vp, VpState).state` shows the running simulation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np

NEVER = 2**62
"""A time (ns) that no run reaches."""

NOBODY = -1
"""The index of no row."""


@dataclass(frozen=True)
class Field:
    """One column of a component."""

    dtype: str
    doc: str
    unit: str
    default: float


def int64(doc: str, unit: str, default: int = 0) -> Field:
    """A column of 64-bit integers: times (ns), counts, indices."""
    return Field("i8", doc, unit, default)


def flag(doc: str, default: int = 0) -> Field:
    """A column that holds one of a few named values."""
    return Field("i8", doc, "", default)


def key64(doc: str) -> Field:
    """A column of 64-bit keys for the random streams."""
    return Field("u8", doc, "", 0)


def real64(doc: str, unit: str, default: float = 0.0) -> Field:
    """A column of floating-point numbers: parameters and statistics, never time or state."""
    return Field("f8", doc, unit, default)


def small(dtype: str, doc: str, unit: str = "", default: int = 0) -> Field:
    """A column of narrow integers, for tables of millions of rows: `i1`, `i2` or `i4`."""
    return Field(dtype, doc, unit, default)


def row_of(doc: str) -> Field:
    """A column that refers to a row of another table; `NOBODY` when it refers to none."""
    return Field("i8", doc, "index", NOBODY)


class _RecordType:
    """The record type of a component, made when it is first asked for: what only reads declarations needs no numpy."""

    def __get__(self, _: None, component: "type[Component]") -> "np.dtype[Any]":
        import numpy as np  # noqa: PLC0415

        fields = component.fields
        clash = [name for name in fields if hasattr(np.recarray, name) or hasattr(np.record, name)]
        if clash:
            raise TypeError(f"{component.__name__}: {clash} would hide an attribute of np.recarray")
        component.dtype = np.dtype([(name, field.dtype) for name, field in fields.items()])
        return component.dtype


class Component:
    """The base of all components; a subclass with `Field` attributes is one record type."""

    fields: ClassVar[dict[str, Field]]
    dtype: ClassVar["np.dtype[Any]"]
    _blank: ClassVar["np.recarray[Any, Any] | None"]
    """A table of one row, every column at its default; made with the first table."""

    def __init_subclass__(cls, first: Mapping[str, Field] | None = None) -> None:
        """Collect the fields, those of `first` before those of the class, in the order of their declaration."""
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.fields = {**(first or {}), **own}
        cls.dtype = _RecordType()  # type: ignore[assignment]  # replaced by the record type when it is read
        cls._blank = None

    @classmethod
    def table(cls, rows: int) -> "np.recarray[Any, Any]":
        """Return a table of `rows` rows, every column at its default; all tables of a component share one object as record type."""
        if cls._blank is None:
            cls._blank = cls._one_row()
        table: np.recarray[Any, Any] = cls._blank.repeat(rows)  # type: ignore[assignment]  # a subclass stays one
        return table

    @classmethod
    def _one_row(cls) -> "np.recarray[Any, Any]":
        import numpy as np  # noqa: PLC0415

        table = np.zeros(1, dtype=cls.dtype)
        for name, field in cls.fields.items():
            table[name] = field.default
        return table.view(np.recarray)
