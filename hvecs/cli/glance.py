"""A glance at a run that goes on: the latest sample of its tables, and the verdict so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hvecs.interop.paths import ROOT
from hvecs.output.timestamps import Sink
from hvecs.spec import Scenario
from hvecs.verdict import Verdict
from hvecs.verdict.watch import Watch

_LOOKED_AT: Final = {
    "logical_processor": ("interval_ns", "lp", "guest_run_ns", "hypervisor_run_ns"),
    "partition": (
        "interval_ns",
        "partition",
        "virtual_processors",
        "guest_run_ns",
        "hypervisor_run_ns",
        "ready_ns",
    ),
    "request": ("partition", "in_system", "response_p95_ns"),
    "dynamic_memory_vm": ("partition", "current_pressure_pct"),
}


@dataclass(frozen=True)
class GuestNow:
    """A guest in the latest sample: its VPs' time in percent, its requests and its memory; None where it has no such thing."""

    name: str
    run_pct: float
    ready_pct: float
    in_system: int | None = None
    response_p95_ns: float | None = None
    pressure_pct: float | None = None


class Glance:
    """Sees the rows of a run of `scenario` on their way to a sink; it changes none."""

    def __init__(self, scenario: Scenario) -> None:
        self._watch = Watch(scenario)
        self._latest: dict[str, dict[str, Any]] = {}

    def over(self, sink: Sink) -> Sink:
        """Give a sink that passes rows on to `sink`."""
        return _Seen(self._watch.over(sink), self._latest)

    def verdict(self) -> Verdict:
        """Judge what was seen so far."""
        return self._watch.verdict()

    def lps(self) -> list[tuple[int, float]]:
        """Give each LP and how busy it is, in percent."""
        rows = self._latest.get("logical_processor")
        if rows is None:
            return []
        busy = 100 * (rows["guest_run_ns"] + rows["hypervisor_run_ns"]) / rows["interval_ns"]
        return [(int(lp), float(pct)) for lp, pct in zip(rows["lp"], busy, strict=True)]

    def guests(self) -> list[GuestNow]:
        """Give the guests, those first whose VPs ran or waited most."""
        rows = self._latest.get("partition")
        if rows is None:
            return []
        time_ns = rows["interval_ns"] * rows["virtual_processors"]
        run = 100 * (rows["guest_run_ns"] + rows["hypervisor_run_ns"]) / time_ns
        ready = 100 * rows["ready_ns"] / time_ns
        found = [
            GuestNow(name, float(run[place]), float(ready[place]), *self._further(name))
            for place, name in enumerate(map(str, rows["partition"]))
            if name != ROOT
        ]
        return sorted(found, key=lambda each: (-each.run_pct - each.ready_pct, each.name))

    def _further(self, name: str) -> tuple[int | None, float | None, float | None]:
        in_system = self._cell("request", name, "in_system")
        late = self._cell("request", name, "response_p95_ns")
        pressure = self._cell("dynamic_memory_vm", name, "current_pressure_pct")
        return None if in_system is None else int(in_system), late, pressure

    def _cell(self, table: str, name: str, column: str) -> float | None:
        rows = self._latest.get(table)
        if rows is None:
            return None
        places = np.flatnonzero(rows["partition"] == name)
        value = np.ma.filled(np.ma.asarray(rows[column], np.float64), np.nan)[places]
        return float(value[0]) if len(value) and not np.isnan(value[0]) else None


class _Seen:
    """Keeps of each table that is looked at the rows of the latest sample."""

    def __init__(self, sink: Sink, latest: dict[str, dict[str, Any]]) -> None:
        self._sink, self._latest = sink, latest

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Append rows to `table`."""
        names = _LOOKED_AT.get(table, ())
        if names and len(columns["time_ns"]):
            last = np.asarray(columns["time_ns"]) == columns["time_ns"][-1]
            self._latest[table] = {name: _kept(columns[name], last) for name in names}
        self._sink.write(table, columns)


def _kept(column: Any, last: Any) -> Any:
    values = column if isinstance(column, np.ndarray) else np.asarray(column, object)
    return values[last].copy()
