"""The observer: takes the rows of a run, or of a capture, as they come, and keeps what rules are about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from hvecs.output.outcomes import tier_prefix
from hvecs.output.timestamps import Sink
from hvecs.verdict.growth import Growth, Growths
from hvecs.verdict.measures import MEASURES, Measure
from hvecs.verdict.tallies import Names, Part, Tally

Array = Any
Columns = Mapping[str, Any]

_QUEUES: Final = {"request": "partition", "tier": "tier"}
"""Tables of what waits and must not pile up, and the column that says whose it is."""
_COUNTED: Final = ("arrivals", "completions", "interval_ns")
_LOST: Final = ("failed", "dropped")
"""Requests that leave the system without being completed; a capture may not count them."""
ALL: Final = "all"


@dataclass(frozen=True)
class Observed:
    """What was observed: by measure the value of each instance or partition, or of `ALL`; the growth of each guest's and tier's requests.

    `lost` is the share (%) of these that failed or were dropped, `vps` are the VPs of each partition, `owners` the partition of each instance that has one,
    `covered_ns` for how long there were rows of each instance, of measures that are means over time.
    """

    values: Mapping[str, Mapping[str, float]]
    growths: Mapping[str, Growth] = field(default_factory=dict)
    lost: Mapping[str, float] = field(default_factory=dict)
    vps: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    covered_ns: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class Observer:
    """Takes rows of tables by `write`, those of each table in the order of time; rows that begin within the warm-up do not count.

    Args:
        warm_up_ns: length of the warm-up.
        further: measures beside those of the rules that come with the product.
    """

    def __init__(self, warm_up_ns: int = 0, further: Iterable[Measure] = ()) -> None:
        self._warm_up_ns = warm_up_ns
        self._tables: dict[str, list[tuple[Measure, Tally]]] = {}
        self._names: dict[tuple[str, str], Names] = {}
        self._owners: dict[str, dict[str, str]] = {}
        self._growths = {table: Growths() for table in _QUEUES}
        self._lost: dict[str, Array] = {table: np.zeros((2, 0)) for table in _QUEUES}
        for measure in (*MEASURES, *further):
            tally = Tally(measure.aggregate, measure.over_ns)
            self._tables.setdefault(measure.table, []).append((measure, tally))

    @property
    def wanted(self) -> dict[str, tuple[str, ...]]:
        """The columns that are looked at, by table."""
        found = {
            table: {
                *("time_ns", "interval_ns", "instance", "partition"),
                *(name for each, _ in measures for names in each.columns for name in names),
                *(each.weight for each, _ in measures),
            }
            for table, measures in self._tables.items()
        }
        for table, of in _QUEUES.items():
            found.setdefault(table, set()).update(("time_ns", of, *_COUNTED, *_LOST))
        return {table: tuple(sorted(names)) for table, names in found.items()}

    def write(self, table: str, columns: Columns) -> None:
        """Take rows of a table; those of tables that no rule is about are passed over."""
        measures = self._tables.get(table, [])
        if not (measures or table in _QUEUES):
            return
        rows = _Rows(columns, self._warm_up_ns)
        if not rows.kept.any():
            return
        self._note_owners(table, columns)
        for measure, tally in measures:
            self._add(measure, tally, rows)
        if table in _QUEUES:
            self._add_requests(table, rows)

    def observed(self) -> Observed:
        """Give what was observed."""
        values = {
            measure.name: self._by_name(measure, tally)
            for measures in self._tables.values()
            for measure, tally in measures
        }
        growths = {
            _prefixed(table, name): growth
            for table, of in _QUEUES.items()
            for name, growth in zip(
                self._names_of(table, of).names, self._growths[table].values(), strict=False
            )
        }
        lost = {
            _prefixed(table, name): 100 * gone / came
            for table, of in _QUEUES.items()
            for name, gone, came in zip(self._names_of(table, of).names, *self._lost[table], strict=False)
            if came
        }
        owners = {name: owner for table in self._owners.values() for name, owner in table.items()}
        vps: dict[str, int] = {}
        for owner in self._owners.get("virtual_processor", {}).values():
            vps[owner] = vps.get(owner, 0) + 1
        covered = {
            measure.name: dict(
                zip(self._names_of(measure.table, measure.of).names, tally.weights, strict=False)
            )
            for measures in self._tables.values()
            for measure, tally in measures
            if measure.of != "all" and measure.weight == "interval_ns"
        }
        return Observed(values, growths, lost, vps, owners, covered)

    def _add(self, measure: Measure, tally: Tally, rows: "_Rows") -> None:
        columns = rows.columns
        way = next((names for names in measure.columns if all(name in columns for name in names)), None)
        if way is None:
            return
        given = [rows[name] for name in way]
        weight = measure.weight if measure.weight in columns else "interval_ns"
        with np.errstate(invalid="ignore", divide="ignore"):
            values = sum(given) if measure.of_row is None else measure.of_row(*given)
        counted = rows.weighed(weight) & np.isfinite(values)
        if measure.of == "all":
            codes, count = np.zeros(len(values), np.int64), 1
        else:
            names = self._names_of(measure.table, measure.of)
            codes, count = names.codes(columns[measure.of]), len(names)
        part = Part(codes, values, rows[weight], rows["interval_ns"], rows.since_ns)
        tally.add(part if counted.all() else part.of(counted), count)

    def _add_requests(self, table: str, rows: "_Rows") -> None:
        columns, kept = rows.columns, rows.kept
        if not all(name in columns for name in _COUNTED):
            return
        of = _QUEUES[table]
        names = self._names_of(table, of)
        codes = names.codes(columns[of])[kept]
        arrivals, completions, interval = (np.nan_to_num(rows[name])[kept] for name in _COUNTED)
        gone = (np.nan_to_num(rows[name])[kept] for name in _LOST if name in columns)
        lost = sum(gone, np.zeros(len(codes)))
        before = self._lost[table]
        counted = np.stack([np.bincount(codes, each, len(names)).astype(float) for each in (lost, arrivals)])
        self._lost[table] = counted + np.pad(before, [(0, 0), (0, len(names) - before.shape[1])])
        figures = np.stack([arrivals - lost, completions, interval])
        self._growths[table].add(codes, np.asarray(columns["time_ns"])[kept], figures, len(names))

    def _note_owners(self, table: str, columns: Columns) -> None:
        """Note the partition of each instance that is new."""
        if "partition" not in columns or "instance" not in columns:
            return
        names = self._names_of(table, "instance")
        codes = names.codes(columns["instance"])
        owners = self._owners.setdefault(table, {})
        if len(names) > len(owners):
            _, first = np.unique(codes, return_index=True)
            found = np.asarray(columns["partition"][first], object)
            owners.update(zip((names.names[code] for code in codes[first]), found.tolist(), strict=True))

    def _names_of(self, table: str, of: str) -> Names:
        return self._names.setdefault((table, of), Names())

    def _by_name(self, measure: Measure, tally: Tally) -> dict[str, float]:
        names: Sequence[str] = (
            [ALL] if measure.of == "all" else self._names_of(measure.table, measure.of).names
        )
        values = tally.values()
        return {name: float(value) for name, value in zip(names, values, strict=False) if not np.isnan(value)}


def _prefixed(table: str, name: str) -> str:
    return tier_prefix(name) if table == "tier" else name


class Watched:
    """A sink whose rows an observer sees on their way."""

    def __init__(self, sink: Sink, observer: Sink) -> None:
        self._sink, self._observer = sink, observer

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Append rows to `table`."""
        self._observer.write(table, columns)
        self._sink.write(table, columns)


class _Rows:
    """Rows of a table: its columns as real numbers, NaN where they have no value, each turned into them once; and which rows count."""

    def __init__(self, columns: Columns, warm_up_ns: int) -> None:
        self.columns = columns
        self._found: dict[str, Array] = {}
        self._weighed: dict[str, Array] = {}
        self.kept = self["time_ns"] - np.nan_to_num(self["interval_ns"]) >= warm_up_ns
        self.since_ns = np.asarray(columns["time_ns"]) - warm_up_ns

    def __getitem__(self, name: str) -> Array:
        if name not in self._found:
            values = self.columns[name]
            if type(values) is not np.ndarray:
                values = np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan)
            self._found[name] = values.astype(np.float64, copy=False)
        return self._found[name]

    def weighed(self, weight: str) -> Array:
        """Tell which rows count for a mean that is weighted by the column `weight`."""
        if weight not in self._weighed:
            self._weighed[weight] = self.kept & (self[weight] > 0)
        return self._weighed[weight]
