"""How a component is declared: a class whose fields are columns.

A component is a numpy structured type, declared once with a unit, a default and a meaning per field. All rows of a
component live in one `np.recarray`; the instance that esper stores for an entity is the row itself (`np.record`, a live
view), registered under the component class as its type alias. So nobody copies state: a kernel works on the whole
table and `component_for_entity(vp, VpState).state` shows the running simulation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np

NEVER = 2**62
"""A time (ns) that no run reaches."""

NOBODY = -1
"""The index of no row."""

LINE_BYTES = 64
"""What a processor's cache fetches at once."""


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
        if component.hot:
            component.dtype = _by_lines(component.dtype, component.hot)
        return component.dtype


def _by_lines(plain: "np.dtype[Any]", hot: tuple[str, ...]) -> "np.dtype[Any]":
    """Return a record type with the fields named in `hot` first, in that order, whose size is a whole number of cache lines."""
    import numpy as np  # noqa: PLC0415

    names = [*hot, *(name for name in plain.names or () if name not in hot)]
    sizes = [plain[name].itemsize for name in names]
    record: dict[str, Any] = {
        "names": names,
        "formats": [plain[name] for name in names],
        "offsets": [0, *accumulate(sizes[:-1])],
        "itemsize": -(-sum(sizes) // LINE_BYTES) * LINE_BYTES,
    }
    return np.dtype(record)  # type: ignore[call-overload, no-any-return]  # numpy knows it by a type of its own


def _at_a_line(blank: "np.recarray[Any, Any]", rows: int) -> "np.recarray[Any, Any]":
    """Return a table of `rows` rows, each as that of `blank`, which begins at a cache line."""
    import numpy as np  # noqa: PLC0415

    memory = np.zeros(rows * blank.itemsize + LINE_BYTES, np.uint8)
    first = -memory.ctypes.data % LINE_BYTES
    # made so, and by no view, it keeps the object that is the record type
    table: np.recarray[Any, Any] = np.ndarray.__new__(np.recarray, (rows,), blank.dtype, memory.data, first)
    table[:] = blank
    return table


class Component:
    """The base of all components; a subclass with `Field` attributes is one record type.

    The fields named in `hot` are those that every dispatch reaches: in memory they come first, in that order, and each row begins at a
    cache line, so that a dispatch on a large host waits for few lines. What is listed stays in the order of declaration.
    """

    fields: ClassVar[dict[str, Field]]
    hot: ClassVar[tuple[str, ...]]
    dtype: ClassVar["np.dtype[Any]"]
    _blank: ClassVar["np.recarray[Any, Any] | None"]
    """A table of one row, every column at its default; made with the first table."""

    def __init_subclass__(cls, first: Mapping[str, Field] | None = None, hot: str = "") -> None:
        """Collect the fields, those of `first` before those of the class, in the order of their declaration."""
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.fields = {**(first or {}), **own}
        cls.hot = tuple(hot.split())
        cls.dtype = _RecordType()  # type: ignore[assignment]  # replaced by the record type when it is read
        cls._blank = None

    @classmethod
    def table(cls, rows: int) -> "np.recarray[Any, Any]":
        """Return a table of `rows` rows, every column at its default; all tables of a component share one object as record type."""
        if cls._blank is None:
            cls._blank = cls._one_row()
        if cls.hot:
            return _at_a_line(cls._blank, rows)
        table: np.recarray[Any, Any] = cls._blank.repeat(rows)  # type: ignore[assignment]  # a subclass stays one
        return table

    @classmethod
    def _one_row(cls) -> "np.recarray[Any, Any]":
        import numpy as np  # noqa: PLC0415

        table = np.zeros(1, dtype=cls.dtype)
        for name, field in cls.fields.items():
            table[name] = field.default
        return table.view(np.recarray)
