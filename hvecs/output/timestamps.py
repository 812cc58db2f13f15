"""The time axis of the tables: simulated time as time stamps, from `scenario.start_time`."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np

from hvecs.output.schema import TABLES
from hvecs.output.table import TIMESTAMP
from hvecs.spec.moments import microseconds


class Sink(Protocol):
    """Takes the rows of the output tables as they come."""

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Append rows to `table`."""


_STAMPED: Final = frozenset(table.name for table in TABLES.values() if TIMESTAMP in table.columns)


class Stamped:
    """Adds the column `timestamp` to the tables that have one, and passes the rows on."""

    def __init__(self, sink: Sink, start: datetime | None) -> None:
        self._sink = sink
        self._start_us = None if start is None else microseconds(start)

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Append rows to `table`."""
        if table in _STAMPED:
            columns = {**columns, TIMESTAMP.name: self._stamps(columns["time_ns"])}
        self._sink.write(table, columns)

    def _stamps(self, time_ns: Any) -> Any:
        if self._start_us is None:
            return _none(len(time_ns))
        return self._start_us + np.asarray(time_ns) // 1000


@lru_cache(maxsize=64)
def _none(rows: int) -> Any:
    """Give a column of missing times, which nobody changes."""
    return np.ma.masked_all(rows, np.int64)  # type: ignore[no-untyped-call]
