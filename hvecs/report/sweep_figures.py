"""Figures of a sweep: an outcome against an axis, and over two axes as a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from hvecs.report.drawing import (
    FIGURE_HEIGHT,
    Drawing,
    Plot,
    draw,
    legend_height,
    logarithmic,
    quantities,
    tall_legend,
)
from hvecs.report.palette import COLOURS
from hvecs.report.series import Matrix
from hvecs.report.svg import INK
from hvecs.report.writing import quantity, scale_of
from hvecs.spec.sweep_points import value_text
from hvecs.spec.sweep_ranges import unit_of
from hvecs.sweeps.results import Results
from hvecs.sweeps.statistics import Estimate

_LOG_FROM: Final = 20.0
"""A ratio of greatest to least mean from which a scale of powers shows more."""
MOST_LINES: Final = len(COLOURS)
_FEW: Final = 20


@dataclass(frozen=True)
class Axis:
    """One axis: the value of each point as a number (its place among the values where it is a category), and in words."""

    path: str
    numbers: Matrix
    labels: tuple[str, ...]
    unit: str
    is_number: bool

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """The points, by ascending value."""
        return np.argsort(self.numbers, kind="stable")


@dataclass(frozen=True)
class Line:
    """A line of a figure: the points along the axis, by their places, the estimate at each, and whether it joins them."""

    label: str
    points: Sequence[int]
    estimates: Sequence[Estimate]
    joins: bool = True


def axis_of(path: str, values: Sequence[Any]) -> Axis:
    """Read the values of an axis at all points."""
    pairs = [_number(value) for value in values]
    labels = tuple(value_text(value) for value in values)
    units = {pair[1] for pair in pairs if pair is not None}
    if all(pair is not None for pair in pairs) and len(units) == 1:
        numbers = np.array([pair[0] for pair in pairs if pair is not None], dtype=np.float64)
        divisor, unit = scale_of(float(np.abs(numbers).max()), units.pop())
        return Axis(path, numbers / divisor, labels, unit, is_number=True)
    kinds = list(dict.fromkeys(labels))
    places = np.array([kinds.index(label) for label in labels], dtype=np.float64)
    return Axis(path, places, labels, "", is_number=False)


def against(results: Results, name: str, axes: list[Axis], place: int, ident: str) -> Drawing:
    """Draw an outcome against one axis with the 95 % intervals: a line for each combination of the others, if they recur."""
    axis = axes[place]
    estimates = [results.estimate(name, point) for point in range(len(results.points))]
    lines = lines_of(axes, place, estimates)
    plot = plotted(axis, lines, results.units[name])
    notes = caption_of(axes, place, lines)
    caption = f"Mean over the seeds with its 95 % interval; points without a value are left out.{notes}"
    return draw(ident, f"{name} against {axis.path}", caption, plot, height_of(lines))


def lines_of(axes: Sequence[Axis], place: int, estimates: Sequence[Estimate], of: str = "") -> list[Line]:
    """Join the points that differ along axis `place` alone; a line is named after `of` and its values of the other axes.

    Where no two points do, as in a sampled design, nothing is joined: all points are one line, named `of`.
    """
    axis = axes[place]
    others = [each for number, each in enumerate(axes) if number != place]
    groups = dict[tuple[str, ...], list[int]]()
    for point in axis.order:
        groups.setdefault(tuple(each.labels[point] for each in others), []).append(int(point))
    if len(groups) == len(axis.labels) > 1:
        points = axis.order.tolist()
        return [Line(of, points, [estimates[point] for point in points], joins=False)]
    return [
        Line(
            ", ".join(label for label in (of, *group) if label),
            points,
            [estimates[point] for point in points],
        )
        for group, points in groups.items()
    ]


def caption_of(axes: Sequence[Axis], place: int, lines: Sequence[Line]) -> str:
    """Say what the lines stand for, and how many of them are not drawn."""
    others = ", ".join(each.path for number, each in enumerate(axes) if number != place)
    if not others:
        return ""
    if not lines[0].joins:
        return f" From point to point {others} differ too."
    left = len(lines) - MOST_LINES
    return f" Lines: {others}." + (f" {left} more lines are left out." if left > 0 else "")


def height_of(lines: Sequence[Line]) -> float:
    """Give the height of a figure of lines (inches): their legend has room below."""
    return FIGURE_HEIGHT + legend_height([line.label for line in lines[:MOST_LINES]])


def plotted(axis: Axis, lines: Sequence[Line], unit: str, *, zero: bool = False) -> Plot:
    """Give what draws lines with their intervals; with `zero`, a line where nothing differs, and no scale of powers."""
    shown = lines[:MOST_LINES]
    means = [[np.nan if each.mean is None else each.mean for each in line.estimates] for line in shown]
    divisor, text = scale_of(float(np.nanmax(np.abs([*chain(*means), 0.0]))), unit)

    def plot(canvas: Axes) -> None:
        for line, mean, colour in zip(shown, means, COLOURS, strict=False):
            spread = [[reach(each) / divisor for each in line.estimates] for reach in (_below, _above)]
            canvas.errorbar(
                axis.numbers[list(line.points)],
                np.array(mean) / divisor,
                yerr=spread,
                marker="o",
                markersize=4,
                capsize=3,
                color=colour,
                linestyle="-" if line.joins else "none",
                label=line.label or None,
            )
        if zero:
            canvas.axhline(0, color=INK, linewidth=0.8)
            quantities(canvas.yaxis)
        else:
            _scale(canvas, np.array([*chain(*means)]) / divisor)
        _ticks(canvas, axis)
        canvas.set_xlabel(axis.path + (f", {axis.unit}" if axis.unit else ""))
        canvas.set_ylabel(text or "value")
        if len(shown) > 1:
            tall_legend(canvas)

    return plot


def heat_map(results: Results, name: str, axes: list[Axis], ident: str) -> Drawing:
    """Draw an outcome over two axes, its mean in each field."""
    across, down = axes
    means = np.array([np.nan if np.isnan(row).all() else np.nanmean(row) for row in results.values[name]])
    columns, x = np.unique(across.numbers, return_inverse=True)
    rows, y = np.unique(down.numbers, return_inverse=True)
    grid: Matrix = np.full((len(rows), len(columns)), np.nan)
    grid[y, x] = means
    divisor, unit = scale_of(float(np.nanmax(np.abs([*means, 0.0]))), results.units[name])

    def plot(canvas: Axes) -> None:
        image = canvas.imshow(grid / divisor, cmap="cividis", aspect="auto", origin="lower")
        canvas.grid(visible=False)
        canvas.set_xticks(range(len(columns)), [_label(across, value) for value in columns], rotation=30)
        canvas.set_yticks(range(len(rows)), [_label(down, value) for value in rows])
        canvas.set_xlabel(across.path)
        canvas.set_ylabel(down.path)
        middle = (np.nanmax(grid) + np.nanmin(grid)) / 2
        for row, column in np.ndindex(grid.shape):
            if not np.isnan(grid[row, column]):
                ink = "#111111" if grid[row, column] > middle else "#ffffff"
                text = quantity(float(grid[row, column]), results.units[name])
                canvas.text(column, row, text, ha="center", va="center", fontsize=7, color=ink)
        bar = canvas.figure.colorbar(image, ax=canvas, label=unit or "value", pad=0.02)
        quantities(bar.ax.yaxis)

    return draw(
        ident, f"{name} over both axes", "Mean over the seeds; empty fields have no value.", plot, 3.4
    )


def _number(value: Any) -> tuple[float, str] | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value), ""
    found = unit_of(value)
    return None if found is None else (float(found[0]), str(found[1]))


def _label(axis: Axis, value: float) -> str:
    return axis.labels[int(np.argmax(axis.numbers == value))]


def _below(found: Estimate) -> float:
    return 0.0 if found.low is None or found.mean is None else found.mean - found.low


def _above(found: Estimate) -> float:
    return 0.0 if found.high is None or found.mean is None else found.high - found.mean


def _scale(canvas: Axes, means: Matrix) -> None:
    known = means[~np.isnan(means)]
    if len(known) and known.min() > 0 and known.max() / known.min() >= _LOG_FROM:
        logarithmic(canvas.yaxis, float(known.min()), float(known.max()))
    else:
        canvas.set_ylim(bottom=min(0.0, float(known.min(initial=0))))
        quantities(canvas.yaxis)


def _ticks(canvas: Axes, axis: Axis) -> None:
    numbers = axis.numbers
    if not axis.is_number:
        kinds = list(dict.fromkeys(axis.labels))
        canvas.set_xticks(range(len(kinds)), kinds)
    elif np.array_equal(numbers, np.round(numbers)) and numbers.max() < _FEW:
        quantities(canvas.xaxis, whole=True)
    elif numbers.min() > 0 and numbers.max() / numbers.min() >= _LOG_FROM:
        logarithmic(canvas.xaxis, float(numbers.min()), float(numbers.max()))
    else:
        quantities(canvas.xaxis)
