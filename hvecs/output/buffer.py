"""Rows on their way to a Parquet file: numpy columns of a fixed capacity, so that memory stays flat."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hvecs.output.arrow import ARROW_TYPES
from hvecs.output.table import Column

_NUMPY_TYPES = {
    "int64": np.dtype(np.int64),
    "float64": np.dtype(np.float64),
    "bool": np.dtype(np.bool_),
    "timestamp": np.dtype(np.int64),
}
_NONE = np.array(None, dtype=object)


class ColumnBuffer:
    """The values of one column, `capacity` of them, and where they are null."""

    def __init__(self, table: str, column: Column, capacity: int) -> None:
        self._column = column
        self._name = f"{table}.{column.name}"
        self._values = np.empty(capacity, _NUMPY_TYPES.get(column.type, np.dtype(object)))
        self._null = np.zeros(capacity, np.bool_) if column.nullable else None

    def put(self, at: int, values: npt.NDArray[np.generic]) -> None:
        """Copy `values` to the rows from `at` on; NaN, None and masked values become null.

        Raises:
            TypeError: the values cannot become the column's type without loss.
            ValueError: a value is missing from a column that is never null.
        """
        rows = slice(at, at + len(values))
        data = np.ma.getdata(values)
        null = self._missing(values, data)
        if self._null is not None:
            self._null[rows] = null
        elif null.any():
            raise ValueError(f"{self._name} is never null, but a value is missing")
        self._values[rows] = data

    def _missing(
        self, values: npt.NDArray[np.generic], data: npt.NDArray[np.generic]
    ) -> npt.NDArray[np.bool_]:
        """Say which of the values are missing, once their type is known to fit."""
        kind = data.dtype.kind
        fits = (
            kind in "UO"
            if self._values.dtype.kind == "O"
            else np.can_cast(data.dtype, self._values.dtype, "safe")
        )
        if not fits:
            raise TypeError(f"{self._name} holds {self._column.type}, not {data.dtype}")
        masked = np.ma.getmaskarray(values)
        if kind == "f":
            return np.asarray(masked | np.isnan(data))
        return np.asarray(masked | np.equal(data, _NONE)) if kind == "O" else masked

    def array(self, rows: int) -> pa.Array:
        """Give the first `rows` values as an Arrow array, which may share memory with this buffer.

        It is put together from its parts: `pa.array` would import pandas first, wherever that is installed.

        Raises:
            TypeError: something else than a string was put into a column of strings.
        """
        null = None if self._null is None else self._null[:rows]
        present = None if null is None else pa.py_buffer(np.packbits(~null, bitorder="little"))
        values = self._values[:rows]
        parts = self._text(values, null) if values.dtype.kind == "O" else [pa.py_buffer(values)]
        return pa.Array.from_buffers(ARROW_TYPES[self._column.type], rows, [present, *parts])

    def _text(self, values: npt.NDArray[np.generic], null: npt.NDArray[np.bool_] | None) -> list[pa.Buffer]:
        """Give the offsets and the bytes of strings."""
        if null is not None:
            values = np.where(null, "", values)
        try:
            encoded = [value.encode() for value in values]
        except AttributeError as error:
            raise TypeError(f"{self._name} holds {self._column.type}: {error}") from error
        offsets = np.zeros(len(encoded) + 1, np.int32)
        np.cumsum([len(value) for value in encoded], out=offsets[1:])
        return [pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]


class RowBuffer:
    """Up to `capacity` rows of one table."""

    def __init__(self, table: str, columns: Sequence[Column], capacity: int) -> None:
        self._table = table
        self._columns = {column.name: ColumnBuffer(table, column, capacity) for column in columns}
        self._capacity = capacity
        self.rows = 0

    @property
    def room(self) -> int:
        """How many more rows fit."""
        return self._capacity - self.rows

    def checked(self, columns: Mapping[str, npt.NDArray[np.generic]]) -> int:
        """Give the number of rows in `columns`.

        Raises:
            ValueError: columns are missing, unknown or not equally long.
        """
        missing = [name for name in self._columns if name not in columns]
        unknown = [name for name in columns if name not in self._columns]
        if missing or unknown:
            raise ValueError(f"{self._table}: missing columns {missing}, unknown columns {unknown}")
        lengths = {name: np.shape(values) for name, values in columns.items()}
        first = next(iter(lengths.values()))
        if len(first) != 1 or len(set(lengths.values())) != 1:
            raise ValueError(f"{self._table}: columns differ in length: {lengths}")
        return int(first[0])

    def put(self, columns: Mapping[str, npt.NDArray[np.generic]], start: int, stop: int) -> None:
        """Append the rows from `start` to `stop` of `columns`; there must be room for them."""
        for name, buffer in self._columns.items():
            buffer.put(self.rows, columns[name][start:stop])
        self.rows += stop - start

    def take(self, schema: pa.Schema) -> pa.Table:
        """Give the rows as an Arrow table, to be used before the next put, and empty the buffer."""
        arrays = [buffer.array(self.rows) for buffer in self._columns.values()]
        self.rows = 0
        return pa.Table.from_arrays(arrays, schema=schema)
