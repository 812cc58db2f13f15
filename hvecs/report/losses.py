"""Figures of where the time goes: the guests' processor time by what it was lost to, and the hypervisor's by its classes."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes

from components.charges import EVERY_CHARGE
from hvecs.interop.paths import ROOT
from hvecs.report.drawing import Drawing, Plot, draw, legend
from hvecs.report.lines import stacked
from hvecs.report.palette import CAPPED, GUEST, HYPERVISOR, IDLE, READY, Palette
from hvecs.report.series import Bins, Matrix, Samples, binned, largest, samples_of
from hvecs.report.source import RunSource

_SAMPLED: Final = ("time_ns", "interval_ns")
_SPENT: Final = {
    "progress_ns": "work",
    "spin_ns": "spinning on locks",
    "lost_smt_ns": "lost to SMT",
    "lost_memory_contention_ns": "lost to contention for memory",
    "lost_nested_paging_ns": "lost to nested paging",
    "lost_cache_refill_ns": "lost to cold caches",
    "lost_remote_memory_ns": "lost to remote memory",
    "lost_small_pages_ns": "lost to small pages",
    "hypervisor_run_ns": "hypervisor",
    "intercepted_ns": "waiting for the parent",
    "ready_ns": "waiting for an LP",
    "capped_ns": "held back by a cap",
}
"""Columns that add up to the time in which VPs had something to do."""
_COLOURS: Final = {
    "work": GUEST,
    "hypervisor": HYPERVISOR,
    "waiting for an LP": READY,
    "held back by a cap": CAPPED,
}
_LEAST: Final = 0.002
"""A smaller share of all is not drawn by itself."""
_CLASSES: Final = (*(each.column for each in EVERY_CHARGE if each.kind == "intercept"), "hypercalls")
_MOST_CLASSES: Final = 6
_REST: Final = "dispatches and the rest"


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw where the time of a run went, over time."""
    table = run.read("partition", [*_SAMPLED, "partition", "progress_ns"], list(_SPENT)[1:])
    if table is not None:
        yield from _spent(table.filter(pc.not_equal(table["partition"], ROOT)))
    yield from _classes(run)


def _spent(table: pa.Table) -> Iterator[Drawing]:
    held = [name for name in _SPENT if name in table.column_names]
    if not table.num_rows:
        return
    sums = table.group_by(list(_SAMPLED)).aggregate([(name, "sum") for name in held])
    samples = samples_of(sums, None, [f"{name}_sum" for name in held])
    vps = np.concatenate(list(samples.columns.values()), axis=1) / (samples.interval_s[:, None] * 1e9)
    means = np.average(np.nan_to_num(vps), weights=samples.interval_s, axis=0)
    wanted = float(means.sum())
    if not wanted:
        return
    shown = [place for place in range(len(held)) if means[place] >= _LEAST * wanted]
    names = [_SPENT[held[place]] for place in shown]
    lost = [place for place in shown if held[place] != "progress_ns"]
    most = max(lost, key=lambda place: means[place], default=None)
    work = means[held.index("progress_ns")] / wanted
    title = f"{100 * work:.0f} % of the time in which guests' VPs had something to do was work"
    if most is not None:
        title += f"; most of the rest: {_SPENT[held[most]]}, {100 * means[most] / wanted:.1f} %"
    yield draw(
        "spent",
        title,
        "Time of all guests' VPs, idle time left out, by what it went into or was lost to; less than 0.2 % is left out. Table partition.",
        _stack(binned(samples, vps[:, shown]), names, "VPs at a time", Palette(_COLOURS)),
        3.4,
    )


def _classes(run: RunSource) -> Iterator[Drawing]:
    """Draw the hypervisor's time by the class of intercept; what no class cost is the rest."""
    columns = [name for each in _CLASSES for name in (each, f"{each}_cost_ns")]
    parts = [  # each summed before the next is read
        _summed(_costs(part))
        for table in ("virtual_processor", "root_virtual_processor")
        for part in run.batches(table, [*_SAMPLED, "hypervisor_run_ns", *columns])
        if {"hypercalls_cost_ns", "hypervisor_run_ns"} <= set(part.column_names)
    ]
    if not parts:
        return
    sums = _summed(pa.concat_tables(parts))
    samples = samples_of(sums, None, [*_CLASSES, "hypervisor_run_ns"])
    costs = np.nan_to_num(np.concatenate(list(samples.columns.values()), axis=1))
    costs[:, -1] = np.maximum(costs[:, -1] - costs[:, :-1].sum(axis=1), 0)
    lps: Matrix = costs / (samples.interval_s[:, None] * 1e9)
    total = float(np.average(lps.sum(axis=1), weights=samples.interval_s))
    if not total:
        return
    yield draw(
        "hypervisor-time",
        f"The hypervisor takes {total:.3g} LPs",
        "Time in the hypervisor on behalf of VPs, the root's among them, by the class of intercept that cost it (counts times mean costs, as "
        "it falls due); tables virtual_processor and root_virtual_processor.",
        *_largest_classes(samples, lps),
    )


def _largest_classes(samples: Samples, lps: Matrix) -> tuple[Plot, float]:
    names = [*(each.replace("_", " ") for each in _CLASSES), _REST]
    shown = largest(names[:-1], lps[:, :-1].sum(axis=0), _MOST_CLASSES)
    shown = [place for place in shown if lps[:, place].any()]
    others = lps.sum(axis=1) - lps[:, shown].sum(axis=1)
    bins = binned(samples, np.column_stack([lps[:, shown], others]))
    return _stack(bins, [*(names[place] for place in shown), _REST], "LPs", Palette({_REST: IDLE})), 3.2


def _costs(part: pa.Table) -> pa.Table:
    """Give, by sample, what each class cost in some rows: count times mean cost; no column or no cost is nothing."""
    found = {name: part[name] for name in (*_SAMPLED, "hypervisor_run_ns")}
    for name in _CLASSES:
        if {name, f"{name}_cost_ns"} <= set(part.column_names):
            cost = pc.multiply(pc.cast(part[name], pa.float64()), part[f"{name}_cost_ns"])
            found[name] = pc.fill_null(cost, 0.0)
        else:
            found[name] = pa.nulls(part.num_rows, pa.float64())
    return pa.table(found)


def _summed(part: pa.Table) -> pa.Table:
    """Sum the rows of each sample."""
    sums = part.group_by(list(_SAMPLED)).aggregate(
        [(name, "sum") for name in ("hypervisor_run_ns", *_CLASSES)]
    )
    return sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names])


def _stack(bins: Bins, names: list[str], unit: str, palette: Palette) -> Plot:
    def plot(axes: Axes) -> None:
        stacked(axes, bins, names, palette)
        axes.set_ylabel(unit)
        axes.set_ylim(bottom=0)
        legend(axes, 2)

    return plot
