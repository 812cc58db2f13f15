"""The tables of a sweep file: what is varied, how often it is repeated, and what is reported."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any

from hvecs.spec.bounds import MOST_POINTS
from hvecs.spec.kinds import Choice, Count, Kind, Text, Wrong
from hvecs.spec.problems import show
from hvecs.spec.scenario import Run
from hvecs.spec.table import Table, key, kind_of

DESIGNS = ("grid", "zip", "random", "latin-hypercube", "sobol")
SAMPLED = ("random", "latin-hypercube", "sobol")
AGGREGATES = ("auto", "run", "min", "max", "mean", "sum", "p50", "p95", "p99")
AXIS_PATH = r"""(?:"(?:[^"\\]|\\.){1,200}"|'[^']{1,200}'|[^=\s"']){1,500}"""
"""Keys joined by dots; blanks and `=` only in quoted ones."""

_COLUMN = r"[A-Za-z][A-Za-z0-9_-]{0,99}"
_COLUMN_WORDS = "a name of letters, digits, _ and -"
_NAME = kind_of(Run.model_fields["name"])
assert isinstance(_NAME, Text)  # noqa: S101 - the name of a scenario is a text


@dataclass(frozen=True)
class Anything(Kind):
    """Any value of TOML; what it means is for the key that it is laid on."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return "a value"

    def read(self, value: object) -> Any:
        """Keep the value; dates and numbers without end are of no use to any key."""
        if isinstance(value, float) and not isfinite(value):
            raise self.refuse(value)
        if not isinstance(value, str | int | float | dict | tuple):
            raise Wrong(f"expected a string, a number, an array or a table; got {show(value)}")
        return value


@dataclass(frozen=True)
class Where(Kind):
    """A table of column names and the one value that each must have."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return 'a table of columns and values such as { partition = "web-0" }'

    def read(self, value: object) -> dict[str, str | int]:
        """Keep strings and whole numbers, which are all that rows are chosen by."""
        if not isinstance(value, dict):
            raise self.refuse(value)
        for name, wanted in value.items():
            if not isinstance(wanted, str | int) or isinstance(wanted, bool):
                raise Wrong(f"{name}: expected a string or a whole number; got {show(wanted)}")
        return value


@dataclass(frozen=True)
class Settings(Kind):
    """A table of paths, in quotes, and what each is set to."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return 'a table of paths and values such as { "partition.web.processor.weight" = 400 }'

    def read(self, value: object) -> dict[str, Any]:
        """Keep the values, which are for the keys that they are laid on."""
        if not isinstance(value, dict):
            raise self.refuse(value)
        for path in value:
            if not re.fullmatch(AXIS_PATH, path) or "." not in path:
                raise Wrong(f"{show(path)} is not a path in quotes; expected {self.words}")
        return {path: Anything().read(each) for path, each in value.items()}


class SweepTable(Table):
    """The [sweep] table: the scenario, the design, and how often each point is run."""

    name: Annotated[str, _NAME] = key("name of the sweep, and of its folder of results")
    purpose: Annotated[str, Text()] = key("what the sweep is for", "")
    scenario: Annotated[str, Text("the name of a scenario file", r"[^\0]{1,1000}")] = key(
        "the scenario that is varied, relative to this file"
    )
    design: Annotated[str, Choice(DESIGNS)] = key("how points are taken from the axes", "grid")
    points: Annotated[int, Count(1, MOST_POINTS)] = key("number of points of the sampled designs", 64)
    replications: Annotated[int, Count(1, 100_000)] = key(
        "runs of each point; the n-th run of every point has the same seed", 1
    )
    seed: Annotated[int, Count(0, 2**63 - 1)] = key("what the seeds of all runs are derived from", 1)
    tables: tuple[Annotated[str, Text("the name of a table")], ...] = key("tables to keep; empty = all", ())


class Level(Table):
    """One level of an [[axis]] with a name: the keys of the scenario that it sets, all at once."""

    name: Annotated[str, _NAME] = key("name of the level, as it stands in tables")
    set: Annotated[dict[str, Any], Settings()] = key(
        "keys of the scenario, as in --set, and their values", {}
    )


class Axis(Table):
    """An [[axis]]: one key of the scenario, and what it is set to; or levels with a name, each of which sets several."""

    path: Annotated[str | None, Text("a path such as host.costs.context_switch", AXIS_PATH)] = key(
        "key of the scenario, as in --set", None
    )
    name: Annotated[str | None, Text(_COLUMN_WORDS, _COLUMN)] = key(
        "name of an axis that has levels, and of its column in the table runs", None
    )
    values: tuple[Annotated[Any, Anything()], ...] = key("the values", ())
    range: tuple[Annotated[Any, Anything()], ...] = key("lowest and highest value, instead of values", ())
    scale: Annotated[str, Choice(("linear", "log"))] = key("how a range is divided", "linear")
    points: Annotated[int, Count(2, 100_000)] = key("values taken from a range in a grid or zip", 5)
    levels: tuple[Level, ...] = key("levels of an axis with a name, instead of a path and its values", ())

    @property
    def label(self) -> str:
        """What the axis is called in tables: its path, or the name that it has instead."""
        return self.path or self.name or ""

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values, or the names of the levels; none where there is a range."""
        return self.values or tuple(level.name for level in self.levels)

    def settings(self, value: Any) -> dict[str, Any]:
        """Give the keys that a value of the axis sets, with what they are set to."""
        if self.path:
            return {self.path: value}
        return next(level.set for level in self.levels if level.name == value)


class SweepOutcome(Table):
    """An [[outcome]]: one number of each run, made of the rows of one of its tables."""

    name: Annotated[str, Text(_COLUMN_WORDS, _COLUMN)] = key(
        "name of the outcome, and of its column in the table runs"
    )
    table: Annotated[str, Text("the name of a table")] = key("table that it is computed from")
    column: Annotated[str, Text("the name of a column")] = key("column that it is computed from")
    where: Annotated[dict[str, Any], Where()] = key("rows that count: columns and their values", {})
    aggregate: Annotated[str, Choice(AGGREGATES)] = key(
        "how the rows become one number; run: the percentile, or mean, of all requests or dispatches of the run, where the column "
        "has one of each sample; auto: run where there is that, else mean",
        "auto",
    )


class Sweep(Table):
    """A sweep file, parsed; values of axes are as written."""

    sweep: SweepTable = key("what is run")
    axis: tuple[Axis, ...] = key("what is varied", ())
    outcome: tuple[SweepOutcome, ...] = key("what is reported", ())
