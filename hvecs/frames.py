"""Tables of results as frames of Polars and pandas."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, overload

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class Framed(ABC):
    """A result with tables by name, which it also gives as frames."""

    @property
    @abstractmethod
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""

    @abstractmethod
    def __getitem__(self, table: str) -> pa.Table:
        """Give a table. Raises KeyError."""

    @overload
    def to_polars(self) -> "dict[str, pl.DataFrame]": ...
    @overload
    def to_polars(self, table: str) -> "pl.DataFrame": ...
    def to_polars(self, table: str | None = None) -> "pl.DataFrame | dict[str, pl.DataFrame]":
        """Give a table as a frame of Polars (extra `analysis`), or, without a name, all of them by name.

        Raises:
            KeyError: there is no table of that name.
        """
        import polars as pl  # noqa: PLC0415 - an extra

        def frame(name: str) -> "pl.DataFrame":
            found = pl.from_arrow(self[name])
            assert isinstance(found, pl.DataFrame)  # noqa: S101 - of a table
            return found

        return {name: frame(name) for name in self.tables} if table is None else frame(table)

    @overload
    def to_pandas(self) -> "dict[str, pd.DataFrame]": ...
    @overload
    def to_pandas(self, table: str) -> "pd.DataFrame": ...
    def to_pandas(self, table: str | None = None) -> "pd.DataFrame | dict[str, pd.DataFrame]":
        """Give a table as a frame of pandas (extra `analysis`), or, without a name, all of them by name.

        Raises:
            KeyError: there is no table of that name.
        """
        if table is None:
            return {name: self.to_pandas(name) for name in self.tables}
        found: pd.DataFrame = self[table].to_pandas()
        return found
