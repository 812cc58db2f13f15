"""Several hosts side by side: the verdict on each, their processors, their memory and their guests."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
from matplotlib.axes import Axes

from hvecs.interop.paths import ROOT as ROOT_NAME
from hvecs.report.drawing import Drawing, draw, tall_legend
from hvecs.report.host_sources import AllHosts, HostSource
from hvecs.report.lines import lines
from hvecs.report.page import Lead
from hvecs.report.palette import GUEST, HYPERVISOR, IDLE, ROOT
from hvecs.report.sections import Section
from hvecs.report.series import Samples, binned, largest, mean_of, samples_of, shortened
from hvecs.spec.kinds import Wrong
from hvecs.spec.units import Size
from hvecs.verdict import Verdict
from hvecs.verdict.rules import VERDICTS
from hvecs.verdict.words import amount

MOST_IN_FULL: Final = 4
"""Hosts whose figures are all drawn; the page of more would be long to load and to read."""
_MOST_LINES: Final = 8
_RUN: Final = ("guest_run_ns", "hypervisor_run_ns")
_SAMPLED: Final = ("time_ns", "interval_ns")
_GIB: Final = float(1 << 30)
_PAGES_A_GIB: Final = 2**18


def in_full(hosts: Sequence[HostSource], verdict: Verdict) -> list[HostSource]:
    """Choose the hosts to be drawn in full, in their order: those with the gravest verdicts, then the busiest."""

    def place(host: HostSource) -> tuple[int, float]:
        found = verdict.hosts.get(host.name)
        said = found.verdict if found else None
        busy = found.host.get("lps_busy_pct") if found else None
        return VERDICTS.index(said) if said in VERDICTS else len(VERDICTS), -(busy or 0.0)

    chosen = {host.name for host in sorted(hosts, key=place)[:MOST_IN_FULL]}
    return [host for host in hosts if host.name in chosen]


def hosts_lead(hosts: Sequence[HostSource], verdict: Verdict) -> Lead:
    """Give a row a host: the verdict, what is used and left, its guests at the end, and who suffers most there."""
    rows = tuple(_row(host, verdict.hosts.get(host.name)) for host in hosts)
    head = ("host", "verdict", "LPs busy", "available", "guests", "suffers most")
    left = len(hosts) - MOST_IN_FULL
    note = (f"Figures of the {MOST_IN_FULL} hosts with the gravest verdicts are below.",) if left > 0 else ()
    return Lead(f"{len(hosts)} hosts", note, "plain", head, rows)


def _row(host: HostSource, verdict: Verdict | None) -> tuple[str, ...]:
    figures: Mapping[str, float | None] = verdict.host if verdict else {}
    busy, available = figures.get("lps_busy_pct"), figures.get("available_memory_mib")
    worst = verdict.sufferers[0] if verdict and verdict.sufferers else None
    return (
        host.name,
        (verdict.verdict if verdict else None) or "none",
        "-" if busy is None else amount(busy, "%"),
        "-" if available is None else amount(available, "MiB"),
        str(_guests(host)),
        worst.name if worst else "nobody",
    )


def _guests(host: HostSource) -> int:
    """Give the number of guests with a row at the last sample of the host."""
    table = host.read("guest", ["time_ns", "partition"])
    if table is None:
        return 0
    last = table.filter(pc.equal(table["time_ns"], pc.max(table["time_ns"])))
    return len({name for name in last["partition"].to_pylist() if name != ROOT_NAME})


def hosts_section(run: AllHosts) -> Iterator[Section]:
    """Draw the hosts beside each other: processor time, memory, and how busy they are over time."""
    hosts = run.hosts
    drawn = tuple(each for each in (_processors(hosts), _memory(hosts), _over_time(run)) if each is not None)
    if drawn:
        yield Section("hosts", "The hosts side by side", drawn)


def _processors(hosts: Sequence[HostSource]) -> Drawing | None:
    shares = {host.name: found for host in hosts if (found := _shares(host)) is not None}
    if not shares:
        return None
    names = list(shares)
    parts = np.array(list(shares.values())).T
    busy = parts[:3].sum(axis=0)
    most, least = names[int(busy.argmax())], names[int(busy.argmin())]
    title = f"{most} is {busy.max():.0f} % busy, {least} {busy.min():.0f} %"
    caption = f"Time of the LPs of each host by what they ran{hosts[0].without_warm_up}; tables logical_processor and partition."
    styles = (("guests", GUEST), ("root", ROOT), ("hypervisor", HYPERVISOR), ("idle", IDLE))
    return _bars(("hosts-processors", title, caption), names, parts, styles, "% of LP time")


def _shares(host: HostSource) -> list[float] | None:
    """Give the shares (%) of LP time of guests, root and hypervisor, and the idle rest."""
    table = host.read("logical_processor", [*_SAMPLED, *_RUN])
    if table is None:
        return None
    table = table.filter(pc.greater(table["time_ns"], host.warm_up_ns))
    elapsed = pc.sum(table["interval_ns"]).as_py()
    if not elapsed:
        return None
    guest, hypervisor = (100 * (pc.sum(table[name]).as_py() or 0) / elapsed for name in _RUN)
    root = 100 * _of_root(host) / elapsed
    return [guest - root, root, hypervisor, max(0.0, 100 - guest - hypervisor)]


def _of_root(host: HostSource) -> float:
    table = host.read("partition", ["time_ns", "partition", _RUN[0]])
    if table is None:
        return 0.0
    own = pc.and_(pc.equal(table["partition"], ROOT_NAME), pc.greater(table["time_ns"], host.warm_up_ns))
    return float(pc.sum(table.filter(own)[_RUN[0]]).as_py() or 0)


def _memory(hosts: Sequence[HostSource]) -> Drawing | None:
    found = {host.name: held for host in hosts if (held := _held(host)) is not None}
    if not found:
        return None
    names = list(found)
    parts = np.array(list(found.values())).T
    least = names[int(parts[2].argmin())]
    title = f"{least} has the least memory available: {parts[2].min():,.1f} GiB in the mean"
    caption = "Memory of each host, mean over time: of its guests, of the root and deposited, and what is available to guests. Tables vid_partition and dynamic_memory_balancer."
    styles = (("guests", GUEST), ("root", ROOT), ("available", IDLE))
    return _bars(("hosts-memory", title, caption), names, parts, styles, "GiB")


def _held(host: HostSource) -> list[float] | None:
    """Give the memory (GiB) of guests, of the root with what is deposited, and what is available, in the mean."""
    left = host.read("dynamic_memory_balancer", [*_SAMPLED, "available_memory_mib"])
    size = _bytes(host.resolved["host"].get("memory"))
    if left is None or size is None:
        return None
    available = _mean(samples_of(left, None, ["available_memory_mib"]), "available_memory_mib") / 1024
    held = host.read("vid_partition", [*_SAMPLED, "partition", "physical_pages"])
    guests = 0.0
    if held is not None:
        samples = samples_of(held, "partition", ["physical_pages"])
        pages = np.nansum(samples.columns["physical_pages"], axis=1)
        guests = float(np.average(pages, weights=samples.interval_s)) / _PAGES_A_GIB
    return [guests, max(0.0, size / _GIB - guests - available), available]


def _bytes(given: Any) -> int | None:
    try:
        return int(Size().read(given))
    except Wrong:
        return None


def _mean(samples: Samples, column: str) -> float:
    return float(mean_of(samples, samples.columns[column])[0])


def _bars(
    said: tuple[str, str, str],
    names: Sequence[str],
    parts: np.ndarray[Any, np.dtype[np.float64]],
    styles: Sequence[tuple[str, str]],
    unit: str,
) -> Drawing:
    """Draw a bar a host, made of `parts`, a row each."""

    def plot(axes: Axes) -> None:
        start = np.zeros(len(names))
        for (label, colour), width in zip(styles, parts, strict=True):
            axes.barh(range(len(names)), width, left=start, color=colour, label=label, height=0.75)
            start = start + width
        axes.set_yticks(range(len(names)), [shortened(name) for name in names])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(unit)
        tall_legend(axes)

    return draw(*said, plot, 1.5 + 0.28 * len(names))


def _over_time(run: AllHosts) -> Drawing | None:
    table = run.read("logical_processor", [*_SAMPLED, "host", *_RUN])
    if table is None:
        return None
    sums = table.group_by([*_SAMPLED, "host"]).aggregate(
        [(name, "sum") for name in _RUN] + [([], "count_all")]
    )
    samples = samples_of(sums, "host", [*(f"{name}_sum" for name in _RUN), "count_all"])
    run_ns = sum(samples.columns[f"{name}_sum"] for name in _RUN)
    busy = 100 * run_ns / (samples.columns["count_all"] * samples.interval_s[:, None] * 1e9)
    means = mean_of(samples, busy)
    shown = largest(samples.names, means, _MOST_LINES)
    names, bins = [samples.names[place] for place in shown], binned(samples, busy[:, shown])

    def plot(axes: Axes) -> None:
        lines(axes, bins, names, "LPs busy, %", run.palette)
        axes.set_ylim(0, 102)

    return draw(
        "hosts-busy",
        f"{names[0]} is the busiest of {len(samples.names)} hosts",
        "Mean of the LPs of each host; the band reaches from the least to the greatest sample. Table logical_processor.",
        plot,
    )
