"""What tables tell of each partition: figures that a capture and a run have alike, each with its standard error."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from hvecs.interop.fit import TRAPS
from hvecs.interop.grouping import groups
from hvecs.interop.off import Off
from hvecs.output.capture import is_capture, read_capture_manifest
from hvecs.output.errors import Damaged
from hvecs.output.finished import open_table, read_resolved
from hvecs.output.manifest import RESOLVED_NAME, ManifestError, read_manifest
from hvecs.spec.kinds import Wrong
from hvecs.spec.units import Duration

Columns = Mapping[str, Any]
"""Columns of a table by name: numpy arrays, NaN where there is no value."""

_BATCHES: Final = 20
_FEWEST: Final = 2
_PER_S: Final = "_per_sec"


@dataclass(frozen=True)
class Ratio:
    """How a figure is made: the sum of one column over that of another, times `scale`.

    `over` is "interval_ns" for what is per time, each sample once.
    """

    of: str
    over: str
    scale: float
    unit: str


_S: Final = 1e9
VP_FIGURES: Final[Mapping[str, Ratio]] = {
    "guest_run": Ratio("guest_run_ns", "interval_ns", 1.0, "LPs"),
    "hypervisor_run": Ratio("hypervisor_run_ns", "interval_ns", 1.0, "LPs"),
    "dispatches": Ratio("dispatches", "interval_ns", _S, "/s"),
    "halts": Ratio("hlt_instructions", "interval_ns", _S, "/s"),
    "wait_per_dispatch": Ratio("wait_ns", "dispatches", 1.0, "ns"),
    "progress": Ratio("progress_ns", "interval_ns", 1.0, "LPs"),
    **{
        f"intercepts.{key}": Ratio(column, "guest_run_ns", _S, "per s of guest code")
        for key, column in TRAPS.items()
    },
}
"""Figures from the tables of VPs, summed over the VPs of a partition."""
REQUEST_FIGURES: Final[Mapping[str, Ratio]] = {
    "arrivals": Ratio("arrivals", "interval_ns", _S, "/s"),
    "completions": Ratio("completions", "interval_ns", _S, "/s"),
    "response": Ratio("response_ns", "completions", 1.0, "ns"),
}
"""Figures from the table of requests."""
FIGURES: Final = {**VP_FIGURES, **REQUEST_FIGURES}
TABLES: Final[Mapping[str, Mapping[str, Ratio]]] = {
    "virtual_processor": VP_FIGURES,
    "root_virtual_processor": VP_FIGURES,
    "request": REQUEST_FIGURES,
}
HELD: Final = "vid_partition"
"""The table with the guests that have memory."""
_COUNTED: Final = {"virtual_processor": "vp", "root_virtual_processor": "vp"}


@dataclass(frozen=True)
class Figure:
    """A value, its standard error, NaN where there are too few samples for one, and the seconds it is of."""

    value: float
    error: float
    seconds: float


Figures = Mapping[str, Mapping[str, Figure]]
"""By partition, in lower case, and by name."""


def columns_of(table: str) -> list[str]:
    """Name the columns of a table that its figures need."""
    if table == HELD:
        return ["time_ns", "partition"]
    needed = {column for ratio in TABLES[table].values() for column in (ratio.of, ratio.over)}
    if table == "request":
        needed = (needed - {"response_ns"}) | {"response_mean_ns"}
    if table in _COUNTED:
        needed.add("suspended_ns")
    return ["time_ns", "interval_ns", "partition", *sorted(needed - {"interval_ns"})]


def of_guests_on(tables: Mapping[str, Columns]) -> dict[str, Columns]:
    """Leave out the samples of a run in which a guest is off; logs have none of it then. `HELD` says who is there."""
    vps, held = tables.get("virtual_processor"), tables.get(HELD)
    rest = {name: columns for name, columns in tables.items() if name != HELD}
    if vps is None or held is None or "suspended_ns" not in vps:
        return rest
    suspended = vps["suspended_ns"] == vps["interval_ns"]
    off = Off({name: vps[name][suspended] for name in ("time_ns", "partition")}, held)
    return {name: off.without(columns) for name, columns in rest.items()} if off else rest


def read_figures(folder: Path) -> dict[str, dict[str, Figure]]:
    """Read the figures of a capture, or of a run after its warm-up.

    Raises:
        ManifestError: it is neither, or a run of several hosts.
        Damaged: a file of it cannot be read.
    """
    capture = is_capture(folder)
    tables = read_capture_manifest(folder).tables if capture else read_manifest(folder).tables
    if not capture and isinstance(read_resolved(folder).get("host"), list):
        raise ManifestError(f"{folder} is a run of several hosts; expected one of one host")
    warm_up_ns = 0 if capture else _warm_up_ns(folder)
    found: dict[str, Columns] = {}
    for name in (*TABLES, HELD):
        if name in tables:
            with open_table(folder, tables[name].path) as file:
                present = [each for each in columns_of(name) if each in file.schema_arrow.names]
                table = file.read(columns=present, use_threads=False)
                found[name] = {each: _numbers(table[each], each) for each in present}
    return figures_of(of_guests_on(found), warm_up_ns)


def _warm_up_ns(folder: Path) -> int:
    table = read_resolved(folder).get("scenario")
    given = table.get("warm_up", "0 s") if isinstance(table, dict) else "0 s"
    try:
        return int(Duration().read(given))
    except Wrong as wrong:
        raise Damaged(folder / RESOLVED_NAME, f"scenario.warm_up: {wrong}") from wrong


def _numbers(column: Any, name: str) -> Any:
    if name == "partition":
        return column.cast("string").to_numpy()
    return column.cast("float64", safe=False).to_numpy()


def figures_of(tables: Mapping[str, Columns], warm_up_ns: int = 0) -> dict[str, dict[str, Figure]]:
    """Compute the figures of every partition from the rows whose interval lies after the warm-up."""
    found: dict[str, dict[str, Figure]] = {}
    for name, columns in tables.items():
        if not {"time_ns", "interval_ns", "partition"} <= set(columns) or not len(columns["time_ns"]):
            continue
        begin = columns["time_ns"] - columns["interval_ns"]
        kept = ~np.isnan(columns["interval_ns"]) & ~(begin < warm_up_ns)
        rows_of = {each: values[kept] for each, values in columns.items()}
        for partition, rows in groups(rows_of["partition"]):
            of_partition = {each: values[rows] for each, values in rows_of.items() if each != "partition"}
            figures = found.setdefault(partition.lower(), {})
            figures |= dict(_of_partition(of_partition, TABLES[name]))
    return found


def _of_partition(columns: Columns, ratios: Mapping[str, Ratio]) -> Iterator[tuple[str, Figure]]:
    sums = _Sums(columns)
    for name, ratio in ratios.items():
        of, over = sums.of(ratio.of), sums.of(ratio.over)
        if of is None or over is None:
            continue
        known = ~(np.isnan(of) | np.isnan(over))
        if over[known].sum() > 0:
            seconds = float(sums.interval_ns[known].sum()) / _S
            yield name, _figure(of[known], over[known], ratio.scale, seconds)


class _Sums:
    """Columns of one partition, summed over its rows of each time; NaN for a time at which a row has no value."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        _, first, self._at = np.unique(columns["time_ns"], return_index=True, return_inverse=True)
        self.interval_ns = columns["interval_ns"][first]

    def of(self, name: str) -> Any:
        """Give the sums of a column, None where there is none."""
        if name == "interval_ns":
            return self.interval_ns
        values = self._values(name)
        return None if values is None else np.bincount(self._at, weights=values)

    def _values(self, name: str) -> Any:
        columns = self._columns
        if name in columns:
            values = columns[name]
            return values * columns["interval_ns"] / _S if name.endswith(_PER_S) else values
        if name == "response_ns" and {"response_mean_ns", "completions"} <= set(columns):
            means = columns["response_mean_ns"]
            return np.where(columns["completions"] == 0, 0.0, means) * columns["completions"]
        return None


def _figure(of: Any, over: Any, scale: float, seconds: float) -> Figure:
    """Estimate a ratio of sums, and its error by batch means."""
    value = float(of.sum() / over.sum())
    count = min(_BATCHES, len(of))
    if count < _FEWEST:
        return Figure(value * scale, float("nan"), seconds)
    parts = np.array_split(np.arange(len(of)), count)
    left = np.array([of[part].sum() - value * over[part].sum() for part in parts])
    error = float(np.sqrt((left**2).sum() * count / (count - 1)) / over.sum())
    return Figure(value * scale, error * scale, seconds)
