"""The comparison of two sweeps or runs as text and as plain data; how outcomes are written."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from hvecs.cli.text import aligned, digits, span
from hvecs.spec.paths import key_texts
from hvecs.spec.sweep_points import value_text
from hvecs.sweeps.comparison import Comparison, Difference
from hvecs.sweeps.statistics import Estimate

_HOW: Final = {
    "paired": "intervals of paired differences: n pairs of runs with the same seed",
    "independent": "intervals of differences between independent runs, at least n on either side",
    "batch means": "intervals by the batch means of single runs, as if independent",
    "single": "single runs: no interval",
}


def comparison_text(comparison: Comparison, places: tuple[str, str]) -> str:
    """Write a row for each outcome of each point: A, B, and B less A with its interval."""
    paths = list(comparison.differences[0].labels)
    rows = [[*short_names(paths), "outcome", "A", "B", "B - A", "95 %", "%", "n"]]
    rows += [
        [*map(value_text, each.labels.values()), each.outcome, *_compared(each)]
        for each in comparison.differences
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


def cells(found: Estimate, unit: str) -> list[str]:
    """Write an estimate: its mean, and half the width of its interval where there is one."""
    half = found.half_width
    return [amount(found.mean, unit), "" if half is None else f"+- {amount(half, unit)}"]


def _compared(each: Difference) -> list[str]:
    unit, relative = each.unit, each.relative
    percent = "-" if relative is None else f"{100 * relative:+.2f}"
    return [
        amount(each.a.mean, unit),
        amount(each.b.mean, unit),
        *cells(each.difference, unit),
        percent,
        str(each.difference.n),
    ]
