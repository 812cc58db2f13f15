"""Figures of processor time: the host, its logical processors, and its partitions."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from hvecs.interop.paths import ROOT as ROOT_NAME
from hvecs.report.drawing import (
    CAPPED,
    GUEST,
    HYPERVISOR,
    IDLE,
    READY,
    ROOT,
    Drawing,
    draw,
    legend,
    quantities,
    time_axis,
)
from hvecs.report.lines import stacked
from hvecs.report.series import Matrix, Samples, binned, largest, samples_of
from hvecs.report.source import RunSource

_LP_TIMES: Final = ("guest_run_ns", "hypervisor_run_ns", "idle_ns")
_VP_TIMES: Final = ("guest_run_ns", "hypervisor_run_ns", "ready_ns", "capped_ns")
_MOST_BARS: Final = 24
_SAMPLED: Final = ("time_ns", "interval_ns")


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the processor time of a run."""
    table = run.read("logical_processor", [*_SAMPLED, "lp", *_LP_TIMES])
    if table is None:
        return
    lps = samples_of(table, "lp", _LP_TIMES)
    table = run.read("partition", [*_SAMPLED, "partition", *_VP_TIMES])
    partitions = None if table is None else samples_of(table, "partition", _VP_TIMES)
    yield _host(lps, partitions)
    if len(lps.names) > 1:
        yield _processors(lps)
    if partitions is not None:
        yield _partitions(partitions, run.warm_up_ns / 1e9)


def _host(lps: Samples, partitions: Samples | None) -> Drawing:
    length = lps.interval_s[:, None] * 1e9
    guest, hypervisor = (lps.columns[name] / length for name in _LP_TIMES[:2])
    root = np.zeros(len(lps.end_s))
    if partitions is not None and ROOT_NAME in partitions.names:
        root = partitions.columns["guest_run_ns"][:, partitions.names.index(ROOT_NAME)] / length[:, 0]
    count = len(lps.names)
    busy = (guest + hypervisor).sum(axis=1)
    parts = np.stack([guest.sum(axis=1) - root, root, hypervisor.sum(axis=1), busy], axis=1)
    bins = binned(lps, parts)

    def plot(axes: Axes) -> None:
        edges, _ = stacked(axes, bins, ("guests", "root", "hypervisor"), (GUEST, ROOT, HYPERVISOR))
        axes.stairs(bins.high[:, 3], edges, color=IDLE, linewidth=1, baseline=None, label="highest sample")
        axes.set_ylim(0, count * 1.02)
        axes.set_ylabel(f"busy LPs, of {count}")
        legend(axes, 4)

    mean = float(np.average(busy, weights=lps.interval_s)) / count
    title = f"The host's processors are {100 * mean:.0f} % busy"
    return draw(
        "cpu-host", title, "Time of all logical processors by what they ran; table logical_processor.", plot
    )


def _processors(lps: Samples) -> Drawing:
    length = lps.interval_s[:, None] * 1e9
    busy = 100 * (lps.columns["guest_run_ns"] + lps.columns["hypervisor_run_ns"]) / length
    bins = binned(lps, busy)
    means = np.average(busy, weights=lps.interval_s, axis=0)

    def plot(axes: Axes) -> None:
        unit = time_axis(axes, bins.edges_s[-1])
        image = axes.pcolormesh(
            bins.edges_s / unit,
            np.arange(len(lps.names) + 1) - 0.5,
            bins.mean.T,
            cmap="cividis",
            vmin=0,
            vmax=100,
            rasterized=True,
        )
        axes.grid(visible=False)
        axes.invert_yaxis()
        axes.set_ylabel("logical processor")
        quantities(axes.yaxis, whole=True)
        axes.figure.colorbar(image, ax=axes, label="% Total Run Time", pad=0.02)

    title = f"Each logical processor: {means.min():.0f} to {means.max():.0f} % busy"
    return draw(
        "cpu-lps", title, "% Total Run Time of every LP, mean of each bin; table logical_processor.", plot
    )


def _partitions(partitions: Samples, warm_up_s: float) -> Drawing:
    kept = partitions.end_s > warm_up_s
    elapsed = partitions.interval_s[kept].sum() * 1e9
    used = {name: np.nansum(partitions.columns[name][kept], axis=0) / elapsed for name in _VP_TIMES}
    wanted: Matrix = used["guest_run_ns"] + used["hypervisor_run_ns"] + used["ready_ns"] + used["capped_ns"]
    shown = largest(partitions.names, wanted, _MOST_BARS)
    left = len(partitions.names) - len(shown)

    def plot(axes: Axes) -> None:
        start = np.zeros(len(shown))
        for name, colour in zip(_VP_TIMES, (GUEST, HYPERVISOR, READY, CAPPED), strict=True):
            width = used[name][shown]
            label = name.removesuffix("_ns").removesuffix("_run")
            axes.barh(range(len(shown)), width, left=start, color=colour, label=label, height=0.75)
            start = start + width
        axes.set_yticks(range(len(shown)), [_short(partitions.names[place]) for place in shown])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("VPs at a time, mean")
        axes.legend(loc="lower right", ncols=2, handlelength=1.2)

    rest = f" The {left} least are left out." if left else ""
    caption = f"Time of the VPs of each partition, warm-up left out: run, waited (ready) or held back (capped).{rest}"
    return draw(
        "cpu-partitions", "Who uses the processors, and who waits", caption, plot, 1.3 + 0.21 * len(shown)
    )


def _short(name: str, most: int = 18) -> str:
    return name if len(name) <= most else f"{name[: most - 7]}…{name[-6:]}"
