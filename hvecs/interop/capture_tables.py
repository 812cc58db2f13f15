"""The tables of a capture: those of a run as far as the logs tell, and what follows from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from hvecs.interop.grouping import groups
from hvecs.interop.targets import Instance
from hvecs.output.schema import TABLES
from hvecs.output.table import Column, Table

_NS_PER_S: Final = 1e9
_KEYS: Final = ("time_ns", "interval_ns", "timestamp", "instance", "partition", "lp", "vp")
_LARGEST: Final = 2.0**62


class CaptureTable:
    """One table of a capture: the columns that the logs have, and exact times and counts that follow from rates.

    `X_ns` follows from `X_pct`, a number `X` from `X_per_sec`, and `wait_ns` from the mean wait and the dispatches.
    """

    def __init__(self, name: str, given: Iterable[str]) -> None:
        declared = {column.name: column for column in TABLES[name].columns}
        self.given = set(given)
        derived = {column: source for column in declared if (source := self._source(column)) is not None}
        self._derived = {column: source for column, source in derived.items() if column not in self.given}
        chosen = [
            column if each in {"time_ns", "instance"} else replace(column, nullable=True)
            for each, column in declared.items()
            if each in self.given or each in self._derived or each in _KEYS
        ]
        self.table = Table(
            name,
            f"{TABLES[name].doc} From a capture: what its logs do not tell is absent or null.",
            tuple(chosen),
        )
        self._types = {column.name: column.type for column in chosen}

    def columns(
        self, frame: Mapping[str, Any], instances: Sequence[Instance], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Give the rows of a block.

        Args:
            frame: time_ns, interval_ns (-1 where it is not known) and timestamp of each sample.
            instances: what the rows of a sample are about.
            values: a matrix for each given column, a row a sample, a column an instance; NaN where there is none.
        """
        samples, count = len(frame["time_ns"]), len(instances)
        present = np.zeros((samples, count), np.bool_)
        for matrix in values.values():
            present |= ~np.isnan(matrix)
        kept = present.ravel()
        interval = np.repeat(frame["interval_ns"], count)[kept]
        found: dict[str, Any] = {
            "time_ns": np.repeat(frame["time_ns"], count)[kept],
            "interval_ns": np.ma.masked_less(interval, 0),
            "timestamp": np.repeat(frame["timestamp"], count)[kept],
            "instance": np.tile(np.array([each.instance for each in instances], object), samples)[kept],
        }
        if "partition" in self._types:
            found["partition"] = np.tile(np.array([each.partition for each in instances], object), samples)[
                kept
            ]
        number = next((each for each in ("lp", "vp") if each in self._types), None)
        if number is not None:
            found[number] = np.tile(np.array([each.number for each in instances], np.int64), samples)[kept]
        real = {name: matrix.ravel()[kept] for name, matrix in values.items()}
        real |= self._followed(real, np.where(interval < 0, np.nan, interval))
        return found | {name: self._typed(name, each) for name, each in real.items() if name in self._types}

    def _source(self, column: str) -> str | None:
        """Name the given column that another follows from."""
        if column == "wait_ns":
            both = {"wait_per_dispatch_ns", "dispatches_per_sec"} <= self.given
            return "wait_per_dispatch_ns" if both else None
        candidates = [f"{column}_per_sec"] + (
            [f"{column.removesuffix('_ns')}_pct"] if column.endswith("_ns") else []
        )
        return next((each for each in candidates if each in self.given), None)

    def _followed(self, real: Mapping[str, Any], interval: Any) -> dict[str, Any]:
        found = {}
        for column, source in self._derived.items():
            per = {"_sec": _NS_PER_S, "_pct": 100.0}.get(source[-4:])
            if per is not None:
                found[column] = np.rint(real[source] * interval / per)
            else:
                waits = np.rint(real["dispatches_per_sec"] * interval / _NS_PER_S)
                found[column] = np.where(waits == 0, 0.0, np.rint(real[source] * waits))
        return found

    def _typed(self, name: str, values: Any) -> Any:
        if self._types[name] == "float64":
            return values
        missing = ~(np.abs(values) < _LARGEST)
        return np.ma.MaskedArray(np.where(missing, 0, np.rint(values)).astype(np.int64), missing)


class Outcomes:
    """The outcomes of each partition, summed while rows go by.

    What samples do not say is missing, and no zero: each VP counts as if it had done all the time what it did in the samples that there are of it.
    """

    _SUMS: Final = ("guest_run_ns", "hypervisor_run_ns", "dispatches", "migrations", "wait_ns")

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, dict[str, list[int]]]] = {}
        """By partition, column and VP: what was counted, and in how much time."""
        self._means: dict[str, list[float]] = {}
        self.measured_ns = 0

    def add(self, table: str, columns: Mapping[str, Any]) -> None:
        """Take rows of a table of VPs."""
        if table not in {"virtual_processor", "root_virtual_processor"}:
            return
        counted = [column for column in self._SUMS if column in columns]
        for instance, rows in groups(columns["instance"]):
            sums = self._sums.setdefault(str(columns["partition"][rows[0]]), {})
            intervals = np.ma.filled(np.ma.asarray(columns["interval_ns"][rows]), 0)
            for column in counted:
                values = np.ma.asarray(columns[column][rows])
                of_vp = sums.setdefault(column, {}).setdefault(instance, [0, 0])
                of_vp[0] += int(values.filled(0).sum())
                of_vp[1] += int(intervals[~np.ma.getmaskarray(values)].sum())
        for name, rows in groups(columns["partition"]):
            if "wait_per_dispatch_ns" in columns:
                waits = columns["wait_per_dispatch_ns"][rows]
                self._means.setdefault(name, []).extend(waits[~np.isnan(waits)].tolist())

    def row(self) -> tuple[dict[str, Any], list[Column]]:
        """Give the cells of the table `runs` and declare their columns."""
        row: dict[str, Any] = {"measured_ns": self.measured_ns}
        declared = [Column("measured_ns", "int64", "ns", None, "time that the capture covers", nullable=True)]
        for name, found in self._sums.items():
            sums = {column: self._over_all(of_vps) for column, of_vps in found.items()}
            cells: dict[str, Any] = dict(sums)
            cells["wait_per_dispatch_ns"] = self._wait(name, sums)
            for outcome, value in cells.items():
                kind = "float64" if outcome.endswith("per_dispatch_ns") else "int64"
                unit = "ns" if outcome.endswith("_ns") else "count"
                declared.append(Column(f"{name}.{outcome}", kind, unit, None, outcome, nullable=True))  # type: ignore[arg-type]
                row[f"{name}.{outcome}"] = value
        return row, declared

    def _over_all(self, of_vps: Mapping[str, Sequence[int]]) -> int | None:
        """Sum up what VPs did, of each over the whole time of the capture; None if no sample says it."""
        known = [
            counted if time_ns == self.measured_ns else round(counted * self.measured_ns / time_ns)
            for counted, time_ns in of_vps.values()
            if time_ns
        ]
        return sum(known) if known else None

    def _wait(self, name: str, sums: Mapping[str, int | None]) -> float | None:
        dispatches, waited = sums.get("dispatches"), sums.get("wait_ns")
        if dispatches and waited is not None:
            return waited / dispatches
        waits = self._means.get(name)
        return sum(waits) / len(waits) if waits else None


def in_order_of_time(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the rows of several machines together, by time, then by machine."""
    if not parts:
        return []
    together = {name: np.ma.concatenate([part[name] for part in parts]) for name in parts[0]}  # type: ignore[no-untyped-call]
    order = np.argsort(np.asarray(together["time_ns"]), kind="stable")
    return [{name: column[order] for name, column in together.items()}]
