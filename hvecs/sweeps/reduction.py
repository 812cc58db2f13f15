"""Outcomes that a sweep file asks for: the rows of one table of one run, reduced to one number."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hvecs.engine import Outcome
from hvecs.engine.plan import ROOT
from hvecs.spec.sweep import SweepOutcome
from systems.kernels.histogram import percentile

_AGGREGATES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "min": np.min,
    "max": np.max,
    "mean": np.mean,
    "sum": np.sum,
    "p50": lambda values: np.percentile(values, 50),
    "p95": lambda values: np.percentile(values, 95),
    "p99": lambda values: np.percentile(values, 99),
}

_PERCENTILES: Final[Mapping[tuple[str, str], float]] = {
    (table, f"response_p{share}_ns"): share / 100 for table in ("request", "tier") for share in (50, 95, 99)
}
"""Columns that have a percentile of the requests of each sample, and the share that it stands for."""

_VPS: Final = ("virtual_processor", "root_virtual_processor")
_WEIGHTS: Final[Mapping[tuple[str, str], str]] = {
    ("request", "response_mean_ns"): "completions",
    ("tier", "response_mean_ns"): "completions",
    ("request", "io_latency_mean_ns"): "io_completed",
    **{
        (table, f"{each}_per_dispatch_ns"): "dispatches"
        for table in _VPS
        for each in ("wait", "contention", "wake_up")
    },
}
"""Columns that have a mean of what each sample counted, and the column that says how many that were."""

CHOSEN_BY: Final = {"request": ("partition", "instance"), "tier": ("tier",)}
"""What a percentile over the run can be chosen by: requests are counted by partition, or by tier."""

_OF_SAMPLES: Final = {"mean": "mean", "sum": "sum", "min": "least", "max": "largest"}


def is_percentile(outcome: SweepOutcome) -> bool:
    """Tell whether an outcome is a percentile of all requests of the run."""
    return _aggregate(outcome) == "run" and (outcome.table, outcome.column) in _PERCENTILES


def is_over_run(outcome: SweepOutcome) -> bool:
    """Tell whether the column of an outcome has a value over the run that is not that of its rows."""
    return (outcome.table, outcome.column) in (*_PERCENTILES, *_WEIGHTS)


def in_words(outcome: SweepOutcome) -> str:
    """Say what an outcome is made of, such that no two that differ are called the same."""
    at, aggregate = (outcome.table, outcome.column), _aggregate(outcome)
    of = f"{outcome.table}.{outcome.column}"
    if aggregate != "run":
        how = _OF_SAMPLES.get(aggregate, f"{aggregate[1:]}th percentile")
        return f"{how} of the samples' {outcome.column}" if is_over_run(outcome) else f"{aggregate} of {of}"
    if at in _PERCENTILES:
        return f"{100 * _PERCENTILES[at]:.0f}th percentile of all requests of the run"
    return f"{of} over the run, by its {_WEIGHTS[at]}"


class Reduction:
    """Collects the values of one outcome while a run is simulated.

    Rows count whose interval lies wholly after the warm-up; of the dispatch table, those that start after it. Missing
    values are left out, but in a table without time, such as `job`, one of them makes the outcome missing: the largest
    elapsed time is not known while a guest has not finished.
    """

    def __init__(self, outcome: SweepOutcome, warm_up_ns: int) -> None:
        self._outcome = outcome
        self._warm_up_ns = warm_up_ns
        self._over_run = _aggregate(outcome) == "run"
        self.weight = _WEIGHTS.get((outcome.table, outcome.column)) if self._over_run else None
        self._parts: list[npt.NDArray[np.float64]] = []
        self._weights: list[npt.NDArray[np.float64]] = []

    def add(self, columns: Mapping[str, Any]) -> None:
        """Take the rows of one write to the outcome's table."""
        values = columns[self._outcome.column]
        chosen = np.ones(len(values), np.bool_)
        for name, wanted in self._outcome.where.items():
            chosen &= np.asarray(columns[name] == wanted)
        begin = _begin(columns)
        if begin is not None:
            chosen &= begin >= self._warm_up_ns
        found = np.ma.filled(np.ma.asarray(values)[chosen].astype(np.float64), np.nan)
        kept = np.ones(len(found), np.bool_) if begin is None else ~np.isnan(found)
        self._parts.append(found[kept])
        if self.weight is not None:
            self._weights.append(np.asarray(columns[self.weight])[chosen][kept].astype(np.float64))

    def value(self, outcome: Outcome) -> float | None:
        """Give the outcome of the run that has ended with `outcome`; None if no row counted."""
        return self._percentile(outcome) if is_percentile(self._outcome) else self.of_rows()

    def of_rows(self) -> float | None:
        """Give the outcome by its rows alone; None if none counted."""
        values = np.concatenate(self._parts) if self._parts else np.empty(0)
        if not len(values) or np.isnan(values).any():
            return None
        if self.weight is not None:
            return float(np.average(values, weights=np.concatenate(self._weights)))
        return float(_AGGREGATES[_aggregate(self._outcome)](values))

    def _percentile(self, outcome: Outcome) -> float | None:
        """Give the percentile of the requests of all partitions, or tiers, that are chosen, together."""
        wanted = set(self._outcome.where.values())
        if self._outcome.table == "tier":
            chosen = [counts for name, counts in outcome.tier_responses.items() if wanted <= {name}]
        else:
            chosen = [
                counts for name, counts in outcome.responses.items() if name != ROOT and wanted <= {name}
            ]
        counts = np.sum(chosen, axis=0) if chosen else np.zeros(1, np.int64)
        total = int(counts.sum())
        share = _PERCENTILES[self._outcome.table, self._outcome.column]
        return float(percentile(counts, total, share)) if total else None


def _aggregate(outcome: SweepOutcome) -> str:
    if outcome.aggregate != "auto":
        return outcome.aggregate
    return "run" if is_over_run(outcome) else "mean"


def _begin(columns: Mapping[str, Any]) -> Any:
    """Give the time at which each row begins; None for a table without time."""
    if "interval_ns" in columns:
        return columns["time_ns"] - columns["interval_ns"]
    return columns.get("start_ns")
