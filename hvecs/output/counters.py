r"""The counters of Windows beside the columns that model them, as `hvecs show counters` lists them.

Nobody keeps the second half by hand: a counter is modelled when a column of the schema carries its path.
"""

import re
from dataclasses import dataclass

from hvecs.output.absent_counters import why_absent
from hvecs.output.counter_names import COUNTER_SETS
from hvecs.output.schema import TABLES
from hvecs.output.source import Constant

_PATH = re.compile(r"\\(?P<set>[^\\(]+)(?:\([^)]*\))?\\(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter of Windows; `column` is "table.column" of the output, None when it is not modelled; a constant is what nothing moves."""

    counter_set: str
    name: str
    column: str | None
    is_constant: bool = False

    @property
    def modelled(self) -> str:
        """Where the counter is found in the output, or why it is not, in words."""
        if self.column is None:
            return f"not modelled: {why_absent(self.counter_set, self.name)}"
        return f"{self.column} (constant)" if self.is_constant else self.column


def catalogue() -> tuple[Counter, ...]:
    """Give every known counter, by set, in the order of the published lists."""
    columns = modelling_columns()
    constants = {
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if isinstance(column.source, Constant)
    }
    return tuple(
        Counter(
            counter_set, name, columns.get((counter_set, name)), columns.get((counter_set, name)) in constants
        )
        for counter_set, names in COUNTER_SETS.items()
        for name in names
    )


def modelling_columns() -> dict[tuple[str, str], str]:
    """Give "table.column" for each (counter set, counter name) that a column of the schema stands for.

    What every system measures for itself has a column for guests and may have one for the root, in a table of the host: that of guests is
    given.
    """
    found: dict[tuple[str, str], str] = {}
    for table in TABLES.values():
        for column in table.columns:
            for path in column.counters:
                found.setdefault(split_path(path), f"{table.name}.{column.name}")
    return found


def split_path(path: str) -> tuple[str, str]:
    r"""Split a counter path such as `\System\Processor Queue Length` into counter set and counter name.

    Raises:
        ValueError: `path` is not a counter path.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError(f"not the path of a counter: {path!r}")
    return match["set"], match["name"]
