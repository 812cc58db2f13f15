"""Loads of guests from a capture: what a scenario needs so that its counters come near those measured.

A counter tells how much was used, not why. So each guest gets an open workload whose requests arrive at the rate of the measured
dispatches and need the measured time of guest code each; the traps that its counters show; and its committed memory over time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from hvecs.interop.grouping import groups
from hvecs.interop.paths import ROOT
from hvecs.output.capture import read_capture_manifest
from hvecs.output.finished import open_table

TRAPS: Final = {
    "cpuid": "cpuid_instructions",
    "msr": "msr_accesses",
    "control_register": "control_register_accesses",
    "io_port": "io_instructions",
    "debug_register": "debug_register_accesses",
    "mwait": "mwait_instructions",
    "pending_interrupt": "pending_interrupts",
    "emulated": "emulated_instructions",
    "other": "other_intercepts",
    "remote_flushes": "address_space_flushes_per_sec",
    "broadcasts": "virtual_interrupt_hypercalls_per_sec",
    "ipis": "ipis_sent",
}
"""Keys of intercepts, and the columns that count them, or give their rate."""
IPIS: Final = "ipis"
"""The key whose rate is that while all other VPs of the guest are busy; what it counts is less."""
_KEYS: Final = {"partition", "vp", "time_ns", "interval_ns"}
_MOST_POINTS: Final = 200
_MOST_RATE: Final = 100_000.0
_NS: Final = 1e9


@dataclass(frozen=True)
class Load:
    """What a capture tells of one partition.

    `guest_s` is CPU time for each second of the capture, summed over VPs; `dispatches` and `traps` are per
    second, traps per second of guest code; `committed` is times (ns) and bytes. What a capture does not tell is None or empty.
    """

    guest_s: float
    dispatches: float | None
    traps: Mapping[str, float]
    vps: int = 0
    committed: tuple[tuple[int, int], ...] = ()


class CaptureLoads:
    """The loads in a capture folder, by partition in lower case.

    Raises:
        ManifestError: `folder` is not a capture.
        Damaged: a table of it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.manifest = read_capture_manifest(folder)
        self.duration_ns = 0
        self.sample_ns = 0
        self.loads: dict[str, Load] = {}
        for table in ("virtual_processor", "root_virtual_processor"):
            self._read_vps(table)
        self._read_memory()

    def of(self, partition: str) -> Load | None:
        """Give the load of a partition, None if the capture has nothing of it."""
        return self.loads.get(partition.lower())

    @property
    def root(self) -> Load | None:
        """The load of the root partition."""
        return self.of(ROOT)

    def _read_vps(self, table: str) -> None:
        counted = list(TRAPS.values())
        names = [
            "time_ns",
            "interval_ns",
            "partition",
            "vp",
            "guest_run_ns",
            "hypervisor_run_ns",
            "dispatches",
            *counted,
        ]
        columns = self._columns(table, names)
        if not set(columns) >= _KEYS or not len(columns["time_ns"]):
            return
        self.duration_ns = max(self.duration_ns, int(columns["time_ns"].max()))
        intervals = columns["interval_ns"][~np.isnan(columns["interval_ns"])]
        self.sample_ns = int(np.median(intervals)) if len(intervals) else self.sample_ns
        for partition, rows in groups(columns["partition"]):
            self.loads[partition.lower()] = self._load({name: each[rows] for name, each in columns.items()})

    def _load(self, rows: Mapping[str, Any]) -> Load:
        ends, at = np.unique(rows["time_ns"], return_index=True)
        seconds = float(np.nansum(rows["interval_ns"][at])) / _NS if len(ends) else 0.0
        known = {name: each for name, each in rows.items() if name not in _KEYS and not np.isnan(each).all()}
        lasted = rows["interval_ns"] / _NS
        sums = {
            name: float(np.nansum(each * lasted if name.endswith("_per_sec") else each))
            for name, each in known.items()
        }
        if not seconds:
            return Load(0.0, None, {})
        guest = sums.get("guest_run_ns", 0.0) / _NS
        traps = {
            key: min(sums[column] / guest, _MOST_RATE)
            for key, column in TRAPS.items()
            if guest and column in sums
        }
        dispatches = sums["dispatches"] / seconds if "dispatches" in sums else None
        vps = len(np.unique(rows["vp"]))
        hypervisor = sums.get("hypervisor_run_ns", 0.0) / _NS
        busy = (guest + hypervisor) / seconds / vps
        return Load(
            guest / seconds,
            dispatches,
            between_vps(traps, busy if vps > 1 else 0.0),
            vps,
        )

    def _read_memory(self) -> None:
        names = ["time_ns", "partition", "physical_memory_mib", "current_pressure_pct"]
        columns = self._columns("dynamic_memory_vm", names)
        if not set(names) <= set(columns):
            return
        committed = columns["physical_memory_mib"] * columns["current_pressure_pct"] / 100
        for partition, of_partition in groups(columns["partition"]):
            rows = of_partition[~np.isnan(committed[of_partition])]
            if not len(rows):
                continue
            points = _thinned(columns["time_ns"][rows], committed[rows])
            load = self.loads.get(partition.lower(), Load(0.0, None, {}))
            self.loads[partition.lower()] = replace(load, committed=points)

    def _columns(self, table: str, names: list[str]) -> dict[str, Any]:
        """Give the columns of a table that the capture has; missing numbers are NaN."""
        if table not in self.manifest.tables:
            return {}
        with open_table(self._folder, self.manifest.tables[table].path) as file:
            present = [name for name in names if name in file.schema_arrow.names]
            found = file.read(columns=present, use_threads=False)
            return {
                name: found[name].cast("string").to_numpy()
                if name == "partition"
                else found[name].cast("float64", safe=False).to_numpy()
                for name in present
            }


def between_vps(traps: Mapping[str, float], busy: float) -> dict[str, float]:
    """Tell interrupts between VPs, each an access to an MSR, from other accesses; other VPs are `busy`, a share of time, beside one that sends.

    Those of broadcasts are sent by hypercall.
    """
    found = dict(traps)
    counted = found.pop(IPIS, 0.0)
    sent = max(0.0, counted - found.get("broadcasts", 0.0))
    if busy > 0 and sent > 0:
        found[IPIS] = min(sent / busy, _MOST_RATE)
        if "msr" in found:
            found["msr"] = max(0.0, found["msr"] - sent)
    return found


def _thinned(times: Any, mib: Any) -> tuple[tuple[int, int], ...]:
    """Give at most some hundred points: means of equal stretches, in whole MiB."""
    if not len(times):
        return ()
    parts = np.array_split(np.arange(len(times)), min(_MOST_POINTS, len(times)))
    return tuple((int(times[part[-1]]), max(1, round(float(mib[part].mean()))) << 20) for part in parts)
