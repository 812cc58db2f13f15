"""Instances over time: a line each, with the band that its samples fill, or areas on top of each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from hvecs.report.drawing import legend, logarithmic, quantities, time_axis
from hvecs.report.palette import Palette
from hvecs.report.series import Bins, Matrix


def lines(  # noqa: PLR0913 - what a figure is made of
    axes: Axes,
    bins: Bins,
    names: Sequence[str],
    unit: str,
    palette: Palette,
    *,
    divisor: float = 1.0,
    log: bool = False,
) -> None:
    """Draw a line for the mean of each instance, in units of `divisor`, and a band from the least to the greatest sample."""
    seconds = time_axis(axes, bins.edges_s[-1])
    at = bins.middles_s / seconds
    for place, name in enumerate(names):
        style = palette.of(name)
        alone = _alone(bins.mean[:, place])
        axes.plot(
            at,
            bins.mean[:, place] / divisor,
            color=style.colour,
            linestyle=style.line,
            marker="o" if alone else "",  # a line through one point is none
            markersize=3,
            markevery=alone,
            label=name,
        )
        if not np.array_equal(bins.low[:, place], bins.high[:, place], equal_nan=True):
            axes.fill_between(
                at,
                bins.low[:, place] / divisor,
                bins.high[:, place] / divisor,
                color=style.colour,
                alpha=0.18,
                linewidth=0,
            )
    axes.set_ylabel(unit)
    positive = bins.mean[bins.mean > 0] / divisor
    if log and len(positive):
        logarithmic(axes.yaxis, positive.min(), positive.max())
    else:
        axes.set_ylim(bottom=0)
        quantities(axes.yaxis)
    legend(axes)


def _alone(values: Matrix) -> list[int]:
    """Give the places of values that have none before and none after them."""
    known = np.pad(~np.isnan(values), 1)
    return np.flatnonzero(known[1:-1] & ~known[:-2] & ~known[2:]).tolist()


def stacked(axes: Axes, bins: Bins, names: Sequence[str], palette: Palette) -> tuple[Matrix, Matrix]:
    """Draw the means of the instances as areas, each on top of the one before.

    Returns the edges of the bins in the unit of the axis, and the height of all together in each bin.
    """
    edges = bins.edges_s / time_axis(axes, bins.edges_s[-1])
    low = np.zeros(len(bins.mean))
    for place, name in enumerate(names):
        high = low + bins.mean[:, place]
        style = palette.of(name)
        axes.stairs(
            high,
            edges,
            baseline=low,
            fill=True,
            facecolor=style.colour,
            hatch=style.hatch or None,
            label=name,
            linewidth=0,
        )
        low = high
    quantities(axes.yaxis)
    return edges, low
