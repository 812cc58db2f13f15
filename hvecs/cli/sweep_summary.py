"""The summary of a sweep as text of a page at most, unless all is asked for, and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from hvecs.cli.sweep_request import Shown
from hvecs.cli.sweep_text import cells, short_names
from hvecs.cli.text import aligned, some
from hvecs.spec.sweep_points import value_text
from hvecs.sweeps.choice import moved_most
from hvecs.sweeps.results import Results
from hvecs.sweeps.summary import Line
from hvecs.verdict.rules import VERDICTS

PAGE_LINES: Final = 40
_ABOVE: Final = 3
"""Lines of an outcome beside its points: a blank one, what it is, the head."""
_FEWEST_POINTS: Final = 3
_MOST_ABSENT: Final = 3
_MOST_VERDICTS: Final = 6
"""Points that are named for each verdict."""


def names_to_show(shown: Shown, results: Results, declared: Sequence[str]) -> list[str]:
    """Name the outcomes to print; unless something else is asked for, those that are declared, else the three that moved most."""
    if shown.outcomes:
        return list(shown.outcomes)
    if shown.everything:
        return list(results.values)
    if shown.top is not None:
        return moved_most(results, shown.top)
    return list(declared) or moved_most(results)


def summary_text(
    results: Results, lines: Sequence[Line], baseline: int | None, names: Sequence[str], shown: Shown
) -> str:
    """Write a table for each of the outcomes `names`: a row a point, the mean and half the width of its 95 % interval.

    With two lines more it has PAGE_LINES lines at most, unless everything is asked for, or many outcomes by name; points are then left
    out in between, outcomes that nobody asked for at the end.
    """
    everything = shown.everything
    head = _head(results, everything=everything)
    room = PAGE_LINES - len(head) - 4
    kept = list(names)
    if not (everything or shown.outcomes):
        del kept[max(1, room // (_ABOVE + _FEWEST_POINTS + 1)) :]
    left = sum(name not in kept for name in results.values)
    points = len(results.points)
    rows = points if everything or not kept else _rows(room, len(kept), points)
    parts = ["\n".join(head)]
    parts += [
        _outcome(results, [line for line in lines if line.outcome == name], baseline, rows) for name in kept
    ]
    if left:
        parts.append(f"{left} more outcomes: --all, --top N, --outcome NAME")
    return "\n\n".join(parts)


def not_started_data(results: Results) -> list[dict[str, Any]]:
    """Give the points at which guests did not start as plain data."""
    return [
        {"point": point, "parameters": results.labels(point), "partitions": list(guests)}
        for point, guests in results.not_started.items()
    ]


def verdicts_data(results: Results) -> list[dict[str, Any]]:
    """Give the gravest verdict of each point as plain data."""
    return [
        {"point": point, "parameters": results.labels(point), "verdict": verdict}
        for point, verdict in results.verdicts.items()
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


def _rows(room: int, outcomes: int, points: int) -> int:
    """Give the number of points that an outcome may show, a line that tells of the others counted."""
    each = room // outcomes - _ABOVE
    return points if points <= each else max(_FEWEST_POINTS, each - 1)


def _head(results: Results, *, everything: bool) -> list[str]:
    """Write what was made, the points that have no outcomes, a line each, and why, and which points each verdict is on."""
    names = short_names(results.paths)
    return [
        f"{results.name}: {len(results.points)} points, {results.runs} runs, {len(results.failed)} failed",
        *_not_started(results, names, everything=everything),
        *_verdicts(results, names),
    ]


def _point(results: Results, names: Sequence[str], point: int) -> str:
    at = ", ".join(
        f"{name} = {value_text(value)}" for name, value in zip(names, results.points[point], strict=True)
    )
    return at or f"point {point}"


def _not_started(results: Results, names: Sequence[str], *, everything: bool) -> list[str]:
    found = list(results.not_started.items())
    if not found:
        return []
    lines = [
        f"{len(found)} of {len(results.points)} points have no outcomes: guests did not start for want of memory"
    ]
    most = len(found) if everything or len(found) <= _MOST_ABSENT else _MOST_ABSENT - 1
    lines += [f"  {_point(results, names, point)}: {some(guests)}" for point, guests in found[:most]]
    if len(found) > most:
        lines.append(f"  and {len(found) - most} more; --all prints them")
    return lines


def _verdicts(results: Results, names: Sequence[str]) -> list[str]:
    """Write which points each verdict is on, a line a verdict."""
    by_verdict: dict[str, list[str]] = {}
    for point, verdict in results.verdicts.items():
        by_verdict.setdefault(verdict, []).append(_point(results, names, point))
    count = len(results.points)
    lines = [
        f"  {verdict}: {f'all {count} points' if len(at) == count > 1 else some(at, _MOST_VERDICTS)}"
        for verdict, at in ((each, by_verdict[each]) for each in VERDICTS if each in by_verdict)
    ]
    return ["verdict", *lines] if lines else []


def _outcome(results: Results, lines: Sequence[Line], baseline: int | None, most: int) -> str:
    """Write the table of one outcome, of `most` points at most, spread from the first to the last."""
    names, unit, total = short_names(results.paths), lines[0].unit, len(lines)
    title = f"{lines[0].outcome} ({unit})" if unit not in {"", "ns"} else lines[0].outcome
    rows = [
        [*(names or ["point"]), title, "95 %", "n", *(["difference", "95 %"] if baseline is not None else [])]
    ]
    if total > most:
        lines = [lines[index * (total - 1) // (most - 1)] for index in range(most)]
    for line in lines:
        labels = [value_text(value) for value in results.points[line.point]] or [str(line.point)]
        row = [*labels, *cells(line.found, unit), str(line.found.n)]
        if baseline is not None:
            row += ["baseline", ""] if line.difference is None else cells(line.difference, unit)
        rows.append(row)
    first = len(rows[0]) - (5 if baseline is not None else 3)
    table = aligned(rows, right=range(first, len(rows[0])))
    more = f"\n{len(lines)} of {total} points; --all prints them" if total > len(lines) else ""
    return f"{lines[0].outcome}: {lines[0].meaning}\n{table}{more}"
