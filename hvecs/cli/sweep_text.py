"""The summary of a sweep, and the comparison of two, as text and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from hvecs.cli.text import aligned, digits, some, span
from hvecs.spec.paths import key_texts
from hvecs.sweep.comparison import Comparison, Difference
from hvecs.sweep.results import Results
from hvecs.sweep.statistics import Estimate
from hvecs.sweep.summary import Line

_MOST_POINTS: Final = 40
_HOW: Final = {
    "paired": "intervals of paired differences: n pairs of runs with the same seed",
    "independent": "intervals of differences between independent runs, at least n on either side",
    "batch means": "intervals by the batch means of single runs, as if independent",
    "single": "single runs: no interval",
}


def summary_text(results: Results, lines: Sequence[Line], baseline: int | None, place: str) -> str:
    """Write a table for each outcome: a row a point, the mean and half the width of its 95 % interval."""
    parts = [
        f"{results.name}: {len(results.points)} points, {results.runs} runs, {len(results.failed)} failed"
    ]
    names = short_names(results.paths)
    parts[0] += _not_started(results, names)
    for outcome in results.values:
        chosen = [line for line in lines if line.outcome == outcome]
        parts.append(_outcome(results, names, chosen[:_MOST_POINTS], baseline))
        if len(chosen) > _MOST_POINTS:
            parts[-1] += f"\nand {len(chosen) - _MOST_POINTS} more points in the table summary"
    parts.append(f"tables in {place}")
    return "\n\n".join(parts)


def _not_started(results: Results, names: list[str]) -> str:
    """Write the points that have no outcomes, a line each, and why."""
    found = results.not_started
    if not found:
        return ""
    lines = [
        f"{len(found)} of {len(results.points)} points have no outcomes: guests did not start for want of memory"
    ]
    for point, guests in list(found.items())[:_MOST_POINTS]:
        at = ", ".join(f"{name} = {value}" for name, value in zip(names, results.points[point], strict=True))
        lines.append(f"  {at or f'point {point}'}: {some(guests)}")
    return "\n" + "\n".join(lines)


def not_started_data(results: Results) -> list[dict[str, Any]]:
    """Give the points at which guests did not start as plain data."""
    return [
        {"point": point, "parameters": results.labels(point), "partitions": list(guests)}
        for point, guests in results.not_started.items()
    ]


def summary_data(results: Results, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Give the summary as plain data, an object for each outcome of each point."""
    return [
        {
            "point": line.point,
            "parameters": results.labels(line.point),
            "outcome": line.outcome,
            "unit": line.unit,
            "meaning": line.meaning,
            **asdict(line.found),
            "difference": None if line.difference is None else asdict(line.difference),
        }
        for line in lines
    ]


def comparison_text(comparison: Comparison, places: tuple[str, str]) -> str:
    """Write a row for each outcome of each point: A, B, and B less A with its interval."""
    paths = list(comparison.differences[0].labels)
    rows = [[*short_names(paths), "outcome", "A", "B", "B - A", "95 %", "%", "n"]]
    rows += [
        [*map(str, each.labels.values()), each.outcome, *_compared(each)] for each in comparison.differences
    ]
    width = len(paths)
    found = {each.how for each in comparison.differences}
    notes = [note for how, note in _HOW.items() if how in found]
    own = {each.outcome: each.meaning for each in comparison.differences if "." not in each.outcome}
    notes += [f"{name}: {meaning}" for name, meaning in own.items()]
    named = [f"{side}: {place}" for side, place in zip("AB", places, strict=True)]
    return "\n\n".join(["\n".join(named), aligned(rows, right=range(width + 1, width + 7)), "\n".join(notes)])


def comparison_data(comparison: Comparison, share: float | None) -> dict[str, Any]:
    """Give a comparison as plain data; `exceeds` is against `share`, where there is one."""
    return {
        "differences": [
            {
                "parameters": each.labels,
                "outcome": each.outcome,
                "unit": each.unit,
                "meaning": each.meaning,
                "how": each.how,
                "a": asdict(each.a),
                "b": asdict(each.b),
                "difference": asdict(each.difference),
                "relative_pct": None if each.relative is None else 100 * each.relative,
                "exceeds": None if share is None else each.exceeds(share),
            }
            for each in comparison.differences
        ],
        "only": list(comparison.only),
    }


def short_names(paths: Sequence[str]) -> list[str]:
    """Give the last key of each path, with those before it as far as it takes to tell paths apart."""
    return [next(name for name in _endings(path) if _ends_one(name, paths)) for path in paths]


def amount(value: float | None, unit: str) -> str:
    """Write an outcome with its unit."""
    if value is None:
        return "-"
    if unit == "ns":
        return f"-{span(-value)}" if value < 0 else span(value)
    return f"-{digits(-value)}" if value < 0 else digits(value)


def _endings(path: str) -> list[str]:
    keys = key_texts(path)
    return [".".join(keys[start:]) for start in range(len(keys) - 1, -1, -1)]


def _ends_one(name: str, paths: Sequence[str]) -> bool:
    return sum(path == name or path.endswith(f".{name}") for path in paths) == 1


def _outcome(results: Results, names: list[str], lines: Sequence[Line], baseline: int | None) -> str:
    unit, above = lines[0].unit, f"{lines[0].outcome}: {lines[0].meaning}\n"
    title = f"{lines[0].outcome} ({unit})" if unit not in {"", "ns"} else lines[0].outcome
    rows = [
        [*(names or ["point"]), title, "95 %", "n", *(["difference", "95 %"] if baseline is not None else [])]
    ]
    for line in lines:
        labels = [str(value) for value in results.points[line.point]] or [str(line.point)]
        row = [*labels, *_cells(line.found, unit), str(line.found.n)]
        if baseline is not None:
            row += ["baseline", ""] if line.difference is None else _cells(line.difference, unit)
        rows.append(row)
    first = len(rows[0]) - (5 if baseline is not None else 3)
    return above + aligned(rows, right=range(first, len(rows[0])))


def _cells(found: Estimate, unit: str) -> list[str]:
    half = found.half_width
    return [amount(found.mean, unit), "" if half is None else f"+- {amount(half, unit)}"]


def _compared(each: Difference) -> list[str]:
    unit, relative = each.unit, each.relative
    percent = "-" if relative is None else f"{100 * relative:+.2f}"
    return [
        amount(each.a.mean, unit),
        amount(each.b.mean, unit),
        *_cells(each.difference, unit),
        percent,
        str(each.difference.n),
    ]
