"""What guests see of their processors, and Task Manager on the host, against what the hypervisor's counters say."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes

from hvecs.interop.paths import ROOT
from hvecs.report.drawing import Drawing, draw, tall_legend
from hvecs.report.palette import GUEST, READY
from hvecs.report.palette import ROOT as INSIDE
from hvecs.report.series import Matrix, largest, shortened
from hvecs.report.source import RunSource

_MOST: Final = 20
_ON_HOST: Final = "the host"
_RUN: Final = ("guest_run_ns", "hypervisor_run_ns")
_OTHER: Final = ("ready_ns", "idle_ns", "suspended_ns")
"""What a capture need not tell."""


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw, for each guest and for the host, what is seen from inside beside what the hypervisor's counters say."""
    seen = run.read("guest", ["time_ns", "interval_ns", "partition", "processor_time_pct"])
    given = run.read(
        "partition", ["time_ns", "interval_ns", "partition", "virtual_processors", *_RUN], _OTHER
    )
    if seen is None or given is None:
        return
    inside = _seen(seen.filter(pc.greater(seen["time_ns"], run.warm_up_ns)))
    sums = _sums(given.filter(pc.greater(given["time_ns"], run.warm_up_ns)))
    names = [name for name in sums if name in inside]
    if not names:
        return
    names = [names[place] for place in largest(names, np.array([inside[name] for name in names]), _MOST)]
    host = _of_host(run, sums)
    rows = [*((name, inside[name], *_of_vps(sums[name])) for name in names), *([host] if host else [])]

    def plot(axes: Axes) -> None:
        at = np.arange(len(rows))
        axes.barh(at - 0.2, [row[1] for row in rows], height=0.38, color=INSIDE, label="seen from inside")
        run_pct, ready_pct = (np.array([row[place] for row in rows]) for place in (2, 3))
        axes.barh(at + 0.2, run_pct, height=0.38, color=GUEST, label="total run time")
        axes.barh(at + 0.2, ready_pct, left=run_pct, height=0.38, color=READY, label="waiting for an LP")
        axes.set_yticks(at, [shortened(row[0]) for row in rows])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("% of its processors, mean")
        tall_legend(axes)

    left = len(sums) - 1 - len(names)
    rest = f" The {left} least are left out." if left > 0 else ""
    yield draw(
        "inside", _title(host), f"{_CAPTION}{run.without_warm_up}.{rest}", plot, 1.6 + 0.32 * len(rows)
    )


_CAPTION: Final = (
    "Upper bar: % Processor Time by the guest's own clock, to which a VP is busy unless its idle thread is current, whether the VP runs or "
    "waits; for the host, the root's VPs that are not idle, which is all that its Task Manager sees. Lower bar: % Total Run Time of its VPs, "
    "and what they waited, by the hypervisor's counters; for the host, of its LPs. Tables guest, partition and logical_processor"
)


def _title(host: tuple[str, float, float, float] | None) -> str:
    if host is None:
        return "What guests see of their processors"
    return f"Task Manager of the host shows {host[1]:.1f} %, while its processors are {host[2]:.0f} % busy"


def _seen(table: pa.Table) -> dict[str, float]:
    """Give % Processor Time of each guest, mean over the samples in which it was on."""
    table = table.filter(pc.is_valid(table["processor_time_pct"]))
    weighted = pc.multiply(table["processor_time_pct"], pc.cast(table["interval_ns"], pa.float64()))
    sums = table.append_column("weighted", weighted).group_by("partition")
    found = sums.aggregate([("weighted", "sum"), ("interval_ns", "sum")]).to_pylist()
    return {row["partition"]: row["weighted_sum"] / row["interval_ns_sum"] for row in found}


def _sums(table: pa.Table) -> dict[str, dict[str, float]]:
    """Give, by partition, its times (ns), and the time (ns) of its VPs, as `vps_ns`."""
    vps_ns = pc.multiply(table["interval_ns"], pc.cast(table["virtual_processors"], pa.int64()))
    table = table.append_column("vps_ns", vps_ns)
    held = [name for name in (*_RUN, *_OTHER, "vps_ns") if name in table.column_names]
    found = table.group_by("partition").aggregate([(name, "sum") for name in held]).to_pylist()
    return {row["partition"]: {name: row[f"{name}_sum"] or 0.0 for name in held} for row in found}


def _of_vps(times: dict[str, float]) -> tuple[float, float]:
    """Give, in percent of the time in which the VPs were on, what they ran, and what they waited."""
    on = max(1.0, times["vps_ns"] - times.get("suspended_ns", 0.0))
    return 100 * (times["guest_run_ns"] + times["hypervisor_run_ns"]) / on, 100 * times.get(
        "ready_ns", 0.0
    ) / on


def _of_host(run: RunSource, sums: dict[str, dict[str, float]]) -> tuple[str, float, float, float] | None:
    """Give what Task Manager of the host shows, and how busy the LPs are; None where there is no root."""
    table = run.read("logical_processor", ["time_ns", "interval_ns", "guest_run_ns", "hypervisor_run_ns"])
    if table is None or ROOT not in sums or "idle_ns" not in sums[ROOT]:
        return None
    table = table.filter(pc.greater(table["time_ns"], run.warm_up_ns))
    of_lps: Matrix = np.array(
        [pc.sum(table[name]).as_py() or 0 for name in ("guest_run_ns", "hypervisor_run_ns", "interval_ns")]
    )
    if not of_lps[2]:
        return None
    root = sums[ROOT]
    on = max(1.0, root["vps_ns"] - root["suspended_ns"])
    return _ON_HOST, 100 * (on - root["idle_ns"]) / on, float(100 * of_lps[:2].sum() / of_lps[2]), 0.0
