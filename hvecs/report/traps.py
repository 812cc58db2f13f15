"""Figures of what makes the hypervisor work: intercepts, hypercalls and interrupts over time, by class."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from hvecs.report.drawing import COLOURS, Drawing, Plot, draw, legend, quantities, time_axis
from hvecs.report.lines import lines
from hvecs.report.series import Bins, binned, largest, samples_of
from hvecs.report.source import RunSource

_INTERCEPTS: Final = (
    "page_invalidations",
    "control_register_accesses",
    "io_instructions",
    "hlt_instructions",
    "mwait_instructions",
    "cpuid_instructions",
    "msr_accesses",
    "other_intercepts",
    "external_interrupts",
    "pending_interrupts",
    "emulated_instructions",
    "debug_register_accesses",
    "page_faults",
    "nested_page_faults",
)
_HYPERCALLS: Final = (
    "long_spin_waits",
    "address_space_switches",
    "local_flushes",
    "remote_flushes",
    "cluster_ipis",
    "posted_messages",
    "signalled_events",
    "retargeted_interrupts",
    "memory_deposits",
    "memory_withdrawals",
    "gpa_maps",
    "gpa_unmaps",
    "heat_hints",
    "vtl_calls",
    "vtl_returns",
)
_INTERRUPTS: Final = ("synthetic_interrupts", "virtual_interrupts", "hardware_interrupts", "ipis_sent")
_CLASSES: Final = 6


def drawings(run: RunSource) -> Iterator[Drawing]:
    """Draw the rates of all partitions together."""
    groups = (
        ("intercepts", "Intercepts", _INTERCEPTS),
        ("hypercalls", "Hypercalls", _HYPERCALLS),
        ("interrupts", "Interrupts", _INTERRUPTS),
    )
    for name, noun, classes in groups:
        table = run.read("partition", ["time_ns", "interval_ns", *classes])
        if table is None:
            continue
        held = [each for each in classes if each in table.column_names]
        sums = table.group_by(["time_ns", "interval_ns"]).aggregate([(each, "sum") for each in held])
        samples = samples_of(sums, None, [f"{each}_sum" for each in held])
        rates = np.concatenate(list(samples.columns.values()), axis=1) / samples.interval_s[:, None]
        if not np.nansum(rates):
            continue
        mean = float(np.average(rates.sum(axis=1), weights=samples.interval_s))
        shown = largest(held, np.nansum(rates, axis=0), _CLASSES)
        bins = binned(samples, rates[:, shown])
        names = [held[place].replace("_", " ") for place in shown]
        kinds = "virtual interrupts hold the synthetic ones" if name == "interrupts" else "stacked"
        yield draw(
            name,
            f"{noun}: {mean:,.0f} a second",
            f"Of all partitions together, the root's among them, the {len(names)} most frequent classes, {kinds}; table partition.",
            _stack(bins, names) if name != "interrupts" else _lines(bins, names),
        )


def _stack(bins: Bins, names: list[str]) -> Plot:
    def plot(axes: Axes) -> None:
        unit = time_axis(axes, bins.edges_s[-1])
        low = np.zeros(len(bins.mean))
        for place, name in enumerate(names):
            high = low + bins.mean[:, place]
            axes.stairs(
                high,
                bins.edges_s / unit,
                baseline=low,
                fill=True,
                color=COLOURS[place],
                label=name,
                linewidth=0,
            )
            low = high
        axes.set_ylabel("per second")
        axes.set_ylim(bottom=0)
        quantities(axes.yaxis)
        legend(axes, 2)

    return plot


def _lines(bins: Bins, names: list[str]) -> Plot:
    return lambda axes: lines(axes, bins, names, "per second")
