"""The host as drawn: nodes, cores and logical processors, coloured by how busy each was."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from hvecs.report.drawing import Drawing, draw
from hvecs.report.series import mean_of, samples_of
from hvecs.report.source import RunSource

_MOST_NUMBERED: Final = 64


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the host of a run."""
    table = run.read("logical_processor", ["time_ns", "interval_ns", "lp", "total_run_pct"])
    if table is None:
        return
    table = table.filter(pc.greater(table["time_ns"], run.warm_up_ns)).sort_by("lp")
    samples = samples_of(table, "lp", ["total_run_pct"])
    busy = mean_of(samples, samples.columns["total_run_pct"]) / 100
    if np.isnan(busy).all():
        return
    host = run.resolved.get("host", {})
    nodes = max(1, int(host.get("numa_nodes", 1)))
    threads = int(host.get("threads_per_core", 1)) if "sockets" in host else 1
    per_node = -(-len(busy) // nodes)
    columns = max(1, min(16, int(np.ceil(np.sqrt(per_node * 4)))) // threads * threads)
    rows = -(-per_node // columns)

    def plot(axes: Axes) -> None:
        _draw_nodes(axes, busy, (nodes, per_node, columns, rows, threads))

    text = f"{len(busy)} logical processors"
    if threads > 1:
        text += f" on {len(busy) // threads} cores"
    if nodes > 1:
        text += f" in {nodes} NUMA nodes"
    height = 0.9 + 0.38 * rows * nodes + 0.25 * nodes
    yield draw(
        "host",
        ", ".join(filter(None, (text, host.get("memory")))),
        "Each square is a logical processor, siblings of a core side by side in one box; the darker, the busier (% Total Run Time).",
        plot,
        min(7.0, height),
    )


def _draw_nodes(axes: Axes, busy: Any, shape: tuple[int, int, int, int, int]) -> None:
    nodes, per_node, columns, rows, threads = shape
    colours = colormaps["Blues"]
    axes.set_axis_off()
    axes.set_xlim(-0.3, columns + 0.3)
    axes.set_ylim(nodes * (rows + 0.9), -0.8)
    for lp, share in enumerate(busy):
        node, place = divmod(lp, per_node)
        row, x = divmod(place, columns)
        y = row + node * (rows + 0.9)
        if lp % threads == 0 and threads > 1:
            axes.add_patch(
                FancyBboxPatch(
                    (x + 0.06, y + 0.06),
                    threads - 0.12,
                    0.88,
                    boxstyle="round,pad=0.02",
                    fill=False,
                    edgecolor="#7f7f7f",
                )
            )
        known = not np.isnan(share)
        colour = colours(0.12 + 0.8 * float(share)) if known else "none"
        axes.add_patch(Rectangle((x + 0.12, y + 0.14), 0.76, 0.72, facecolor=colour, linewidth=0))
        if known and len(busy) <= _MOST_NUMBERED:
            ink = "#ffffff" if share > 0.5 else "#111111"  # noqa: PLR2004 - where the square is dark
            axes.text(x + 0.5, y + 0.5, f"{100 * share:.0f}", ha="center", va="center", fontsize=8, color=ink)
    for node in range(nodes if nodes > 1 else 0):
        axes.text(0, node * (rows + 0.9) - 0.2, f"node {node}", fontsize=9)
