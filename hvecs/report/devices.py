"""Figures of the devices that guests share: what each volume and each NIC carried, and how long I/Os took."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hvecs.report.drawing import Drawing, draw
from hvecs.report.lines import lines
from hvecs.report.palette import Palette
from hvecs.report.series import binned, largest, mean_of, samples_of
from hvecs.report.source import RunSource

_MOST_LINES: Final = 7
_MIB: Final = float(1 << 20)


@dataclass(frozen=True)
class _Figure:
    """A column of a sampled table, in units of `divisor`, and what the instance with the greatest mean is said to do."""

    table: str
    column: str
    unit: str
    divisor: float
    leader: str
    caption: str


_FIGURES: Final = (
    _Figure(
        "virtual_storage_device",
        "latency_mean_ns",
        "ms",
        1e6,
        "waits longest for the disk",
        "Mean time of an I/O of the disks on shared volumes, from its coming to its completion.",
    ),
    _Figure(
        "virtual_storage_device",
        "queue_length",
        "I/Os",
        1.0,
        "has the most I/Os outstanding",
        "I/Os of the disks on shared volumes that had come and were not completed.",
    ),
    _Figure(
        "virtual_switch",
        "bytes_per_sec",
        "MiB/s",
        _MIB,
        "carries the most",
        "Received and sent by all adapters of a NIC.",
    ),
    _Figure(
        "virtual_network_adapter",
        "dropped_incoming",
        "packets",
        1.0,
        "loses the most",
        "Packets in a sample that found a full ring, or their guest off.",
    ),
)
_ONLY_IF_ANY: Final = "dropped_incoming"


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the shared volumes and NICs of a run: lines of the instances with the greatest means."""
    for figure in _FIGURES:
        table = run.read(figure.table, ["instance", "time_ns", "interval_ns", figure.column])
        if table is not None and (figure.column != _ONLY_IF_ANY or pc.sum(table[_ONLY_IF_ANY]).as_py()):
            yield from _drawn(figure, table, run.palette)


def _drawn(figure: _Figure, table: pa.Table, palette: Palette) -> Iterator[Drawing]:
    samples = samples_of(table, "instance", [figure.column])
    values = samples.columns[figure.column] / figure.divisor
    means = mean_of(samples, values)
    shown = [place for place in largest(samples.names, means, _MOST_LINES) if not np.isnan(means[place])]
    if not shown:
        return
    names = [samples.names[place] for place in shown]
    bins = binned(samples, values[:, shown])
    yield draw(
        f"{figure.table}-{figure.column}",
        f"{names[0]} {figure.leader}: {means[shown[0]]:.4g} {figure.unit} in the mean",
        f"{figure.caption} Table {figure.table}.",
        lambda axes: lines(axes, bins, names, figure.unit, palette),
    )
