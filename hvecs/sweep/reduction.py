"""Outcomes that a sweep file asks for: the rows of one table of one run, reduced to one number."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hvecs.spec.sweep import SweepOutcome

_AGGREGATES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "min": np.min,
    "max": np.max,
    "mean": np.mean,
    "sum": np.sum,
    "p50": lambda values: np.percentile(values, 50),
    "p95": lambda values: np.percentile(values, 95),
    "p99": lambda values: np.percentile(values, 99),
}


class Reduction:
    """Collects the values of one outcome while a run is simulated.

    Rows count whose interval lies wholly after the warm-up; of the dispatch table, those that start after it. Missing
    values are left out, but in a table without time, such as `job`, one of them makes the outcome missing: the largest
    elapsed time is not known while a guest has not finished.
    """

    def __init__(self, outcome: SweepOutcome, warm_up_ns: int) -> None:
        self._outcome = outcome
        self._warm_up_ns = warm_up_ns
        self._parts: list[npt.NDArray[np.float64]] = []

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
        self._parts.append(found if begin is None else found[~np.isnan(found)])

    def value(self) -> float | None:
        """Give the outcome; None if no row counted."""
        values = np.concatenate(self._parts) if self._parts else np.empty(0)
        if not len(values) or np.isnan(values).any():
            return None
        return float(_AGGREGATES[self._outcome.aggregate](values))


def _begin(columns: Mapping[str, Any]) -> Any:
    """Give the time at which each row begins; None for a table without time."""
    if "interval_ns" in columns:
        return columns["time_ns"] - columns["interval_ns"]
    return columns.get("start_ns")


def reductions(outcomes: Sequence[SweepOutcome], warm_up_ns: int) -> dict[str, Reduction]:
    """Begin the collection of all outcomes of one run."""
    return {outcome.name: Reduction(outcome, warm_up_ns) for outcome in outcomes}
