"""Figures of two results side by side: what each guest has in both, and what differs along the axes of two sweeps."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from hvecs.report.drawing import Drawing, draw, quantities, tall_legend, time_named
from hvecs.report.lines import lines
from hvecs.report.palette import COLOURS, Palette
from hvecs.report.series import binned, largest, samples_of, shortened
from hvecs.report.source import RunSource
from hvecs.report.svg import INK
from hvecs.report.sweep_figures import Axis, axis_of, caption_of, height_of, lines_of, plotted
from hvecs.report.writing import scale_of
from hvecs.sweeps.comparison import Difference
from hvecs.sweeps.statistics import Estimate

_MOST_BARS: Final = 16
_SAMPLED: Final = ("time_ns", "interval_ns", "lp")
_RUN: Final = ("guest_run_ns", "hypervisor_run_ns")


def bars(differences: Sequence[Difference], names: tuple[str, str]) -> Iterator[Drawing]:
    """Draw what each partition has in both, a figure for each outcome, those that differ most first."""
    groups = dict[str, list[Difference]]()
    for each in differences:
        partition, _, outcome = each.outcome.rpartition(".")
        if partition and each.a.mean is not None and each.b.mean is not None:
            groups.setdefault(outcome, []).append(each)
    for number, (outcome, found) in enumerate(groups.items()):
        yield _bars(outcome, found, names, f"pair-{number}")


def _bars(outcome: str, found: list[Difference], names: tuple[str, str], ident: str) -> Drawing:
    reached = np.array([max(abs(each.a.mean or 0), abs(each.b.mean or 0)) for each in found])
    shown = [found[place] for place in largest([each.outcome for each in found], reached, _MOST_BARS)]
    divisor, unit = scale_of(float(reached.max()), shown[0].unit)
    at = np.arange(len(shown))

    def plot(axes: Axes) -> None:
        for shift, name, colour, side in zip((-0.2, 0.2), names, COLOURS, ("a", "b"), strict=False):
            estimates: list[Estimate] = [getattr(each, side) for each in shown]
            means = np.array([each.mean for each in estimates], dtype=np.float64) / divisor
            axes.barh(
                at + shift,
                means,
                height=0.38,
                color=colour,
                label=name,
                xerr=_reach(estimates, divisor),
                ecolor=INK,
            )
        axes.set_yticks(at, [shortened(each.outcome.rpartition(".")[0]) for each in shown])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(unit or "value")
        axes.set_xlim(left=0)
        quantities(axes.xaxis)
        tall_legend(axes)

    beyond = [each.outcome.rpartition(".")[0] for each in shown if each.difference.excludes_zero]
    more = f" and {len(beyond) - 3} more" if len(beyond) > 3 else ""  # noqa: PLR2004 - a line
    title = f"{outcome}: " + (
        f"{', '.join(beyond[:3])}{more} differ" if beyond else "no difference beyond chance"
    )
    left = len(found) - len(shown)
    rest = f" The {left} least are left out." if left else ""
    caption = f"With the 95 % intervals that each has of its own, where there are such.{rest}"
    return draw(ident, title, caption, plot, 1.5 + 0.3 * len(shown))


def _reach(
    estimates: Sequence[Estimate], divisor: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Give how far the intervals reach below and above the means; nothing where there is none."""
    reach = np.zeros((2, len(estimates)))
    for place, each in enumerate(estimates):
        if each.mean is not None and each.half_width is not None:
            reach[:, place] = each.mean - (each.low or 0.0), (each.high or 0.0) - each.mean
    return np.maximum(reach, 0) / divisor


def over_time(runs: tuple[RunSource, RunSource], names: tuple[str, str]) -> Iterator[Drawing]:
    """Draw how busy both hosts were over time, each by its own samples."""
    given = [run.read("logical_processor", [*_SAMPLED, *_RUN]) for run in runs]
    if None in given:
        return
    palette = Palette(dict(zip(names, COLOURS, strict=False)))
    drawn = []
    for table in given:
        assert table is not None  # noqa: S101 - above
        samples = samples_of(table, "lp", _RUN)
        busy = sum(samples.columns[name] for name in _RUN) / (samples.interval_s[:, None] * 1e7)
        drawn.append(binned(samples, np.asarray(busy).mean(axis=1, keepdims=True)))

    def plot(axes: Axes) -> None:
        for name, bins in sorted(zip(names, drawn, strict=True), key=lambda each: each[1].edges_s[-1]):
            lines(axes, bins, [name], "LPs busy, %", palette)
        axes.set_ylim(0, 102)

    first, second = (run.time_name for run in runs)
    with time_named(first if first == second else "time"):
        drawing = draw(
            "pair-busy",
            "How busy the logical processors are",
            "Mean of all LPs; the band reaches from the least to the greatest sample. Table logical_processor.",
            plot,
        )
    yield drawing


def along_axes(differences: Sequence[Difference], names: tuple[str, str], ident: str) -> Iterator[Drawing]:
    """Draw one outcome of two sweeps against each axis: both, and the difference with its interval."""
    axes = axes_of(differences)
    outcome, unit = differences[0].outcome, differences[0].unit
    both = [[each.a for each in differences], [each.b for each in differences]]
    for place, axis in enumerate(axes):
        sides = zip(names, both, strict=True)
        pair = [line for name, estimates in sides for line in lines_of(axes, place, estimates, name)]
        caption = f"Means with their 95 % intervals, in both.{caption_of(axes, place, pair)}"
        yield draw(
            f"{ident}-{place}-both",
            f"{outcome} against {axis.path}",
            caption,
            plotted(axis, pair, unit),
            height_of(pair),
        )
        apart = lines_of(axes, place, [each.difference for each in differences])
        caption = (
            f"{names[1]} less {names[0]}, with the 95 % interval of the difference; where it holds zero, chance may be all there is."
            f"{caption_of(axes, place, apart)}"
        )
        title = f"Difference of {outcome} against {axis.path}"
        yield draw(
            f"{ident}-{place}-apart", title, caption, plotted(axis, apart, unit, zero=True), height_of(apart)
        )


def axes_of(differences: Sequence[Difference]) -> list[Axis]:
    """Read the axes of the points that both sweeps have."""
    return [axis_of(path, [each.labels[path] for each in differences]) for path in differences[0].labels]
