"""The scenarios of a sweep's points: each validated once, and what they write and are built of together."""

import pickle
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hvecs.engine.plan import ROOT
from hvecs.output.written import tables_of
from hvecs.spec import Problem, Scenario, SpecError, resolved_toml
from hvecs.spec.advice import advice
from hvecs.spec.bounds import MOST_POINT_BYTES
from hvecs.spec.problems import Steps
from hvecs.spec.reading import size_text
from hvecs.spec.sweep import Axis
from hvecs.spec.sweep_loading import SweepFile
from hvecs.spec.sweep_points import PointLoader, inline, setting
from hvecs.sweeps.columns import MOST_COLUMNS, scenario_columns
from hvecs.sweeps.designs import Point
from hvecs.sweeps.tables import name_problems, table_problems

if TYPE_CHECKING:
    from hvecs.output.table import Column, Table

_MOST_PROBLEMS: Final = 20
_MOST_ADVISED: Final = 10
_GOT: Final = "; got "
"""Before the value, at the end of a message."""


class Scenarios:
    """The scenarios of points, as far as they are valid, and the problems of those that are not."""

    def __init__(self, file: SweepFile, loader: PointLoader) -> None:
        self._file = file
        self._loader = loader
        self._problems: dict[Problem, None] = {}
        self._alike: dict[tuple[Steps, str], Problem] = {}
        self._drawn: Counter[Problem] = Counter()
        self._invalid = 0
        self._bytes = 0
        self._numbers: dict[str, int] = {}
        self._doubtful = 0
        self.advice: list[str] = []
        self.resolved: list[str] = []
        self.pickled: list[bytes] = []
        self.tables: dict[str, Table] = {}
        self.own_tables: dict[str, Table] = {}
        self.schedulers: set[str] = set()
        self.partitions: dict[str, None] = {ROOT: None}
        self.columns: dict[str, Column] = {}

    def add(self, number: int, point: Point) -> None:
        """Validate a point and keep its scenario."""
        try:
            scenario = self._loader.load(self._settings(point))
        except SpecError as error:
            self._invalid += 1
            for problem in error.problems:
                self._tell(problem, number, point)
            return
        if scenario.host.systems and not self._has_systems(scenario):
            return
        self._advise(scenario, number, point)
        resolved = resolved_toml(scenario)
        if (same := self._numbers.setdefault(resolved, number)) != number:
            message = f"points {same} and {number} are the same scenario; expected values that differ"
            self._problems[self._file.problem(("axis",), message)] = None
        self.resolved.append(resolved)
        self.pickled.append(pickle.dumps(scenario, pickle.HIGHEST_PROTOCOL))
        self._bytes += len(resolved) + len(self.pickled[-1])
        if self._bytes > MOST_POINT_BYTES:
            most = size_text(MOST_POINT_BYTES)
            message = f"the scenarios of {number + 1} points are larger than {most}; expected fewer points or less data"
            raise SpecError((self._file.problem(("axis",), message),))
        self.tables |= {table.name: table for table in tables_of(scenario)} | self.own_tables
        self.partitions |= dict.fromkeys(guest.name for guest in scenario.guests())
        self.schedulers.add(scenario.host.scheduler_used)
        if len(self.columns) <= MOST_COLUMNS:
            self.columns |= {column.name: column for column in scenario_columns(scenario)}

    def _has_systems(self, scenario: Scenario) -> bool:
        """Note the tables of a point's own systems; tell whether the systems are in order."""
        from hvecs.engine.own_systems import load_systems, own_tables  # noqa: PLC0415 - few scenarios have any, and numba takes a moment

        try:
            tables = own_tables(load_systems(scenario))
            for table in tables:
                if self.own_tables.setdefault(table.name, table) != table:
                    raise ValueError(f"points have different tables {table.name}")  # noqa: TRY301 - told as the others are
        except SpecError as error:
            self._problems |= dict.fromkeys(error.problems)
            return False
        except ValueError as error:
            self._problems[Problem(str(self._file.path), None, "host.systems", str(error))] = None
            return False
        return True

    def _advise(self, scenario: Scenario, number: int, point: Point) -> None:
        """Keep what to warn of at a point; beyond the first points that need it, they are counted alone."""
        if next(advice(scenario), None) is None:
            return
        self._doubtful += 1
        if self._doubtful <= _MOST_ADVISED:
            found = self._loader.advice(self._settings(point))
            self.advice += [str(self._located(problem, number, point)) for problem in found]

    def warnings(self) -> tuple[str, ...]:
        """Give what to warn of at all points."""
        rest = self._doubtful - _MOST_ADVISED
        return (*self.advice, *([f"{rest} more points have such warnings"] if rest > 0 else []))

    def _settings(self, point: Point) -> list[str]:
        axes = self._file.sweep.axis
        return [
            setting(path, each)
            for axis, value in zip(axes, point, strict=True)
            for path, each in axis.settings(value).items()
        ]

    def check(self) -> None:
        """Raise SpecError if anything was wrong."""
        problems = [self._with_number(problem) for problem in self._problems]
        if not problems:
            problems = [*name_problems(self._file), *table_problems(self._file, self.tables, self.partitions)]
        if len(problems) > _MOST_PROBLEMS:
            rest = f"{len(problems) - _MOST_PROBLEMS} more problems; {self._invalid} points are invalid"
            problems = [*problems[:_MOST_PROBLEMS], Problem(str(self._file.path), None, "", rest)]
        if problems:
            raise SpecError(problems)

    def base(self) -> str | None:
        """Give the resolved scenario without any axis, if it is valid."""
        try:
            return resolved_toml(self._loader.load(()))
        except SpecError:
            return None

    def _tell(self, problem: Problem, number: int, point: Point) -> None:
        """Note a problem of a point; of the values drawn from one range that are wrong alike, the first alone is told."""
        located, found = self._located(problem, number, point), self._axis_of(problem, point)
        if found is not None and "range" in found[0]:
            steps, _, told = found
            located = self._alike.setdefault((steps, told.partition(_GOT)[0]), located)
            self._drawn[located] += 1
        self._problems[located] = None

    def _with_number(self, problem: Problem) -> Problem:
        """Say at how many further points a value drawn from the same range is wrong alike."""
        more = self._drawn[problem] - 1
        return (
            replace(problem, message=f"{problem.message} ({more} more points alike)") if more > 0 else problem
        )

    def _located(self, problem: Problem, number: int, point: Point) -> Problem:
        """Say of a problem which value of which axis, or else which point, it belongs to."""
        if (found := self._axis_of(problem, point)) is not None:
            steps, setting_text, told = found
            return self._file.problem(steps, f"{setting_text}: {told}")
        at = ", ".join(
            f"{axis.label} = {inline(value)}"
            for axis, value in zip(self._file.sweep.axis, point, strict=True)
        )
        return replace(
            problem, message=f"{problem.message} (at point {number}: {at})" if at else problem.message
        )

    def _axis_of(self, problem: Problem, point: Point) -> tuple[Steps, str, str] | None:
        """Give where the value of an axis that is wrong stands, what it sets, and what is wrong; None if no axis did it."""
        for index, axis in enumerate(self._file.sweep.axis):
            for path, value in axis.settings(point[index]).items():
                if problem.file == f"--set {path}":
                    inside = f"{problem.path}: " if problem.path else ""
                    steps = _written(axis, index, point[index], path)
                    return steps, f"{path} = {inline(value)}", f"{inside}{problem.message}"
        return None


def _written(axis: Axis, index: int, value: Any, path: str) -> Steps:
    """Give where in the sweep file it is said what `path` is set to at a value of an axis."""
    if axis.levels:
        return "axis", index, "levels", axis.choices.index(value), "set", path
    if value in axis.values:
        return "axis", index, "values", axis.values.index(value)
    return "axis", index, "range" if axis.range else "path"
