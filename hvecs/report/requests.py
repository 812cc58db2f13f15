"""Figures of requests: response times, and what is in the system."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from hvecs.interop.paths import ROOT
from hvecs.report.drawing import Drawing, Plot, draw
from hvecs.report.lines import lines
from hvecs.report.palette import Palette
from hvecs.report.series import Bins, binned, largest, samples_of
from hvecs.report.source import RunSource

_MOST_LINES: Final = 7
_COLUMNS: Final = ("response_p95_ns", "in_system")


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the requests of the tiers, and of the guests with an open workload or that serve tiers."""
    yield from _drawn(run, "tier", "tier", "tier-", "tiers")
    yield from _drawn(run, "request", "partition", "", "guests")


def _drawn(run: RunSource, table_name: str, of: str, prefix: str, whose: str) -> Iterator[Drawing]:
    table = run.read(table_name, ["time_ns", "interval_ns", of, *_COLUMNS])
    if table is None:
        return
    samples = samples_of(table, of, _COLUMNS)
    guests = [place for place, name in enumerate(samples.names) if name != ROOT]
    if not guests:
        return
    names = [samples.names[place] for place in guests]
    late, waiting = (samples.columns[name][:, guests] for name in _COLUMNS)
    for name, title, unit, values, divisor in (
        ("responses", f"Response times of {whose}, 95th percentile", "ms", late, 1e6),
        ("in-system", f"Requests in the system of {whose}", "requests", waiting, 1.0),
    ):
        means = np.nanmean(np.nan_to_num(values), axis=0)
        shown = largest(names, means, _MOST_LINES)
        chosen = [names[place] for place in shown]
        bins = binned(samples, values[:, shown])
        what = (
            "Percentile of each sample; the line is the mean of the samples' percentiles, not a percentile of the run."
            if name == "responses"
            else "Requests that had arrived and were not completed; a line that climbs to the end means that what serves them does not keep up."
        )
        slowest = f": {chosen[0]} has the most" if len(names) > 1 else ""
        yield draw(
            prefix + name,
            title + slowest,
            f"{what} Table {table_name}.",
            _plot(bins, chosen, unit, divisor, run.palette),
        )


def _plot(bins: Bins, names: list[str], unit: str, divisor: float, palette: Palette) -> Plot:
    return lambda axes: lines(axes, bins, names, unit, palette, divisor=divisor, log=unit == "ms")
