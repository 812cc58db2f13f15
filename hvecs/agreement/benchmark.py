"""The published benchmark, fitted again: the figures of its host and code by its four elapsed times, under two explanations of them.

Only the four configurations that were published are fitted; others are predicted. Runs are of a part of the work: elapsed time is
proportional to it. An explanation has more figures than there are data, so each is held against the data with all others free to make up for
it (profile likelihood): only what the data then still tell is identified.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from multiprocessing import get_context
from typing import Any, Final

import numpy as np

from hvecs.agreement.cases import Case, read_cases
from hvecs.agreement.free_keys import FreeKey, find_key
from hvecs.agreement.least_squares import LogFit, fit_logs, profile
from hvecs.agreement.reproduction import run_case

_PART: Final = 16
"""What part of the work is simulated."""
_SPREAD: Final = 0.01
"""Standard error of a published time, relative: they are whole minutes, and one of their printed ratios is off by 0.7 % [Friedman]."""
_REACH: Final = log(2)
"""How far a key is moved for its profile: to half and twice the value."""
_RISE: Final = 3.84
"""Growth of the sum of squares at the ends of a 95 % interval."""
_MOST: Final = 3.0
_TOLERANCE_PCT: Final = 3.0
_WORK: Final = "partition.web.workload.work"
_THREADS: Final = "partition.web.workload.threads"
_TWO_WAY_GUESTS: Final = "overcommitted"
PREDICTED: Final = {"2 x 2": 2, "3 x 2": 3}
"""Configurations that nobody published, and their numbers of two-way guests."""


@dataclass(frozen=True)
class Explanation:
    """A host of `hvecs/cases/hosts`, and the keys of it that are fitted."""

    name: str
    title: str
    host: str
    keys: tuple[str, ...]


EXPLANATIONS: Final = (
    Explanation(
        "shipped",
        "memory alone: what runs/benchmark-host.toml has",
        "benchmark-host.toml",
        ("host.costs.interference", "host.costs.nested_paging", _WORK, "partition.web.workload.sleep.mean"),
    ),
    Explanation(
        "lock",
        "a lock of each guest beside it, threads that do not sleep, and a root that is 6 % busy",
        "benchmark-lock.toml",
        ("host.costs.interference", "host.costs.nested_paging", _WORK, "partition.web.workload.lock.hold"),
    ),
)
"""The first is shipped: it needs fewer mechanisms for the same rows."""


@dataclass(frozen=True)
class FittedKey:
    """A figure as it was and as fitted, and its 95 % interval by profile likelihood; an end is None where the data set none within a factor of two."""

    key: FreeKey
    value: float
    low: float | None
    high: float | None

    @property
    def identified(self) -> bool:
        """Tell whether the data bound it on both sides."""
        return self.low is not None and self.high is not None


@dataclass(frozen=True)
class Threads:
    """Another number of threads, all keys fitted again: their values, the worst error of a row (%), and how much the sum of squares grows."""

    threads: int
    values: tuple[float, ...]
    worst_pct: float
    rise: float

    @property
    def does_as_well(self) -> bool:
        """Tell whether the data do not rule it out."""
        return self.rise <= _RISE


@dataclass(frozen=True)
class BenchmarkFit:
    """What became of an explanation: keys, rows (case, published, simulated; minutes), the queue of the two-way guest, and predictions (minutes).

    `threads` is the number in the file, `others` what half and twice as many come to. The intervals of keys hold what they are there.
    """

    explanation: Explanation
    keys: tuple[FittedKey, ...]
    rows: tuple[tuple[str, float, float], ...]
    queue: float
    predicted: dict[str, float]
    threads: int
    others: tuple["Threads", ...]

    @property
    def worst_pct(self) -> float:
        """The largest error of a row, in %."""
        return max(abs(100 * (simulated / published - 1)) for _, published, simulated in self.rows)

    @property
    def agrees(self) -> bool:
        """Tell whether every published time is met within 3 %."""
        return self.worst_pct <= _TOLERANCE_PCT


def fit_all(explanations: Sequence[Explanation], jobs: int = 1) -> list[BenchmarkFit]:
    """Fit explanations, each in a process of its own where there may be several."""
    if jobs == 1:
        return [fit_benchmark(each) for each in explanations]
    with ProcessPoolExecutor(min(jobs, len(explanations)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(fit_benchmark, explanations))


def fit_benchmark(explanation: Explanation) -> BenchmarkFit:
    """Fit an explanation; that takes some hundred short runs."""
    return _Fit(explanation).fitted()


class _Fit:
    """The cases of the benchmark on the host of one explanation."""

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation
        self._cases = [_on_host(case, explanation.host) for case in published_cases()]
        scenario = self._cases[0].scenario(1)
        self._keys = [find_key(scenario, path) for path in explanation.keys]
        self._threads = int(scenario.partition[0].workload.threads)  # type: ignore[union-attr] # it is closed
        self._bounds = [(-_MOST, min(_MOST, log(key.bounds[1] / key.value))) for key in self._keys]
        self._touches = np.ones((len(self._cases), len(self._keys)), np.bool_)

    def fitted(self) -> BenchmarkFit:
        fit = fit_logs(self._residuals_for(self._threads), self._bounds, self._touches)
        settings = self._settings(fit.logs, self._threads)
        figures = [self._run(case, settings) for case in self._cases]
        over = next(case for case in self._cases if case.name == _TWO_WAY_GUESTS)
        predicted = {
            name: self._run(over, [*settings, f"partition.web.count={count}"])[0]
            for name, count in PREDICTED.items()
        }
        two_way = next(
            found for case, found in zip(self._cases, figures, strict=True) if len(case.expected) > 1
        )
        others = tuple(self._with(threads, fit) for threads in (self._threads // 2, 2 * self._threads))
        return BenchmarkFit(
            self._explanation,
            tuple(self._profiled(fit, at, others) for at in range(len(self._keys))),
            tuple(
                (case.name, _time_of(case), found[0])
                for case, found in zip(self._cases, figures, strict=True)
            ),
            two_way[-1],
            predicted,
            self._threads,
            others,
        )

    def _run(self, case: Case, settings: Sequence[str]) -> list[float]:
        """Give the figures of a case, times for the whole of the work."""
        found = run_case(case, 1, settings)
        return [found[0] * _PART, *found[1:]]

    def _settings(self, logs: Any, threads: int) -> list[str]:
        settings = [f"{_THREADS}={threads}"]
        for key, value in zip(self._keys, logs, strict=True):
            part = _PART if key.path == _WORK else 1
            settings += key.settings(key.value * exp(value) / part)
        return settings

    def _residuals_for(self, threads: int) -> Callable[[Any], Any]:
        def residuals(logs: Any) -> Any:
            settings = self._settings(logs, threads)
            return np.array(
                [log(self._run(case, settings)[0] / _time_of(case)) / _SPREAD for case in self._cases]
            )

        return residuals

    def _profiled(self, fit: LogFit, at: int, others: Sequence[Threads]) -> FittedKey:
        """Give a key with the interval that its profile sets, widened by what it is with other numbers of threads that do as well."""
        key, residuals = self._keys[at], self._residuals_for(self._threads)
        value = key.value * exp(fit.logs[at])
        low = self._end(profile(residuals, fit, at, -_REACH), value, -_REACH)
        room = min(_REACH, self._bounds[at][1] - fit.logs[at])
        high = self._end(profile(residuals, fit, at, room) if room > 0 else 0.0, value, room)
        elsewhere = [each.values[at] for each in others if each.does_as_well]
        least, most = value * exp(-_REACH), value * exp(_REACH)
        return FittedKey(
            key,
            value,
            None if low is None or min(elsewhere, default=value) < least else min(low, *elsewhere, value),
            None if high is None or max(elsewhere, default=value) > most else max(high, *elsewhere, value),
        )

    @staticmethod
    def _end(rise: float, value: float, offset: float) -> float | None:
        return value * exp(offset * sqrt(_RISE / rise)) if rise > _RISE else None

    def _with(self, threads: int, best: LogFit) -> Threads:
        fit = fit_logs(self._residuals_for(threads), self._bounds, self._touches)
        values = (key.value * exp(value) for key, value in zip(self._keys, fit.logs, strict=True))
        rise = float(fit.residuals @ fit.residuals - best.residuals @ best.residuals)
        return Threads(threads, tuple(values), float(100 * _SPREAD * np.abs(fit.residuals).max()), rise)


def published_cases() -> list[Case]:
    """List the cases with a published elapsed time that may be fitted."""
    return [case for case in read_cases().values() if case.expected[0].what == "elapsed time"]


def _time_of(case: Case) -> float:
    value = case.expected[0].value
    assert value is not None  # noqa: S101 - a published time is a value
    return value


def _on_host(case: Case, host: str) -> Case:
    return replace(case, tables={**case.tables, "extends": host})
