"""The report of a sweep: each outcome against what was varied."""

import shlex
from collections.abc import Iterator
from typing import Final

import numpy as np

from hvecs.output.manifest import ManifestError
from hvecs.report.drawing import Drawing
from hvecs.report.page import Lead, Page
from hvecs.report.sections import Section
from hvecs.report.sweep_figures import Axis, against, axis_of, heat_map
from hvecs.report.writing import quantity
from hvecs.spec.sweep_points import value_text
from hvecs.sweeps.choice import knee, moved_most
from hvecs.sweeps.manifest import SweepManifest
from hvecs.sweeps.place import Store
from hvecs.sweeps.results import Results, sweep_results

_MOST_OUTCOMES: Final = 6
_MOST_ROWS: Final = 60
_TWO: Final = 2


def report_sweep(store: Store, manifest: SweepManifest) -> Page:
    """Make the page of a sweep.

    The outcomes shown are those that the sweep file asks for, else the three that moved most.

    Raises:
        ManifestError: no batch of it is complete yet.
        Damaged: a file of it is not as it was written.
    """
    results = sweep_results(store, manifest)
    if not results.runs:
        raise ManifestError(f"{store.place}: no batch of this sweep is complete yet")
    names = [each["name"] for each in manifest.sweep["outcome"]][:_MOST_OUTCOMES] or moved_most(results)
    axes = [
        axis_of(path, [point[place] for point in results.points]) for place, path in enumerate(results.paths)
    ]
    return Page(
        title=results.name,
        purpose=str(manifest.sweep["sweep"].get("purpose", "")),
        facts=tuple(_facts(results, manifest)),
        lead=tuple(_leads(results, names, axes)),
        sections=tuple(_sections(results, [name for name in names if _has_values(results, name)], axes)),
        origin=tuple(_origin(manifest)),
        command=shlex.join(manifest.argv),
        version=manifest.version,
    )


def _facts(results: Results, manifest: SweepManifest) -> Iterator[str]:
    yield f"{len(results.points)} points"
    yield f"{results.runs} runs of {len(manifest.runs)}"
    yield f"{len(results.seeds)} seeds a point"
    if results.paths:
        yield f"varied: {', '.join(results.paths)}"


def _leads(results: Results, names: list[str], axes: list[Axis]) -> Iterator[Lead]:
    if results.failed:
        lines = [f"{len(results.failed)} runs failed, the first: {results.failed[0].error}"]
        yield Lead("Runs that failed", tuple(lines), "bad")
    lines = [line for name in names for line in _findings(results, name, axes)]
    lines += [f"{name} has no value at any point." for name in names if not _has_values(results, name)]
    if lines:
        yield Lead("What the sweep says", tuple(lines))
    yield _table(results, names)


def _has_values(results: Results, name: str) -> bool:
    return not np.isnan(results.values[name]).all()


def _findings(results: Results, name: str, axes: list[Axis]) -> Iterator[str]:
    """Say in a sentence where an outcome takes off along the only axis, and from where it has no value."""
    if len(axes) != 1:
        return
    axis, unit = axes[0], results.units[name]
    order = axis.order
    values = results.values[name][order]
    means = [float("nan") if np.isnan(row).all() else float(np.nanmean(row)) for row in values]
    known = [mean for mean in means if not np.isnan(mean)]
    found = knee(means)
    if found is not None:
        yield (
            f"{name} doubles between {axis.labels[order[found.before]]} and {axis.labels[order[found.after]]} "
            f"({axis.path}): {quantity(means[found.before], unit)}, then {quantity(means[found.after], unit)}."
        )
    elif known:
        yield f"{name} does not double: it lies between {quantity(min(known), unit)} and {quantity(max(known), unit)}."
    if known and len(known) < len(means):
        first = axis.labels[order[int(np.argmax(np.isnan(means)))]]
        yield f"{name} has no value at {first}: a guest did not start there, or its work was not done."


def _table(results: Results, names: list[str]) -> Lead:
    rows, judged = [], bool(results.verdicts)
    for point, values in enumerate(results.points[:_MOST_ROWS]):
        cells = [value_text(value) for value in values]
        cells += [results.verdicts.get(point, "-")] if judged else []
        for name in names:
            found = results.estimate(name, point)
            half = found.half_width
            spread = "" if half is None else f" ± {quantity(half, results.units[name])}"
            cells.append(
                "-" if found.mean is None else f"{quantity(found.mean, results.units[name])}{spread}"
            )
        rows.append(tuple(cells))
    head = (*results.paths, *(["verdict"] if judged else []), *names)
    left = len(results.points) - len(rows)
    lines = (f"{left} more points are in the table summary.",) if left else ()
    return Lead("Means over the seeds, with 95 % intervals", lines, "plain", head, tuple(rows))


def _sections(results: Results, names: list[str], axes: list[Axis]) -> Iterator[Section]:
    """One section for all outcomes of a sweep of one axis; one for each outcome otherwise."""
    drawn = [tuple(_drawings(results, name, axes, number)) for number, name in enumerate(names)]
    if len(axes) == 1 and drawn:
        yield Section("outcomes", "Outcomes", tuple(drawing for drawings in drawn for drawing in drawings))
        return
    for number, (name, drawings) in enumerate(zip(names, drawn, strict=True)):
        if drawings:
            yield Section(f"outcome-{number}", name, drawings)


def _drawings(results: Results, name: str, axes: list[Axis], number: int) -> Iterator[Drawing]:
    for place in range(len(axes)):
        yield against(results, name, axes, place, f"o{number}-a{place}")
    if len(axes) == _TWO:
        yield heat_map(results, name, axes, f"o{number}-map")


def _origin(manifest: SweepManifest) -> Iterator[str]:
    yield f"Sweep {manifest.name}, made by hvecs {manifest.version}, {manifest.start[:19].replace('T', ' ')} UTC, status {manifest.status}."
    for path, digest in manifest.inputs.items():
        yield f"{path.rsplit('/', 1)[-1]}, SHA-256 {digest}"
