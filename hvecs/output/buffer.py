"""Rows on their way to a Parquet file: numpy columns of a fixed capacity, so that memory stays flat."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hvecs.output.arrow import ARROW_TYPES
from hvecs.output.labels import Labels
from hvecs.output.table import Column

_NUMPY_TYPES = {
    "int64": np.dtype(np.int64),
    "float64": np.dtype(np.float64),
    "bool": np.dtype(np.bool_),
    "timestamp": np.dtype(np.int64),
}


class ColumnBuffer:
    """The values of one column of numbers, `capacity` of them, and where they are null."""

    def __init__(self, table: str, column: Column, capacity: int) -> None:
        self._column = column
        self._name = f"{table}.{column.name}"
        self._values = np.empty(capacity, _NUMPY_TYPES[column.type])
        self._null = np.zeros(capacity, np.bool_) if column.nullable else None

    def put(self, at: int, values: npt.NDArray[np.generic]) -> None:
        """Copy `values` to the rows from `at` on; NaN and masked values become null.

        Raises:
            TypeError: the values cannot become the column's type without loss.
            ValueError: a value is missing from a column that is never null.
        """
        data = values if type(values) is np.ndarray else np.ma.getdata(values)
        if data.dtype != self._values.dtype and not np.can_cast(data.dtype, self._values.dtype, "safe"):
            raise TypeError(f"{self._name} holds {self._column.type}, not {data.dtype}")
        rows = slice(at, at + len(data))
        self._values[rows] = data
        masked = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
        if self._null is not None:
            _note_missing(self._null[rows], masked, data)
        elif _is_any_missing(masked, data):
            raise ValueError(f"{self._name} is never null, but a value is missing")

    def array(self, rows: int) -> pa.Array:
        """Give the first `rows` values as an Arrow array, which may share memory with this buffer.

        It is put together from its parts: `pa.array` would import pandas first, wherever that is installed.
        """
        null = None if self._null is None else self._null[:rows]
        present = None if null is None else pa.py_buffer(np.packbits(~null, bitorder="little"))
        parts = [present, pa.py_buffer(self._values[:rows])]
        return pa.Array.from_buffers(ARROW_TYPES[self._column.type], rows, parts)


def _note_missing(
    null: npt.NDArray[np.bool_], masked: npt.NDArray[np.bool_] | None, data: npt.NDArray[np.generic]
) -> None:
    """Set `null` to which of some numbers are missing: masked, or NaN."""
    if data.dtype.kind == "f":
        np.isnan(data, out=null)
        if masked is not None:
            null |= masked
    else:
        null[:] = False if masked is None else masked


def _is_any_missing(masked: npt.NDArray[np.bool_] | None, data: npt.NDArray[np.generic]) -> bool:
    """Tell whether any of some numbers is masked or NaN, which is the least of all where there is one."""
    if masked is not None and masked.any():
        return True
    return data.dtype.kind == "f" and bool(np.isnan(np.minimum.reduce(data, initial=np.inf)))


class TextBuffer:
    """The values of one column of strings, `capacity` of them: each distinct string once, and its number in every row."""

    def __init__(self, table: str, column: Column, capacity: int) -> None:
        self._nullable = column.nullable
        self._name = f"{table}.{column.name}"
        self._codes = np.empty(capacity, np.int32)
        self._known: dict[str, int] = {}
        self._given: tuple[npt.NDArray[np.object_], npt.NDArray[np.int32], bool] | None = None

    def put(self, at: int, values: Labels | npt.NDArray[np.generic]) -> None:
        """Copy `values` to the rows from `at` on; None and masked values become null.

        Raises:
            TypeError: a value is no string.
            ValueError: a value is missing from a column that is never null.
        """
        labels = values if isinstance(values, Labels) else _labelled(values, self._name)
        numbers, has_none = self._numbers(labels.names)
        codes = numbers[labels.codes]
        if has_none and not self._nullable and codes.size and codes.min() < 0:
            raise ValueError(f"{self._name} is never null, but a value is missing")
        self._codes[at : at + len(codes)] = codes

    def _numbers(self, names: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.int32], bool]:
        """Give the numbers of some strings in this column, -1 for None, and whether that is among them; the last names are remembered."""
        if self._given is None or self._given[0] is not names:
            numbers = np.array([self._number(name) for name in names], np.int32)
            self._given = names, numbers, bool((numbers < 0).any())
        return self._given[1:]

    def _number(self, name: object) -> int:
        if name is None:
            return -1
        if not isinstance(name, str):
            raise TypeError(f"{self._name} holds string, not {type(name).__name__}")
        return self._known.setdefault(name, len(self._known))

    def array(self, rows: int) -> pa.Array:
        """Give the first `rows` values as an Arrow array."""
        encoded = [name.encode() for name in self._known]
        offsets = np.zeros(len(encoded) + 1, np.int32)
        np.cumsum([len(name) for name in encoded], out=offsets[1:])
        names = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
        codes = self._codes[:rows]
        present = pa.py_buffer(np.packbits(codes >= 0, bitorder="little")) if self._nullable else None
        indices = pa.Array.from_buffers(pa.int32(), rows, [present, pa.py_buffer(codes)])
        return pa.Array.from_buffers(pa.string(), len(encoded), names).take(indices)


def _labelled(values: npt.NDArray[np.generic], name: str) -> Labels:
    """Give an array of strings as labels."""
    data = np.ma.getdata(values)
    if data.dtype.kind not in "UO":
        raise TypeError(f"{name} holds string, not {data.dtype}")
    masked = np.ma.getmaskarray(values)
    given = [None if gone else value for value, gone in zip(data.tolist(), masked.tolist(), strict=True)]
    numbers: dict[object, int] = {}
    codes = np.array([numbers.setdefault(value, len(numbers)) for value in given], np.int32)
    names = np.empty(len(numbers), object)
    names[:] = list(numbers)
    return Labels(codes, names)


class RowBuffer:
    """Up to `capacity` rows of one table."""

    def __init__(self, table: str, columns: Sequence[Column], capacity: int) -> None:
        self._table = table
        self._columns = {
            column.name: (TextBuffer if column.type == "string" else ColumnBuffer)(table, column, capacity)
            for column in columns
        }
        self._capacity = capacity
        self.rows = 0

    @property
    def room(self) -> int:
        """How many more rows fit."""
        return self._capacity - self.rows

    def checked(self, columns: Mapping[str, Any]) -> int:
        """Give the number of rows in `columns`.

        Raises:
            ValueError: columns are missing, unknown or not equally long.
        """
        if columns.keys() != self._columns.keys():
            missing = [name for name in self._columns if name not in columns]
            unknown = [name for name in columns if name not in self._columns]
            raise ValueError(f"{self._table}: missing columns {missing}, unknown columns {unknown}")
        shapes = {
            values.shape if type(values) is np.ndarray else np.shape(values) for values in columns.values()
        }
        first = next(iter(shapes))
        if len(shapes) != 1 or len(first) != 1:
            lengths = {name: np.shape(values) for name, values in columns.items()}
            raise ValueError(f"{self._table}: columns differ in length: {lengths}")
        return int(first[0])

    def put(self, columns: Mapping[str, Any], start: int, stop: int) -> None:
        """Append the rows from `start` to `stop` of `columns`; there must be room for them."""
        for name, buffer in self._columns.items():
            buffer.put(self.rows, columns[name][start:stop])
        self.rows += stop - start

    def take(self, schema: pa.Schema) -> pa.Table:
        """Give the rows as an Arrow table, to be used before the next put, and empty the buffer."""
        arrays = [buffer.array(self.rows) for buffer in self._columns.values()]
        self.rows = 0
        return pa.Table.from_arrays(arrays, schema=schema)
