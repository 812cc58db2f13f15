"""Figures of waiting: ready time over time, and how long a dispatch was waited for."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes

from hvecs.report.drawing import Drawing, draw, legend, logarithmic
from hvecs.report.lines import lines
from hvecs.report.series import binned, largest, mean_of, samples_of
from hvecs.report.source import RunSource
from hvecs.spec.kinds import Wrong
from hvecs.spec.units import Duration
from hvecs.verdict.rules import RULES

_BUCKETS: Final = tuple(f"wait_bucket_{n}" for n in (*(f"x{n}" for n in range(7, 0, -1)), *range(7)))
_MOST_LINES: Final = 6
_LEAST_PCT: Final = 0.01
"""Rarer waits are not drawn."""
_LIMIT: Final = next(rule for rule in RULES if rule.name == "wait-per-dispatch").limits[0]
WARNING_US, CRITICAL_US = ((_LIMIT.at(severity) or 0.0) / 1e3 for severity in ("warning", "critical"))
"""CPU Wait Time Per Dispatch at which the verdict warns and alarms: Spotlight's limits."""


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the waits of the guests' VPs."""
    table = run.read("partition", ["time_ns", "interval_ns", "partition", "ready_ns"])
    samples = None if table is None else samples_of(table, "partition", ["ready_ns"])
    if samples is not None and not np.isnan(samples.columns["ready_ns"]).all():
        ready = samples.columns["ready_ns"] / (samples.interval_s[:, None] * 1e9)
        shown = largest(samples.names, np.nansum(ready, axis=0), _MOST_LINES)
        shown = [place for place in shown if not np.isnan(ready[:, place]).all()]
        names = [samples.names[place] for place in shown]
        bins = binned(samples, ready[:, shown])
        worst = names[0] if names and np.nansum(ready) > 0 else None
        title = "Nobody waits for a processor"
        if worst:
            mean = float(mean_of(samples, ready)[shown[0]])
            title = f"{worst} waits most: {_share(mean)} VPs at a time"
        yield draw(
            "ready",
            title,
            "VPs that are ready and wait for an LP, of the partitions that wait most; the band reaches from the least to the "
            "greatest sample. Table partition.",
            lambda axes: lines(axes, bins, names, "waiting VPs", run.palette),
        )
    drawing = _distribution(run)
    if drawing is not None:
        yield drawing


def _distribution(run: RunSource) -> Drawing | None:
    """Draw which share of the dispatches waited longer than each edge of the buckets."""
    edges = _edges_us(run)
    sums = _sums(run) if len(edges) == len(_BUCKETS) - 1 else None
    if sums is None:
        return None
    counts = _counts(sums)
    total = counts.sum(axis=1)
    if not total.any():
        return None
    names = sums["partition"].to_pylist()
    with np.errstate(invalid="ignore", divide="ignore"):
        longer = 100 * (1 - np.cumsum(counts, axis=1)[:, :-1] / total[:, None])
    late = np.nan_to_num(longer @ np.diff(edges, prepend=0))
    if not late.any():
        return None
    shown = largest(names, late, _MOST_LINES)

    def plot(axes: Axes) -> None:
        for place in shown:
            if total[place]:
                style = run.palette.of(names[place])
                axes.plot(
                    edges,
                    longer[place],
                    marker="o",
                    markersize=3,
                    color=style.colour,
                    linestyle=style.line,
                    label=names[place],
                )
        axes.set_ylim(
            _LEAST_PCT, 130
        )  # before the scale: where nobody waited there is nothing to find limits by
        logarithmic(axes.xaxis, edges[0], edges[-1])
        logarithmic(axes.yaxis, _LEAST_PCT, 100)
        axes.axvline(WARNING_US, color="#c79a2b", linewidth=1, linestyle=":")
        axes.axvline(CRITICAL_US, color="#d65f5f", linewidth=1, linestyle=":")
        axes.set_xlabel("wait for a dispatch, us")
        axes.set_ylabel("waited longer, %")
        legend(axes)

    return draw(
        "waits",
        "How long a virtual processor waits to be dispatched",
        f"Share of the dispatches that waited longer, from the wait buckets of table virtual_processor{run.without_warm_up}. Dotted: 60 and 100 us, where a monitoring tool warns and "
        "alarms at the mean [3P].",
        plot,
    )


def _sums(run: RunSource) -> pa.Table | None:
    """Give the buckets of each partition, summed over its VPs and the time after the warm-up; None where they are not known."""
    parts = []
    for batch in run.batches(
        "virtual_processor", ["time_ns", "partition", *_BUCKETS]
    ):  # each summed before the next is read
        if not set(_BUCKETS) <= set(batch.column_names):
            return None
        measured = batch.filter(pc.greater(batch["time_ns"], run.warm_up_ns))
        found = measured.group_by("partition").aggregate([(name, "sum") for name in _BUCKETS])
        parts.append(found.rename_columns([name.removesuffix("_sum") for name in found.column_names]))
    if not parts:
        return None
    return pa.concat_tables(parts).group_by("partition").aggregate([(name, "sum") for name in _BUCKETS])


def _share(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else "under 0.01"  # noqa: PLR2004 - two digits


def _counts(sums: pa.Table) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.stack([sums[f"{name}_sum"].to_numpy() for name in _BUCKETS], axis=1).astype(np.float64)


def _edges_us(run: RunSource) -> list[float]:
    given = run.resolved.get("host", {}).get("scheduling", {}).get("wait_buckets", [])
    try:
        return [Duration().read(each) / 1e3 for each in given]
    except (Wrong, TypeError):
        return []
