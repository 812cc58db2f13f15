"""A run as performance logs: PDH-CSV 4.0 as relog writes it, a file for each host and one for each guest."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from hvecs.interop import pdh, totals
from hvecs.interop.exports import file_names
from hvecs.interop.off import Off, off_in
from hvecs.interop.paths import ROOT, CounterPath
from hvecs.interop.run_tables import CounterColumn, RunTables
from hvecs.output.counter_versions import exists
from hvecs.output.errors import disk

HOST_TABLES: Final = (
    "hypervisor",
    "logical_processor",
    "virtual_processor",
    "root_virtual_processor",
    "partition",
    "dynamic_memory_balancer",
    "dynamic_memory_vm",
    "vid_partition",
    "live_migration",
    "virtual_storage_device",
    "virtual_network_adapter",
    "virtual_switch",
)
_CELLS: Final = 2_000_000
"""Values that are held at once, so that memory stays flat."""
_MS: Final = 1_000_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Cell:
    """A column of a log: one counter of one instance."""

    column: CounterColumn
    instance: str
    path: CounterPath


@dataclass(frozen=True)
class PerfmonExport:
    """What was written: the files by machine, and how many time stamps are not whole milliseconds."""

    files: dict[str, Path]
    rounded: int


def export_perfmon(
    run: RunTables, folder: Path, start: datetime, machine: str, progress: Progress
) -> PerfmonExport:
    """Write the logs of a run into `folder`.

    A counter that the scenario's version of Windows has not is left out, and a guest that is off has no values. The first line after the header holds no values, as in every log: it is when sampling began.

    Args:
        run: the run.
        folder: an existing folder.
        start: what simulated time 0 is on the wall; its offset is that of the time stamps.
        machine: the name of the only host, which no guest may have; several hosts have the names of the scenario.
        progress: is told how many files are done, and of how many.
    """
    hosts = {name: run.of_host(name) for name in run.hosts} or {machine: run}
    logs = {name: (of, _host_cells(of, name)) for name, of in hosts.items()} if run.has("hypervisor") else {}
    guests = run.instances("guest")
    logs |= {name: (run, _cells(run, "guest", name, [name])) for name in guests}
    paths = {name: folder / file for name, file in file_names(list(logs), ".csv").items()}
    times = _times(run)
    for done, (name, (of, cells)) in enumerate(logs.items()):
        progress(done, len(logs))
        with disk(paths[name]), paths[name].open("w", encoding="utf-8", newline="") as file:
            file.writelines(_lines(of, cells, times, start))
    progress(len(logs), len(logs))
    return PerfmonExport(paths, int(np.count_nonzero(times % _MS)))


def _host_cells(run: RunTables, machine: str) -> list[_Cell]:
    return [
        cell
        for table in HOST_TABLES
        if run.has(table)
        for cell in _cells(run, table, machine, run.instances(table))
    ]


def _cells(run: RunTables, table: str, machine: str, instances: Sequence[str]) -> list[_Cell]:
    """List the columns of a log that a table gives, instance by instance, their total last."""
    version = run.version
    columns = [each for each in run.counters(table) if exists(version, each.counter_set, each.counter)]
    split = any(column.of_root for column in columns)
    found = []
    for instance in instances:
        of_instance = [column for column in columns if not split or column.of_root == (instance == ROOT)]
        found += [_Cell(column, instance, _path(machine, column, instance)) for column in of_instance]
    found += [
        _Cell(column, totals.TOTAL, _path(machine, column, totals.TOTAL))
        for column in columns
        if totals.has_total(column)
    ]
    return found


def _path(machine: str, column: CounterColumn, instance: str) -> CounterPath:
    shown = instance if column.instance == "*" else column.instance
    return CounterPath(machine, column.counter_set, shown, column.counter)


def _times(run: RunTables) -> Any:
    """Give the ends of all samples (ns)."""
    with run.file("guest") as file:
        return np.unique(file.read(columns=["time_ns"], use_threads=False)["time_ns"].to_numpy())


def _lines(run: RunTables, cells: Sequence[_Cell], times: Any, start: datetime) -> Iterator[str]:
    yield pdh.line([str(pdh.signature_of(start)), *(str(cell.path) for cell in cells)])
    yield pdh.line([pdh.stamp(start), *[pdh.BLANK] * len(cells)])
    rows = max(1, _CELLS // max(1, len(cells)))
    before = -1
    for at in range(0, len(times), rows):
        block = times[at : at + rows]
        values = _values(run, cells, block, before)
        before = int(block[-1])
        for time, row in zip(block.tolist(), values.tolist(), strict=True):
            moment = start + timedelta(microseconds=time / 1000)
            yield pdh.line([pdh.stamp(moment), *map(pdh.cell, row)])


def _values(run: RunTables, cells: Sequence[_Cell], times: Any, before_ns: int) -> Any:
    """Give the values of a block of samples, a row a sample, a column a cell; NaN where there is none."""
    values = np.full((len(times), len(cells)), np.nan)
    tables = dict.fromkeys(cell.column.table for cell in cells)
    off = off_in(run, before_ns, int(times[-1]))
    for table in tables:
        of_table = [(at, cell) for at, cell in enumerate(cells) if cell.column.table == table]
        _fill(values, _Block(run, table, times, before_ns, off), of_table)
    return values


class _Block:
    """The rows of one table over a block of samples, as matrices of samples and instances; guests that are off have none."""

    def __init__(self, run: RunTables, table: str, times: Any, before_ns: int, off: Off) -> None:
        with run.file(table) as file:
            self.names = file.schema_arrow.names
        counters = list(run.counters(table))
        wanted = {column.name for column in counters}
        wanted |= {weight for column in counters if (weight := totals.weight_of(column, self.names))}
        of_guests = ["partition"] if off and "partition" in self.names else []
        names = ["time_ns", "instance", *of_guests, *sorted(wanted)]
        columns = run.columns(table, names, before_ns, int(times[-1]))
        self._columns = off.without(columns) if of_guests else columns
        self.places = {
            name: place for place, name in enumerate(dict.fromkeys(self._columns["instance"].tolist()))
        }
        self._instance = np.array(
            [self.places[name] for name in self._columns["instance"].tolist()], np.int64
        )
        self._sample = np.searchsorted(times, self._columns["time_ns"])
        self._samples = len(times)

    def matrix(self, name: str) -> Any:
        """Give a column, NaN where an instance has no row."""
        matrix = np.full((self._samples, len(self.places)), np.nan)
        matrix[self._sample, self._instance] = self._columns[name]
        return matrix


def _fill(values: Any, block: _Block, cells: Sequence[tuple[int, _Cell]]) -> None:
    matrices: dict[str, Any] = {}
    for at, cell in cells:
        name = cell.column.name
        if name not in matrices:
            matrices[name] = block.matrix(name)
        if cell.instance != totals.TOTAL:
            place = block.places.get(cell.instance)
            if place is not None:
                values[:, at] = matrices[name][:, place]
            continue
        weight = totals.weight_of(cell.column, block.names)
        others = [place for instance, place in block.places.items() if instance != ROOT]
        weights = None if weight is None else block.matrix(weight)[:, others]
        values[:, at] = totals.total(cell.column, matrices[name][:, others], weights)
