"""Figures of what makes the hypervisor work: intercepts, hypercalls and interrupts over time, by class."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from components.charges import EVERY_CHARGE
from hvecs.report.drawing import Drawing, Plot, draw, legend
from hvecs.report.lines import lines, stacked
from hvecs.report.palette import Palette
from hvecs.report.series import Bins, binned, largest, mean_of, samples_of
from hvecs.report.source import RunSource

_INTERCEPTS: Final = tuple(charge.column for charge in EVERY_CHARGE if charge.kind == "intercept")
_HYPERCALLS: Final = tuple(charge.column for charge in EVERY_CHARGE if charge.kind == "hypercall")
_INTERRUPTS: Final = ("synthetic_interrupts", "virtual_interrupts", "hardware_interrupts", "ipis_sent")
_CLASSES: Final = 6


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the rates of all partitions together."""
    groups = (
        ("intercepts", "Intercepts", _INTERCEPTS),
        ("hypercalls", "Hypercalls", _HYPERCALLS),
        ("interrupts", "Interrupts", _INTERRUPTS),
    )
    for name, noun, classes in groups:
        table = run.read("partition", ["time_ns", "interval_ns"], classes)
        held = [] if table is None else [each for each in classes if each in table.column_names]
        if table is None or not held:
            continue
        sums = table.group_by(["time_ns", "interval_ns"]).aggregate([(each, "sum") for each in held])
        samples = samples_of(sums, None, [f"{each}_sum" for each in held])
        rates = np.concatenate(list(samples.columns.values()), axis=1) / samples.interval_s[:, None]
        if not np.nansum(rates):
            continue
        mean = float(np.nansum(mean_of(samples, rates)))
        shown = largest(held, np.nansum(rates, axis=0), _CLASSES)
        bins = binned(samples, rates[:, shown])
        names = [held[place].replace("_", " ") for place in shown]
        kinds = "virtual interrupts hold the synthetic ones" if name == "interrupts" else "stacked"
        yield draw(
            name,
            f"{noun}: {mean:,.0f} a second",
            f"Of all partitions together, the root's among them, the {len(names)} most frequent classes, {kinds}; table partition.",
            _stack(bins, names) if name != "interrupts" else _lines(bins, names),
        )


def _stack(bins: Bins, names: list[str]) -> Plot:
    def plot(axes: Axes) -> None:
        stacked(axes, bins, names, Palette())
        axes.set_ylabel("per second")
        axes.set_ylim(bottom=0)
        legend(axes, 2)

    return plot


def _lines(bins: Bins, names: list[str]) -> Plot:
    return lambda axes: lines(axes, bins, names, "per second", Palette())
