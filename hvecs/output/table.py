"""The vocabulary in which the tables are declared: columns with a unit, a Windows counter and a meaning."""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["int64", "float64", "string", "bool", "timestamp"]
"""A timestamp is held as whole microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Column:
    r"""One column of an output table.

    `unit` is "ns", "%", "1/s", "MiB", "B", "count", "index", "id" or "text". `counter` is the exact path of the Windows counter that
    the column stands for, None where Windows has none; `root_counter` is that of the root partition's row where Windows
    keeps it in a set of its own, e.g. `\Hyper-V Hypervisor Root Partition(*)\Virtual Processors`.
    """

    name: str
    type: ColumnType
    unit: str
    counter: str | None
    doc: str
    nullable: bool = False
    root_counter: str | None = None

    @property
    def counters(self) -> tuple[str, ...]:
        """The paths of all Windows counters that the column stands for."""
        return tuple(path for path in (self.counter, self.root_counter) if path is not None)


@dataclass(frozen=True, slots=True)
class Table:
    """One output table: its name, what a row is, and its columns in the order of the file."""

    name: str
    doc: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""
        return tuple(column.name for column in self.columns)


def whole(name: str, unit: str, doc: str, counter: str | None = None) -> Column:
    """Declare a column of whole numbers (int64) that is never null."""
    return Column(name, "int64", unit, counter, doc)


def real(name: str, unit: str, doc: str, counter: str | None = None) -> Column:
    """Declare a column of real numbers (float64) that is never null."""
    return Column(name, "float64", unit, counter, doc)


def text(name: str, doc: str) -> Column:
    """Declare a column of strings that is never null."""
    return Column(name, "string", "text", None, doc)


TIMESTAMP = Column(
    "timestamp",
    "timestamp",
    "UTC",
    None,
    "scenario.start_time and time_ns, in UTC, cut to whole microseconds; null without a start_time",
    nullable=True,
)
"""Has no time zone of its own: readers that know zones differ in what they need installed for them."""
