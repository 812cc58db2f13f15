"""Figures of processor time: the host, its logical processors, and its partitions."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from hvecs.interop.paths import ROOT as ROOT_NAME
from hvecs.report.drawing import Drawing, draw, legend, quantities, tall_legend, time_axis
from hvecs.report.lines import stacked
from hvecs.report.palette import CAPPED, GUEST, HYPERVISOR, IDLE, READY, ROOT, Palette
from hvecs.report.series import Matrix, Samples, binned, largest, mean_of, samples_of, shortened
from hvecs.report.source import RunSource

_RUN: Final = ("guest_run_ns", "hypervisor_run_ns")
_HELD_UP: Final = ("ready_ns", "capped_ns")
_COLOURS: Final = dict(zip((*_RUN, *_HELD_UP), (GUEST, HYPERVISOR, READY, CAPPED), strict=True))
_OF_HOST: Final = {"guests": GUEST, "root": ROOT, "hypervisor": HYPERVISOR}
_MOST_BARS: Final = 24
_SAMPLED: Final = ("time_ns", "interval_ns")


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the processor time of a run."""
    lps = _samples(run, "logical_processor", "lp", (), (*_RUN, "total_run_pct"))
    partitions = _samples(run, "partition", "partition", _RUN, _HELD_UP)
    known = lps.columns if lps is not None else {}
    if lps is not None and set(_RUN) <= set(known) and not np.isnan(_busy(lps)).all():
        yield _host(lps, partitions)
    if lps is not None and len(lps.names) > 1 and not np.isnan(known.get("total_run_pct", np.nan)).all():
        yield _processors(lps)
    if partitions is not None:
        yield _partitions(partitions, run)


def _samples(
    run: RunSource, table: str, key: str, columns: Sequence[str], optional: Sequence[str]
) -> Samples | None:
    """Read columns of a table, and those of `optional` that it has."""
    found = run.read(table, [*_SAMPLED, key, *columns], optional)
    if found is None:
        return None
    return samples_of(found, key, [name for name in (*columns, *optional) if name in found.column_names])


def _host(lps: Samples, partitions: Samples | None) -> Drawing:
    length = lps.interval_s[:, None] * 1e9
    guest, hypervisor = (lps.columns[name] / length for name in _RUN)
    root = np.zeros(len(lps.end_s))
    if partitions is not None and ROOT_NAME in partitions.names:
        root = partitions.columns["guest_run_ns"][:, partitions.names.index(ROOT_NAME)] / length[:, 0]
    count = len(lps.names)
    busy = _busy(lps)
    parts = np.stack([guest.sum(axis=1) - root, root, hypervisor.sum(axis=1), busy], axis=1)
    bins = binned(lps, parts)

    def plot(axes: Axes) -> None:
        edges, _ = stacked(axes, bins, tuple(_OF_HOST), Palette(_OF_HOST))
        axes.stairs(bins.high[:, 3], edges, color=IDLE, linewidth=1, baseline=None, label="highest sample")
        axes.set_ylim(0, count * 1.02)
        axes.set_ylabel(f"busy LPs, of {count}")
        legend(axes, 4)

    mean = float(mean_of(lps, busy[:, None])[0]) / count
    title = f"The host's processors are {100 * mean:.0f} % busy"
    return draw(
        "cpu-host", title, "Time of all logical processors by what they ran; table logical_processor.", plot
    )


def _busy(lps: Samples) -> Matrix:
    """Give how many LPs were busy in each sample; NaN where that of one is not known."""
    run: Matrix = (lps.columns["guest_run_ns"] + lps.columns["hypervisor_run_ns"]).sum(axis=1)
    return run / (lps.interval_s * 1e9)


def _processors(lps: Samples) -> Drawing:
    busy = lps.columns["total_run_pct"]
    bins = binned(lps, busy)
    means = mean_of(lps, busy)

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

    title = f"Each logical processor: {np.nanmin(means):.0f} to {np.nanmax(means):.0f} % busy"
    return draw(
        "cpu-lps", title, "% Total Run Time of every LP, mean of each bin; table logical_processor.", plot
    )


def _partitions(partitions: Samples, run: RunSource) -> Drawing:
    kept = partitions.end_s > run.warm_up_ns / 1e9
    elapsed = partitions.interval_s[kept].sum() * 1e9
    used = {name: np.nansum(partitions.columns[name][kept], axis=0) / elapsed for name in partitions.columns}
    wanted: Matrix = np.sum(list(used.values()), axis=0)
    shown = largest(partitions.names, wanted, _MOST_BARS)
    left = len(partitions.names) - len(shown)

    def plot(axes: Axes) -> None:
        start = np.zeros(len(shown))
        for name in used:
            width = used[name][shown]
            label = name.removesuffix("_ns").removesuffix("_run")
            axes.barh(range(len(shown)), width, left=start, color=_COLOURS[name], label=label, height=0.75)
            start = start + width
        axes.set_yticks(range(len(shown)), [shortened(partitions.names[place]) for place in shown])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("VPs at a time, mean")
        tall_legend(axes)

    rest = f" The {left} least are left out." if left else ""
    caption = f"Time of the VPs of each partition{run.without_warm_up}: run, waited (ready) or held back (capped).{rest}"
    return draw(
        "cpu-partitions", "Who uses the processors, and who waits", caption, plot, 1.5 + 0.21 * len(shown)
    )
