"""The vocabulary in which the tables are declared: columns with a unit, a Windows counter and a meaning."""

from dataclasses import dataclass, replace
from typing import Literal

from hvecs.output.source import Mean, Percent, Rate, Source, Sum

ColumnType = Literal["int64", "float64", "string", "bool", "timestamp"]
"""A timestamp is held as whole microseconds since 1970."""

Rows = Literal[
    "",
    "event",
    "host",
    "logical processor",
    "virtual processor",
    "root virtual processor",
    "partition",
    "guest",
    "running guest",
    "open guest",
    "closed guest",
    "dynamic guest",
    "storage",
    "virtual disk",
    "network",
    "virtual adapter",
    "tier",
    "migration end",
]


@dataclass(frozen=True, slots=True)
class Column:
    r"""One column of an output table.

    `unit` is "ns", "s", "%", "1/s", "B/s", "MiB", "B", "count", "index", "id" or "text". `counter` is the exact path of the Windows counter that
    the column stands for, None where Windows has none; `root_counter` is that of the root partition's row where Windows
    keeps it in a set of its own, e.g. `\Hyper-V Hypervisor Root Partition(*)\Virtual Processors`.
    `source` says where the values come from; None for what is known before the run, such as names.
    """

    name: str
    type: ColumnType
    unit: str
    counter: str | None
    doc: str
    nullable: bool = False
    root_counter: str | None = None
    source: Source | None = None

    @property
    def counters(self) -> tuple[str, ...]:
        """The paths of all Windows counters that the column stands for."""
        return tuple(path for path in (self.counter, self.root_counter) if path is not None)


@dataclass(frozen=True, slots=True)
class Table:
    """One output table: its name, what a row is, and its columns in the order of the file.

    `rows` is the kind of entity that has a row, at each sample if `sampled`; or "event"; empty where a row is a run.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    rows: Rows = ""
    sampled: bool = True

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""
        return tuple(column.name for column in self.columns)


def whole(name: str, unit: str, doc: str, counter: str | None = None, source: Source | None = None) -> Column:
    """Declare a column of whole numbers (int64) that is never null."""
    return Column(name, "int64", unit, counter, doc, source=source)


def of_field(name: str, unit: str, doc: str, field: str, counter: str | None = None) -> Column:
    """Declare a column of whole numbers that holds one field of a component."""
    return whole(name, unit, doc, counter, Sum((field,)))


def real(name: str, unit: str, doc: str, counter: str | None = None, source: Source | None = None) -> Column:
    """Declare a column of real numbers (float64) that is never null."""
    return Column(name, "float64", unit, counter, doc, source=source)


def text(name: str, doc: str) -> Column:
    """Declare a column of strings that is never null."""
    return Column(name, "string", "text", None, doc)


def rate(of: str, doc: str, counter: str | None = None) -> Column:
    """Declare the rate of another column."""
    return real(f"{of}_per_sec", "1/s", doc, counter, Rate((of,)))


def share(name: str, doc: str, counter: str | None, *of: str) -> Column:
    """Declare the percentage of the interval that other columns (ns) make up."""
    return real(name, "%", doc, counter, Percent(of))


def mean(name: str, doc: str, counter: str | None, of: str, per: str) -> Column:
    """Declare the mean (ns) of one operand for each of another; where there is none it is null."""
    return real(name, "ns", doc, counter, Mean(of, per))


def null(column: Column, when: str) -> Column:
    """Make `column` nullable, and say in its meaning when it is null."""
    return replace(column, nullable=True, doc=f"{column.doc}; null {when}")


TIMESTAMP = Column(
    "timestamp",
    "timestamp",
    "UTC",
    None,
    "scenario.start_time and time_ns, in UTC, cut to whole microseconds; null without a start_time",
    nullable=True,
)
"""Has no time zone of its own: readers that know zones differ in what they need installed for them."""
