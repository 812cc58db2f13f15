"""Columns of strings on their way to a file: the number of a name for each row, and the names."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt


class Labels:
    """A column of strings, few of them different: row i holds `names[codes[i]]`."""

    __hash__ = None  # type: ignore[assignment]  # compared row by row, as an array is

    def __init__(self, codes: npt.NDArray[np.int32], names: npt.NDArray[np.object_]) -> None:
        self.codes = codes
        self.names = names

    @classmethod
    def repeated(cls, name: str, rows: int) -> Self:
        """Give `rows` rows that hold one name."""
        return cls(np.zeros(rows, np.int32), np.array([name], object))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put columns one after the other."""
        first = parts[0].names
        if all(part.names is first for part in parts):
            return cls(np.concatenate([part.codes for part in parts]), first)
        starts = np.cumsum([0, *(len(part.names) for part in parts[:-1])])
        codes = [part.codes + np.int32(start) for part, start in zip(parts, starts, strict=True)]
        return cls(np.concatenate(codes), np.concatenate([part.names for part in parts]))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the column, as that of an array."""
        return self.codes.shape

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> "Labels":
        return Labels(self.codes[rows], self.names)

    def __eq__(self, name: object) -> Any:
        """Say for each row whether it holds `name`."""
        return (self.names == name)[self.codes]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[np.object_]:
        """Give the strings of all rows."""
        del dtype, copy
        return self.names[self.codes]
