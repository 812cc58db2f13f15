"""The report of two runs, or two sweeps, side by side; or of a run beside a capture."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from hvecs import __version__
from hvecs.output.capture import is_capture
from hvecs.output.manifest import ManifestError, read_manifest
from hvecs.report.capture_source import open_capture
from hvecs.report.host_sources import open_run
from hvecs.report.page import Lead, Page
from hvecs.report.pair_figures import along_axes, bars, over_time
from hvecs.report.sections import Section
from hvecs.report.source import RunSource
from hvecs.report.verdict import verdict_leads, verdict_of
from hvecs.report.writing import quantity
from hvecs.spec.sweep_points import value_text
from hvecs.sweeps.comparison import Comparison, Difference
from hvecs.sweeps.statistics import Estimate

_MOST_ROWS: Final = 24
_MOST_OUTCOMES: Final = 6
_HOW: Final = {
    "paired": "intervals of paired differences: runs with the same seed",
    "independent": "intervals of differences between independent runs",
    "batch means": "intervals by the batch means of single runs, as if independent",
    "single": "single runs: no interval",
}


@dataclass(frozen=True)
class Side:
    """One of the two: what it is called on the page, where it lies, and, of a run, its tables."""

    name: str
    place: str
    run: RunSource | None = None


def report_pair(comparison: Comparison, sides: tuple[Side, Side], command: str) -> Page:
    """Make the page of two results that have points and outcomes in common."""
    a, b = sides
    return Page(
        title=f"{a.name} and {b.name}",
        purpose="" if (a.name, b.name) == (a.place, b.place) else f"From {a.place} and {b.place}.",
        facts=tuple(_facts(comparison)),
        lead=tuple(_leads(comparison, sides)),
        sections=tuple(_sections(comparison, sides)),
        origin=(f"Compared by hvecs {__version__}.", *(_HOW[how] for how in _ways(comparison))),
        command=command,
        version=__version__,
    )


def sides_of(places: tuple[str, str], names: tuple[str, str]) -> tuple[Side, Side]:
    """Name two results, and open those that are runs or captures; two of one name are told apart by their places."""
    called = places if names[0] == names[1] else names
    a, b = (Side(name, place, _opened(Path(place))) for name, place in zip(called, places, strict=True))
    return a, b


def _opened(folder: Path) -> RunSource | None:
    """Open a run or a capture; None for a sweep."""
    if is_capture(folder):
        return open_capture(folder)
    try:
        manifest = read_manifest(folder)
    except ManifestError:
        return None
    return open_run(folder, manifest)


def _facts(comparison: Comparison) -> Iterator[str]:
    found = comparison.differences
    points = {tuple(each.labels.items()) for each in found}
    if points != {()}:
        yield f"{len(points)} points"
    yield f"{len({each.outcome for each in found})} outcomes"
    beyond = sum(each.difference.excludes_zero for each in found)
    yield f"{beyond} of {len(found)} differ beyond chance"


def _leads(comparison: Comparison, sides: tuple[Side, Side]) -> Iterator[Lead]:
    for side in sides:
        if side.run is not None:
            first, *_ = verdict_leads(verdict_of(side.run))
            yield Lead(f"{side.name}: {first.title[0].lower()}{first.title[1:]}", first.lines, first.tone)
    yield _differences(comparison, sides)
    if comparison.only:
        yield Lead("Left out", comparison.only)


def _differences(comparison: Comparison, sides: tuple[Side, Side]) -> Lead:
    """List the outcomes: those that differ beyond chance first, by how much; those without a value not at all."""
    known = [each for each in comparison.differences if each.difference.mean is not None]
    known.sort(key=lambda each: (not each.difference.excludes_zero, -abs(each.relative or 0.0)))
    paths = list(known[0].labels) if known else []
    rows = [_row(each) for each in known[:_MOST_ROWS]]
    left = len(known) - len(rows)
    lines = (f"The {left} that differ least are left out.",) if left else ()
    head = (*paths, "outcome", sides[0].name, sides[1].name, "difference", "95 %", "share")
    return Lead("What differs", lines, "plain", head, tuple(rows))


def _row(each: Difference) -> tuple[str, ...]:
    half, relative = each.difference.half_width, each.relative
    return (
        *map(value_text, each.labels.values()),
        each.outcome,
        *(_written(estimate, each.unit) for estimate in (each.a, each.b, each.difference)),
        "" if half is None else _unbroken(f"± {quantity(half, each.unit)}"),
        "" if relative is None else _unbroken(f"{100 * relative:+.1f} %"),
    )


def _written(found: Estimate, unit: str) -> str:
    return "-" if found.mean is None else _unbroken(quantity(found.mean, unit))


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _sections(comparison: Comparison, sides: tuple[Side, Side]) -> Iterator[Section]:
    names = sides[0].name, sides[1].name
    a, b = (side.run for side in sides)
    if a is not None and b is not None:
        yield Section("processors", "Processors", tuple(over_time((a, b), names)))
    if not any(each.labels for each in comparison.differences):
        yield Section("outcomes", "Guests", tuple(bars(comparison.differences, names)))
        return
    of = {
        name: [each for each in comparison.differences if each.outcome == name] for name in _moved(comparison)
    }
    drawn = (along_axes(found, names, f"o{number}") for number, found in enumerate(of.values()))
    yield Section("outcomes", "Outcomes", tuple(chain.from_iterable(drawn)))


def _moved(comparison: Comparison) -> list[str]:
    """Name the outcomes that are drawn: those that differ most at some point, beyond chance before others."""
    most = dict[str, tuple[bool, float]]()
    for each in comparison.differences:
        if each.difference.mean is not None:
            found = each.difference.excludes_zero, abs(each.relative or 0.0)
            most[each.outcome] = max(most.get(each.outcome, (False, 0.0)), found)
    return sorted(most, key=lambda name: most[name], reverse=True)[:_MOST_OUTCOMES]


def _ways(comparison: Comparison) -> list[str]:
    found = {each.how for each in comparison.differences}
    return [how for how in _HOW if how in found]
