"""Figures of memory: who holds it, how hard it is wanted, and what the balancer moved."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from hvecs.report.drawing import Drawing, draw, legend, quantities, time_axis
from hvecs.report.lines import lines, stacked
from hvecs.report.palette import COLOURS, IDLE, Palette
from hvecs.report.series import Matrix, Samples, binned, largest, samples_of, shortened
from hvecs.report.source import RunSource

_MOST_GUESTS: Final = 7
_PAGES_A_GIB: Final = 2**18
_SAMPLED: Final = ("time_ns", "interval_ns")
_MOVED: Final = ("added_memory_mib", "removed_memory_mib")


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the memory of a run."""
    table = run.read("vid_partition", [*_SAMPLED, "partition", "physical_pages"])
    if table is not None:
        yield _map(run, samples_of(table, "partition", ["physical_pages"]))
    table = run.read(
        "dynamic_memory_vm",
        [*_SAMPLED, "partition", "current_pressure_pct"],
        _MOVED,
    )
    if table is None:
        return
    held = [name for name in _MOVED if name in table.column_names]
    samples = samples_of(table, "partition", ["current_pressure_pct", *held])
    if not np.isnan(samples.columns["current_pressure_pct"]).all():
        yield _pressure(samples, run.palette)
    if len(held) == len(_MOVED) and sum(np.nansum(samples.columns[name]) for name in held) > 0:
        yield _grants(samples)


def _map(run: RunSource, samples: Samples) -> Drawing:
    held = np.nan_to_num(samples.columns["physical_pages"]) / _PAGES_A_GIB
    shown = largest(samples.names, held.mean(axis=0), _MOST_GUESTS)
    others = held.sum(axis=1) - held[:, shown].sum(axis=1)
    bins = binned(samples, np.column_stack([held[:, shown], others]))
    names = [samples.names[place] for place in shown]
    if others.any():
        names.append("others")
    free = _available(run)

    def plot(axes: Axes) -> None:
        edges, low = stacked(axes, bins, names, run.palette)
        if free is not None and len(free) == len(low):
            axes.stairs(low + free, edges, baseline=low, fill=True, color=IDLE, alpha=0.5, label="available")
        if run.not_started:
            first, *more = run.not_started
            axes.plot(
                [], [], " ", label=f"not started: {shortened(first)}" + f" and {len(more)} more" * bool(more)
            )
        axes.set_ylabel("GiB")
        axes.set_ylim(bottom=0)
        legend(axes)

    last = held[-1].sum()
    return draw(
        "memory-map",
        f"Guests hold {last:,.1f} GiB at the end",
        "Physical memory of the guests, and what is available to them; tables vid_partition and dynamic_memory_balancer.",
        plot,
    )


def _available(run: RunSource) -> Matrix | None:
    """Give the memory (GiB) available to guests by bin."""
    table = run.read("dynamic_memory_balancer", [*_SAMPLED, "available_memory_mib"])
    if table is None:
        return None
    samples = samples_of(table, None, ["available_memory_mib"])
    bins = binned(samples, samples.columns["available_memory_mib"] / 1024)
    return np.maximum(bins.mean[:, 0], 0)


def _pressure(samples: Samples, palette: Palette) -> Drawing:
    pressure = samples.columns["current_pressure_pct"]
    with np.errstate(invalid="ignore"):
        shown = largest(samples.names, np.nanmax(np.nan_to_num(pressure), axis=0), _MOST_GUESTS)
    bins = binned(samples, pressure[:, shown])
    names = [samples.names[place] for place in shown]
    highest = float(np.nanmax(pressure))

    def plot(axes: Axes) -> None:
        lines(axes, bins, names, "Current Pressure, %", palette)
        axes.axhline(100, color="#d65f5f", linewidth=1, linestyle=":")

    return draw(
        "pressure",
        f"Memory pressure reaches {highest:.0f} %",
        "Memory wanted over memory held; above 100 % (dotted) a guest has less than it needs [BA]. Table dynamic_memory_vm.",
        plot,
    )


def _grants(samples: Samples) -> Drawing:
    added, removed = (
        np.diff(np.nan_to_num(samples.columns[name]), axis=0, prepend=0).sum(axis=1) for name in _MOVED
    )
    bins = binned(samples, np.column_stack([added, removed]) / samples.interval_s[:, None])

    def plot(axes: Axes) -> None:
        unit = time_axis(axes, bins.edges_s[-1])
        edges = bins.edges_s / unit
        axes.stairs(bins.mean[:, 0], edges, fill=True, color=COLOURS[3], label="added")
        axes.stairs(-bins.mean[:, 1], edges, fill=True, color=COLOURS[1], label="removed")
        axes.set_ylabel("MiB a second")
        quantities(axes.yaxis)
        legend(axes)

    total = np.nansum([added, removed]) / 1024
    return draw(
        "grants",
        f"{total:,.1f} GiB changed hands",
        "Memory that Dynamic Memory added to guests and took from them; table dynamic_memory_vm.",
        plot,
    )
