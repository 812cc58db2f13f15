"""Figure of what the responses of tiers were made of."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes

from hvecs.report.drawing import Drawing, draw, quantities, tall_legend
from hvecs.report.palette import CAPPED, GUEST, HYPERVISOR, READY, Palette
from hvecs.report.series import Matrix, largest, shortened
from hvecs.report.source import RunSource

_PARTS: Final = {
    "balancer_ns": "at the balancer",
    "retry_ns": "lost tries",
    "queue_ns": "in the guest's queue",
    "ready_ns": "VP waits",
    "native_ns": "work",
    "hypervisor_ns": "hypervisor",
    "lost_ns": "code slowed down",
    "io_ns": "I/O",
    "calls_ns": "other tiers",
}
_COLOURS: Final = {"work": GUEST, "hypervisor": HYPERVISOR, "VP waits": READY, "in the guest's queue": CAPPED}
_MOST_TIERS: Final = 10
_NS_PER_MS: Final = 1e6


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw, for each tier, the mean response by its parts, of the requests completed after the warm-up."""
    table = run.read("tier", ["time_ns", "tier", "completions", *_PARTS])
    if table is None:
        return
    measured = table.filter(pc.greater(table["time_ns"], run.warm_up_ns))
    sums = measured.group_by("tier").aggregate([(name, "sum") for name in ("completions", *_PARTS)])
    sums = sums.filter(pc.greater(sums["completions_sum"], 0))
    if not sums.num_rows:
        return
    parts = _per_request_ms(sums)
    names = sums["tier"].to_pylist()
    shown = largest(names, parts.sum(axis=1), _MOST_TIERS)
    slowest = shown[0]
    most = int(np.argmax(parts[slowest]))
    whole = parts[slowest].sum()
    share = 100 * parts[slowest, most] / whole if whole else 0.0
    yield draw(
        "tier-parts",
        f"{names[slowest]}: {whole:.4g} ms a request, {share:.0f} % of it {list(_PARTS.values())[most]}",
        f"Mean response of the requests completed{' after the warm-up' if run.warm_up_ns else ''}, by its parts, which add up to it. Table tier.",
        lambda axes: _bars(axes, [shortened(names[place]) for place in shown], parts[shown]),
        1.6 + 0.4 * len(shown),
    )


def _per_request_ms(sums: pa.Table) -> Matrix:
    """Give the mean of each part (ms), a row a tier."""
    columns = [sums[f"{name}_sum"].to_numpy().astype(np.float64) for name in _PARTS]
    parts: Matrix = np.column_stack(columns) / sums["completions_sum"].to_numpy()[:, None] / _NS_PER_MS
    return parts


def _bars(axes: Axes, names: list[str], parts: Matrix) -> None:
    places = np.arange(len(names))
    left = np.zeros(len(names))
    palette = Palette(_COLOURS)
    for place, name in enumerate(_PARTS.values()):
        if parts[:, place].any():
            style = palette.of(name)
            axes.barh(
                places, parts[:, place], left=left, color=style.colour, hatch=style.hatch or None, label=name
            )
            left = left + parts[:, place]
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel("ms a request")
    quantities(axes.xaxis)
    tall_legend(axes)
