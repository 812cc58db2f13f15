"""The summary of a sweep: every outcome of every point, and its paired difference against a baseline."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hvecs.output.judged import VERDICT
from hvecs.output.outcomes import NOT_STARTED, names_cell
from hvecs.output.record import FileRecord
from hvecs.output.table import Column, Table, text, whole
from hvecs.spec.paths import split_setting
from hvecs.spec.problems import show
from hvecs.spec.sweep_ranges import unit_of
from hvecs.sweeps.columns import parameter_cell, parameter_columns
from hvecs.sweeps.names import SUMMARY_FILE
from hvecs.sweeps.one_file import write_rows
from hvecs.sweeps.place import Store
from hvecs.sweeps.results import Results
from hvecs.sweeps.statistics import NOTHING, Estimate, between, estimate


class BaselineError(ValueError):
    """No one point is what was named as the baseline; the message says why."""


@dataclass(frozen=True)
class Line:
    """One outcome of one point; `difference` is paired, against the baseline, None for the baseline and without one."""

    point: int
    outcome: str
    unit: str
    meaning: str
    found: Estimate
    difference: Estimate | None


def summarise(results: Results, baseline: int | None = None) -> tuple[Line, ...]:
    """Estimate every outcome of every point; runs with the same seed are paired."""
    return tuple(_lines(results, baseline))


def find_baseline(paths: Sequence[str], points: Sequence[Sequence[Any]], texts: Sequence[str]) -> int | None:
    """Find the point that a user names, by its number or by `path=value`, one text for each path that matters.

    The last keys of a path will do where they are those of no other.

    Raises:
        BaselineError: there is no such point, or there are several.
    """
    if not texts:
        return None
    if len(texts) == 1 and texts[0].isdecimal():
        number = int(texts[0])
        if number >= len(points):
            raise BaselineError(f"there is no point {number}; the last is {len(points) - 1}")
        return number
    wanted = dict(_wanted(each, paths) for each in texts)
    found = [
        number
        for number, point in enumerate(points)
        if all(_same(point[index], value) for index, value in wanted.items())
    ]
    if len(found) != 1:
        raise BaselineError(f"{len(found) or 'no'} points have {', '.join(texts)}; expected one")
    return found[0]


def write_summary(store: Store, results: Results, lines: Sequence[Line], baseline: int | None) -> FileRecord:
    """Write the table summary, one row for each outcome of each point; gives the record of its file. Raises Unwritable."""
    parameters = parameter_columns(results.paths, results.points)
    table = Table(
        "summary", "One row for each outcome of each point, over its replications.", (*_columns(parameters),)
    )
    rows = (_row(line, results, parameters, baseline) for line in lines)
    return write_rows(store, SUMMARY_FILE, table, rows)


def _lines(results: Results, baseline: int | None) -> Iterator[Line]:
    for name in results.values:
        for point in range(len(results.points)):
            found = results.estimate(name, point)
            difference = None if baseline in {None, point} else _difference(results, name, point, baseline)
            yield Line(point, name, results.units[name], results.meanings[name], found, difference)


def _difference(results: Results, name: str, point: int, baseline: int) -> Estimate:
    """Estimate what a point has more than the baseline: run by run with the same seeds, or between two single runs."""
    values = results.values[name]
    paired = estimate(values[point] - values[baseline])
    if paired.n != 1:
        return paired
    return between(results.estimate(name, baseline), results.estimate(name, point))


def _columns(parameters: Sequence[Column]) -> Iterator[Column]:
    yield whole("point", "index", "number of the point, from 0")
    yield from parameters
    yield NOT_STARTED
    yield VERDICT
    yield text("outcome", "name of the outcome, a column of the table runs")
    yield text("unit", "unit of the outcome")
    yield text("meaning", "what the outcome is made of")
    yield whole("n", "count", "runs that have the outcome")
    for name, doc in (("mean", "mean"), ("sd", "standard deviation"), ("ci_low", "low"), ("ci_high", "high")):
        yield _real(
            name, f"{doc} end of the 95 % interval of the mean" if "ci" in name else f"{doc} over the runs"
        )
    yield text(
        "interval", "what the interval rests on: t (over replications), batch means (of a single run) or none"
    )
    yield Column("baseline", "int64", "index", None, "point that differences are against", nullable=True)
    yield Column("difference_n", "int64", "count", None, "pairs of runs with the same seed", nullable=True)
    yield _real("difference", "mean of the paired differences, this point less the baseline")
    yield _real("difference_low", "low end of its 95 % interval")
    yield _real("difference_high", "high end of its 95 % interval")


def _real(name: str, doc: str) -> Column:
    return Column(name, "float64", "", None, doc, nullable=True)


def _row(line: Line, results: Results, parameters: Sequence[Column], baseline: int | None) -> dict[str, Any]:
    difference = line.difference or NOTHING
    cells = zip(parameters, results.points[line.point], strict=True)
    return {
        "point": line.point,
        **{column.name: parameter_cell(column, value) for column, value in cells},
        NOT_STARTED.name: names_cell(results.not_started.get(line.point, ())),
        VERDICT.name: results.verdicts.get(line.point),
        "outcome": line.outcome,
        "unit": line.unit,
        "meaning": line.meaning,
        "n": line.found.n,
        "mean": line.found.mean,
        "sd": line.found.sd,
        "ci_low": line.found.low,
        "ci_high": line.found.high,
        "interval": line.found.interval,
        "baseline": baseline,
        "difference_n": line.difference and line.difference.n,
        "difference": difference.mean,
        "difference_low": difference.low,
        "difference_high": difference.high,
    }


def _wanted(given: str, paths: Sequence[str]) -> tuple[int, Any]:
    """Give the number of the axis, and the value."""
    path, value = split_setting(given)
    named = [index for index, each in enumerate(paths) if path == each or each.endswith(f".{path}")]
    if len(named) != 1 or value is None:
        known = ", ".join(paths) or "none"
        raise BaselineError(
            f"{show(given)} names no axis; expected a number or path=value, with a path of {known}"
        )
    try:
        return named[0], tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return named[0], value


def _same(value: Any, wanted: Any) -> bool:
    """Compare a value of an axis, quantities as such."""
    if isinstance(value, tuple):
        value = list(value)
    return bool((unit_of(value) or value) == (unit_of(wanted) or wanted))
