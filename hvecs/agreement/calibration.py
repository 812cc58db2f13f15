"""Calibration: keys of a scenario are fitted to what was measured on a host.

What a counter determines by itself is taken from it: the rate of requests where arrivals are counted, the rates of traps. What the rest
comes to is found by simulation, with the same seeds each time: `least_squares` over CPU time, halts and, where they are counted,
completions of each guest. How often VPs fall idle is what tells many short requests from few long ones of the same CPU time; dispatches tell
it less well, for slices end too, and are taken where halts are not counted. A trap is counted for other reasons than its key too, such as the ends of timers: the simulation says how often.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot, inf, isnan, log
from typing import Any, Final

import numpy as np

from hvecs.agreement.arrivals import Arrivals, arrivals_of
from hvecs.agreement.calibration_results import Calibration, Counter, Key
from hvecs.agreement.figures import Figure, Figures
from hvecs.agreement.free_keys import LOADS, SCALES, FreeKey
from hvecs.agreement.least_squares import LogFit, fit_logs
from hvecs.agreement.misfit import Misfit, Row, relative_error
from hvecs.agreement.simulated import Simulation
from hvecs.interop.fit import IPIS
from hvecs.interop.paths import ROOT
from hvecs.spec import Scenario
from hvecs.spec.workload import OpenWorkload

_ROUNDS: Final = 4
_NEAR: Final = 0.2
_MOST: Final = 4.6
"""Largest logarithm of the factor of a key: a hundred."""
_Z: Final = 1.96
_LEAST_ROOM: Final = 1e-4
_BEYOND_CHANCE: Final = 4.0
"""Standard errors by which a counter is off that a fit should have met."""
_HELPS: Final = 0.9
"""To which part of what it was the sum of their squares has to come for another round."""
_NO_COUNTER: Final = "not identified: no counter of the capture tells it"


@dataclass
class Calibrator:
    """Fits `keys` to `measured`, which began at `begin_ns`; `load` makes the scenario with settings laid over it."""

    load: Callable[[Sequence[str]], Scenario]
    measured: Figures
    keys: Sequence[FreeKey]
    simulation: Simulation
    begin_ns: int = 0
    _values: dict[str, float] = field(default_factory=dict, init=False)
    _errors: dict[str, float] = field(default_factory=dict, init=False)

    @property
    def _misfit(self) -> Misfit:
        return Misfit(self.measured, self.simulation.length.seconds)

    def calibrate(self) -> Calibration:
        """Find the values of all keys."""
        self._values = {key.path: key.value for key in self.keys}
        self._take_rates()
        traps = [key for key in self.keys if key.trap is not None]
        fitted = [key for key in self.keys if key.trap is None and key.path not in self._errors]
        found = self._near(fitted)
        self._take_traps(traps, found)
        if any(
            key.trap == IPIS for key in traps
        ):  # accesses to MSRs are among them, of which others are told apart by their number
            found = self._figures()
            self._take_traps(traps, found)
        fit = self._fit(fitted) if fitted else None
        if traps:
            self._take_traps(traps, self._figures() if fit is not None else found)
        counters = tuple(self._counters(self._figures(), fitted))
        off = {(each.partition.lower(), each.figure) for each in counters if each.is_off}
        results = {
            each.key.path: each for each in (*self._by_counter(off), *self._by_fit(fitted, fit, counters))
        }
        return Calibration(
            tuple(results[key.path] for key in self.keys),
            counters,
            self.simulation.runs,
            tuple(self._limits()),
        )

    def _figures(self, changes: Mapping[str, float] | None = None) -> Figures:
        values = {**self._values, **(changes or {})}
        settings = [text for key in self.keys for text in key.settings(values[key.path])]
        return self.simulation.figures(self.load([*settings, *self.simulation.length.settings]))

    def _mean(self, guests: Iterable[str], figure: str) -> Figure | None:
        """Give the mean of a measured figure over the guests of a block."""
        found = [self.measured[name][figure] for name in guests if figure in self.measured.get(name, {})]
        if not found:
            return None
        error = hypot(*(each.error for each in found)) / len(found)
        return Figure(sum(each.value for each in found) / len(found), error, found[0].seconds)

    def _take_rates(self) -> None:
        """Take the rates of requests from arrivals that were counted."""
        for key in self.keys:
            arrivals = self._mean(key.guests, "arrivals")
            if key.steps == ("workload", "rate") and arrivals is not None and arrivals.value > 0:
                expected = self._arrivals(key.guests, arrivals.seconds)
                rate = expected.rate_for(arrivals.value)
                if rate is None:
                    continue
                self._values[key.path] = key.held(rate)
                chance = relative_error(arrivals)
                if (
                    expected.by_events
                ):  # its samples differ by what the events set: chance is that of the number
                    chance = (arrivals.value * arrivals.seconds) ** -0.5
                self._errors[key.path] = chance * arrivals.value / (expected.times * rate)

    def _arrivals(self, guests: Iterable[str], seconds: float) -> Arrivals:
        """Give the arrivals at a guest of a block in a run of so many seconds, in the mean over those measured."""
        end_ns = self.begin_ns + max(1, round(seconds * 1e9))
        scenario, wanted = self.load(()), {name.lower() for name in guests if name in self.measured}
        found = [
            arrivals_of(scenario, guest.name, guest.block.workload, self.begin_ns, end_ns)
            for guest in scenario.guests()
            if guest.name.lower() in wanted and isinstance(guest.block.workload, OpenWorkload)
        ]
        times, by_events = (sum(parts) / len(found) for parts in zip(*found, strict=True))
        return Arrivals(times, by_events)

    def _near(self, fitted: Sequence[FreeKey]) -> Figures:
        """Scale loads by measured over simulated run time until they are near; so that a fit does not begin on a host that is full."""
        scaled = {key.guests: key for key in reversed(fitted) if key.guests and key.steps in SCALES}
        found = self._figures()
        for _ in range(_ROUNDS):
            ratios = {key.path: self._ratio(key, found) for key in scaled.values()}
            off = {path: ratio for path, ratio in ratios.items() if abs(log(ratio)) > _NEAR}
            if not off:
                break
            for key in scaled.values():
                if key.path in off:
                    self._values[key.path] = key.held(self._values[key.path] * off[key.path])
            found = self._figures()
        return found

    def _ratio(self, key: FreeKey, found: Figures) -> float:
        measured = sum(
            self.measured[name]["guest_run"].value for name in key.guests if _has(self.measured, name)
        )
        simulated = sum(found[name]["guest_run"].value for name in key.guests if _has(found, name))
        return measured / simulated if measured > 0 and simulated > 0 else 1.0

    def _take_traps(self, traps: Sequence[FreeKey], found: Figures) -> None:
        """Change the rates of traps by what is counted beyond, or short of, what the simulation has."""
        for key in traps:
            name = f"intercepts.{key.trap}"
            measured = self._mean(key.guests, name)
            simulated = [found[guest][name].value for guest in key.guests if name in found.get(guest, {})]
            if measured is None or not simulated:
                continue
            value, counted = self._values[key.path], sum(simulated) / len(simulated)
            if key.trap == IPIS and value > 0 and counted > 0:  # as many are sent as other VPs are busy
                value *= measured.value / counted
            else:
                value += measured.value - counted
            self._values[key.path] = key.held(max(0.0, value))
            self._errors[key.path] = relative_error(measured)

    def _fit(self, fitted: Sequence[FreeKey]) -> LogFit:
        """Fit keys, first as if those of a guest moved no counter of others, which saves simulations.

        On a full host they do. So where counters are off that the fit should have met it goes on by what each key does to all of them, as
        long as that helps.
        """
        rows = self._misfit.rows(fitted)
        own = [[not key.guests or name in key.guests for key in fitted] for name, _ in rows]
        touches = np.array(own, np.bool_).reshape(len(rows), len(fitted))
        fit = self._fitted(fitted, rows, touches)
        for _ in range(_ROUNDS):
            if fit.worst <= _BEYOND_CHANCE:
                break
            before, fit = fit, self._fitted(fitted, rows, np.ones_like(touches))
            if fit.squares > _HELPS * before.squares:
                break
        return fit

    def _fitted(self, fitted: Sequence[FreeKey], rows: Sequence[Row], touches: Any) -> LogFit:
        """Fit keys, from the values that they have, to the figures of `rows`; `touches` says which key moves which figure."""
        start = {key.path: self._values[key.path] for key in fitted}

        def residuals(logs: Any) -> Any:
            factors = np.exp(logs)
            values = {key.path: start[key.path] * factor for key, factor in zip(fitted, factors, strict=True)}
            found = self._figures(values)
            return np.array([self._misfit.residual(row, found) for row in rows])

        fit = fit_logs(residuals, [_bounds(key, start[key.path]) for key in fitted], touches)
        for at, key in enumerate(fitted):
            self._values[key.path] = key.held(start[key.path] * fit.factors(at)[0])
        return fit

    def _counters(self, found: Figures, fitted: Sequence[FreeKey]) -> Iterable[Counter]:
        names = {guest.name.lower(): guest.name for guest in self.load([]).guests()} | {ROOT.lower(): ROOT}
        used = set(self._misfit.rows(fitted))
        used |= {(name, f"intercepts.{key.trap}") for key in self.keys if key.trap for name in key.guests}
        for partition, figures in self.measured.items():
            for name, measured in figures.items():
                simulated = found.get(partition, {}).get(name)
                if name == "progress" or simulated is None or isnan(simulated.value):
                    continue
                spread = self._misfit.spread(name, measured) * measured.value
                yield Counter(
                    names[partition],
                    name,
                    measured.value,
                    simulated.value,
                    _Z * spread,
                    (partition, name) in used,
                )

    def _by_counter(self, off: set[tuple[str, str]]) -> Iterable[Key]:
        """Give the keys that have a counter of their own, and those of traps that should have one."""
        for key in self.keys:
            value, error = self._values[key.path], self._errors.get(key.path)
            if error is None:
                if key.trap is not None:
                    yield Key(key, key.value, None, None, "counter", _NO_COUNTER)
            elif any((guest, f"intercepts.{key.trap}") in off for guest in key.guests):
                remark = "not identified: its counter does not follow it"
                yield Key(key, key.value, None, None, "counter", remark)
            else:
                yield Key(key, value, value * (1 - _Z * error), value * (1 + _Z * error), "counter")

    def _by_fit(
        self, fitted: Sequence[FreeKey], fit: LogFit | None, counters: Iterable[Counter]
    ) -> Iterable[Key]:
        """Give the keys that were fitted; the curvature of a fit says nothing of one that moves counters which are far from what was measured."""
        if fit is None:
            return
        rows = set(self._misfit.rows(fitted))
        far = [each for each in counters if each.is_far and (each.partition.lower(), each.figure) in rows]
        for at, key in enumerate(fitted):
            value = self._values[key.path]
            missed = [each for each in far if not key.guests or each.partition.lower() in key.guests]
            if missed:
                names = ", ".join(f"{each.figure} of {each.partition}" for each in missed)
                yield Key(key, value, None, None, "fit", f"not identified: the fit does not meet {names}")
                continue
            if fit.identified(at):
                factor, low, high = fit.factors(at)
                yield Key(key, value, value * low / factor, value * high / factor, "fit")
                continue
            others = [fitted[other].path for other in fit.companions(at)]
            remark = f"not identified apart from {', '.join(others)}" if others else _NO_COUNTER
            yield Key(key, value, None, None, "fit", remark)

    def _limits(self) -> Iterable[str]:
        """Say what the capture cannot tell, whatever is fitted."""
        loads = [key for key in self.keys if key.steps in LOADS and key.block is not None]
        counted = [name for name in self.measured if "arrivals" in self.measured[name]]
        if loads and not counted:
            yield "it counts no requests: rates and service times are told apart by how often VPs fall idle, as far as they are"
        figures = [self.measured[name] for key in loads for name in key.guests if name in self.measured]
        if any(not {"dispatches", "halts"} & each.keys() for each in figures):
            yield "it counts neither dispatches nor halts of some guests: of these only CPU time was fitted"
        if loads:
            yield "how service times, and arrivals within a sample, are distributed: the scenario's distributions are kept"


def _has(figures: Figures, partition: str) -> bool:
    return "guest_run" in figures.get(partition, {})


def _bounds(key: FreeKey, start: float) -> tuple[float, float]:
    """Give the bounds of the logarithm of a key's factor."""
    low, high = key.bounds
    least = log(low / start) if low > 0 else -inf
    most = log(high / start) if high < inf else inf
    return max(-_MOST, min(least, -_LEAST_ROOM)), min(_MOST, max(most, _LEAST_ROOM))
