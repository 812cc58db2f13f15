"""Reproduction: cases are run with several seeds, and what they come to is held against what is expected."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np

from hvecs.agreement.cases import UNITS, Case, Expected
from hvecs.engine import simulate
from hvecs.sweeps.reduction import Reduction
from hvecs.sweeps.statistics import Estimate, estimate

Made = Callable[[int, int], None]


@dataclass(frozen=True)
class Finding:
    """What one figure of a case came to, in its unit."""

    case: Case
    expected: Expected
    estimate: Estimate

    @property
    def error_pct(self) -> float | None:
        """How far the mean is from the expected value, as a percentage of that; None where there is no value, or no mean."""
        value, mean = self.expected.value, self.estimate.mean
        return None if not value or mean is None else 100 * (mean - value) / abs(value)

    @property
    def agrees(self) -> bool:
        """Tell whether the mean is within the bounds."""
        mean = self.estimate.mean
        return mean is not None and self.expected.low <= mean <= self.expected.high


class _Reductions:
    """A sink that keeps of the rows of a run what its expected figures need."""

    def __init__(self, reductions: Sequence[tuple[str, Reduction]]) -> None:
        self._reductions = reductions

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        for wanted, reduction in self._reductions:
            if wanted == table:
                reduction.add(columns)


def run_case(case: Case, seed: int, settings: Sequence[str] = ()) -> tuple[float, ...]:
    """Run a case with one seed, and settings laid over it; return its figures in their units, NaN where there is none."""
    scenario = case.scenario(seed, settings)
    reductions = [
        (each.outcome.table, Reduction(each.outcome, scenario.scenario.warm_up)) for each in case.expected
    ]
    outcome = simulate(scenario, _Reductions(reductions))
    values = (reduction.value(outcome) for _, reduction in reductions)
    return tuple(
        np.nan if value is None else value / UNITS[each.unit]
        for value, each in zip(values, case.expected, strict=True)
    )


def reproduce(cases: Sequence[Case], jobs: int = 1, on_run: Made | None = None) -> list[Finding]:
    """Run each case with seeds 1, 2 … in `jobs` processes; `on_run` is told how many of how many runs are made."""
    runs = [(case, seed) for case in cases for seed in range(1, case.seeds + 1)]
    values: dict[str, list[tuple[float, ...]]] = {case.name: [] for case in cases}
    for number, ((case, _), found) in enumerate(zip(runs, _run_all(runs, jobs), strict=True), 1):
        values[case.name].append(found)
        if on_run is not None:
            on_run(number, len(runs))
    return list(_findings(cases, values))


def _run_all(runs: Iterable[tuple[Case, int]], jobs: int) -> Iterator[tuple[float, ...]]:
    """Give the figures of the runs, in their order."""
    if jobs == 1:
        yield from (run_case(*run) for run in runs)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run_case, *zip(*runs, strict=True))


def _findings(cases: Sequence[Case], values: Mapping[str, list[tuple[float, ...]]]) -> Iterator[Finding]:
    for case in cases:
        of_case = np.array(values[case.name], np.float64)
        for column, expected in enumerate(case.expected):
            yield Finding(case, expected, estimate(of_case[:, column]))
