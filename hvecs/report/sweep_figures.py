"""Figures of a sweep: an outcome against an axis, and over two axes as a map."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from hvecs.report.drawing import COLOURS, Drawing, draw, legend, logarithmic, quantities
from hvecs.report.series import Matrix
from hvecs.report.writing import quantity, scale_of
from hvecs.spec.sweep_ranges import unit_of
from hvecs.sweep.results import Results

_LOG_FROM: Final = 20.0
"""A ratio of greatest to least mean from which a scale of powers shows more."""
_MOST_LINES: Final = len(COLOURS)
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


def axis_of(results: Results, place: int) -> Axis:
    """Read the values of axis `place` of all points."""
    values = [point[place] for point in results.points]
    pairs = [_number(value) for value in values]
    labels = tuple(str(value) for value in values)
    units = {pair[1] for pair in pairs if pair is not None}
    if all(pair is not None for pair in pairs) and len(units) == 1:
        numbers = np.array([pair[0] for pair in pairs if pair is not None], dtype=np.float64)
        return Axis(results.paths[place], numbers, labels, units.pop(), is_number=True)
    kinds = list(dict.fromkeys(labels))
    places = np.array([kinds.index(label) for label in labels], dtype=np.float64)
    return Axis(results.paths[place], places, labels, "", is_number=False)


def against(results: Results, name: str, axes: list[Axis], place: int, ident: str) -> Drawing:
    """Draw an outcome against one axis, a line for each combination of the others, with the 95 % intervals."""
    axis = axes[place]
    others = [each for number, each in enumerate(axes) if number != place]
    groups = dict[tuple[str, ...], list[int]]()
    for point in axis.order:
        groups.setdefault(tuple(each.labels[point] for each in others), []).append(int(point))
    estimates = [results.estimate(name, point) for point in range(len(results.points))]
    means = np.array([np.nan if each.mean is None else each.mean for each in estimates])
    divisor, unit = scale_of(float(np.nanmax(np.abs(means), initial=0)), results.units[name])
    shown = list(groups.items())[:_MOST_LINES]

    def plot(canvas: Axes) -> None:
        for (group, points), colour in zip(shown, COLOURS, strict=False):
            low = [_below(estimates[point]) / divisor for point in points]
            high = [_above(estimates[point]) / divisor for point in points]
            canvas.errorbar(
                axis.numbers[points],
                means[points] / divisor,
                yerr=[low, high],
                marker="o",
                markersize=4,
                capsize=3,
                color=colour,
                label=", ".join(group) or None,
            )
        _scale(canvas, means / divisor, axis)
        canvas.set_xlabel(axis.path + (f", {axis.unit}" if axis.unit else ""))
        canvas.set_ylabel(unit or "value")
        if len(shown) > 1:
            legend(canvas)

    left = len(groups) - len(shown)
    lines = f" Lines: {', '.join(each.path for each in others)}." if others else ""
    more = f" {left} more lines are left out." if left else ""
    caption = f"Mean over the seeds with its 95 % interval; points without a value are left out.{lines}{more}"
    return draw(ident, f"{name} against {axis.path}", caption, plot)


def heat_map(results: Results, name: str, axes: list[Axis], ident: str) -> Drawing:
    """Draw an outcome over two axes, its mean in each field."""
    across, down = axes
    means = np.array([np.nan if np.isnan(row).all() else np.nanmean(row) for row in results.values[name]])
    columns, x = np.unique(across.numbers, return_inverse=True)
    rows, y = np.unique(down.numbers, return_inverse=True)
    grid: Matrix = np.full((len(rows), len(columns)), np.nan)
    grid[y, x] = means

    def plot(canvas: Axes) -> None:
        image = canvas.imshow(grid, cmap="cividis", aspect="auto", origin="lower")
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
        canvas.figure.colorbar(image, ax=canvas, pad=0.02).set_ticks([])

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


def _below(found: Any) -> float:
    return 0.0 if found.low is None or found.mean is None else found.mean - found.low


def _above(found: Any) -> float:
    return 0.0 if found.high is None or found.mean is None else found.high - found.mean


def _scale(canvas: Axes, means: Matrix, axis: Axis) -> None:
    known = means[~np.isnan(means)]
    if len(known) and known.min() > 0 and known.max() / known.min() >= _LOG_FROM:
        logarithmic(canvas.yaxis, float(known.min()), float(known.max()))
    else:
        canvas.set_ylim(bottom=min(0.0, float(known.min(initial=0))))
        quantities(canvas.yaxis)
    numbers = axis.numbers
    if not axis.is_number:
        kinds = list(dict.fromkeys(axis.labels))
        canvas.set_xticks(range(len(kinds)), kinds)
    elif np.array_equal(numbers, np.round(numbers)) and numbers.max() < _FEW:
        quantities(canvas.xaxis, whole=True)
    elif numbers.min() > 0 and numbers.max() / numbers.min() >= _LOG_FROM:
        logarithmic(canvas.xaxis, float(numbers.min()), float(numbers.max()))
