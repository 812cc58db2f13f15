"""A run as OpenMetrics 1.0 text with time stamps [O1], under windows_exporter's names."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import numpy as np

from hvecs.interop.grouping import groups
from hvecs.interop.metric_names import METRICS, PREFIX, Metric
from hvecs.interop.off import Off, off_in
from hvecs.interop.paths import ROOT
from hvecs.interop.run_tables import RunTables
from hvecs.output.host_column import HOST
from hvecs.spec.moments import microseconds

_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
END: Final = "# EOF\n"


def openmetrics_lines(run: RunTables, start: datetime) -> Iterator[str]:
    """Give the text, line by line: families one after the other, in each the series one after the other, in order of time.

    A guest that is off has no samples.
    """
    start_us, off = microseconds(start), off_in(run)
    for family, metrics in groupby(
        sorted(METRICS, key=lambda each: each.family), key=lambda each: each.family
    ):
        lines = [line for metric in metrics for line in _series(run, metric, start_us, off)]
        if lines:
            metric = next(each for each in METRICS if each.family == family)
            yield f"# TYPE {PREFIX}{family} {metric.kind}\n"
            yield f"# HELP {PREFIX}{family} {metric.help}\n"
            yield from lines
    yield END


def _series(run: RunTables, metric: Metric, start_us: int, off: Off) -> Iterator[str]:
    """Give the series of a metric; of several hosts those of each, with the label `host`."""
    if not run.has(metric.table):
        return
    hosts = run.hosts if run.has_host(metric.table) else ()
    for name in hosts:
        yield from _of_host(run.of_host(name), metric, start_us, off, {HOST.name: name})
    if not hosts:
        yield from _of_host(run, metric, start_us, off, {})


def _of_host(run: RunTables, metric: Metric, start_us: int, off: Off, host: dict[str, str]) -> Iterator[str]:
    names = ["time_ns", "instance", *metric.labels.values(), *metric.columns]
    with run.file(metric.table) as file:
        of_guests = ["partition"] if off and "partition" in file.schema_arrow.names else []
    columns = run.columns(metric.table, list(dict.fromkeys([*names, *of_guests])))
    if of_guests:
        columns = off.without(columns)
    values = sum(columns[name] for name in metric.columns) * metric.scale
    name = f"{PREFIX}{metric.family}{'_total' if metric.kind == 'counter' else ''}"
    for instance, rows in groups(columns["instance"]):
        if metric.root is not None and metric.root != (instance == ROOT):
            continue
        labels = {
            label: str(columns[column][rows[0]]) for label, column in metric.labels.items()
        } | metric.fixed
        labels = host | labels
        shown = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in labels.items())
        of_rows = np.cumsum(values[rows]) if metric.cumulative else values[rows]
        yield from _samples(
            f"{name}{{{shown}}}" if shown else name, of_rows, start_us + columns["time_ns"][rows] // 1000
        )


def _samples(series: str, values: Any, times_us: Any) -> Iterator[str]:
    for value, time_us in zip(values.tolist(), times_us.tolist(), strict=True):
        if value == value:  # noqa: PLR0124 - NaN: no sample
            yield f"{series} {_number(value)} {time_us // 1_000_000}.{time_us % 1_000_000:06d}\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
