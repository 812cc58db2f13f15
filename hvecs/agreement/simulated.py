"""Figures of a scenario by simulation, over one or several seeds, corrected for what its draws of load came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any, Final

import numpy as np

from hvecs.agreement.arrivals import arrivals_of
from hvecs.agreement.figures import HELD, TABLES, Columns, Figure, columns_of, figures_of, of_guests_on
from hvecs.engine import simulate
from hvecs.engine.own_systems import load_systems
from hvecs.spec import Scenario
from hvecs.spec.workload import OpenWorkload

_CHANCE: Final = 4.0
"""Standard errors up to which a difference between the load drawn and the load meant is one of chance."""
_SAMPLES: Final = 20
_MINUTE_NS: Final = 60 * 10**9
_SETTLED_NS: Final = 2 * _MINUTE_NS
"""After which guests with Dynamic Memory usually have what they want: from their startup memory it is given to them in steps."""


@dataclass(frozen=True)
class Length:
    """How long each evaluation simulates: `seeds` runs of `run_ns` each, of which `warm_up_ns` is left out."""

    run_ns: int
    warm_up_ns: int
    seeds: int

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that make a run as long; nothing is traced."""
        sample = max(1, (self.run_ns - self.warm_up_ns) // _SAMPLES)
        return (
            f'scenario.duration="{self.run_ns} ns"',
            f'scenario.warm_up="{self.warm_up_ns} ns"',
            f'scenario.sample="{max(sample, 1000)} ns"',
            "scenario.trace=[]",
        )

    @property
    def seconds(self) -> float:
        """The simulated seconds that count."""
        return self.seeds * (self.run_ns - self.warm_up_ns) / 1e9


def left_out(scenario: Scenario) -> int:
    """Give what is left out of runs beside a capture (ns): its guests had started before, and had their memory.

    That is the warm-up of the scenario; where guests with Dynamic Memory have a demand, time enough to give it to them.
    """
    balanced = any(
        guest.block.dynamic_memory is not None and guest.block.memory_demand is not None
        for guest in scenario.guests()
    )
    return max(scenario.scenario.warm_up, _SETTLED_NS if balanced else 0)


def length_for(measured_s: float, warm_up_ns: int, longest_ns: int = _MINUTE_NS) -> Length:
    """Choose runs as long as what was measured, up to `longest_ns` and the warm-up before it, and as many seeds, up to five, as make that together."""
    counted = max(10**6, min(round(measured_s * 1e9), longest_ns))
    return Length(counted + warm_up_ns, warm_up_ns, min(5, -(-longest_ns // counted)))


def length_as(measured_s: float, warm_up_ns: int) -> Length:
    """Choose one run as long as what was measured: what happens at its times then happens in both."""
    return Length(max(10**6, round(measured_s * 1e9)) + warm_up_ns, warm_up_ns, 1)


class _Kept:
    """A sink that keeps the columns of figures."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Columns]] = {}

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        if table in TABLES or table == HELD:
            kept = {name: columns[name] for name in columns_of(table) if name in columns}
            self.parts.setdefault(table, []).append({name: _plain(each) for name, each in kept.items()})

    def tables(self) -> dict[str, Columns]:
        return {
            table: {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            for table, parts in self.parts.items()
        }


def _plain(column: Any) -> Any:
    values = np.ma.asarray(column)
    if values.dtype.kind in "OU":
        return np.array(values, object)
    return np.ma.filled(values.astype(np.float64), np.nan)


@dataclass
class Simulation:
    """Simulates scenarios of one host; counts how often.

    `on_run` is told, of each run, how many there were.
    """

    length: Length
    on_run: Callable[[int], None] | None = None
    runs: int = field(default=0, init=False)

    def figures(self, scenario: Scenario) -> dict[str, dict[str, Figure]]:
        """Simulate with seeds from that of the scenario on, and give the figures of all together."""
        seeds = range(self.length.seeds)
        found = [self._once(_with_seed(scenario, scenario.scenario.seed + seed)) for seed in seeds]
        tables = {name: _one_after_another([each[name] for each in found]) for name in found[0]}
        return _corrected(figures_of(tables), scenario, self.length)

    def _once(self, scenario: Scenario) -> dict[str, Columns]:
        sink = _Kept()
        simulate(scenario, sink, systems=load_systems(scenario))
        self.runs += 1
        if self.on_run is not None:
            self.on_run(self.runs)
        tables = of_guests_on(sink.tables())
        return {name: _after(each, self.length.warm_up_ns) for name, each in tables.items()}


def _with_seed(scenario: Scenario, seed: int) -> Scenario:
    return scenario.model_copy(update={"scenario": scenario.scenario.model_copy(update={"seed": seed})})


def _after(columns: Columns, warm_up_ns: int) -> Columns:
    kept = columns["time_ns"] - columns["interval_ns"] >= warm_up_ns
    return {name: each[kept] for name, each in columns.items()}


def _one_after_another(parts: Sequence[Columns]) -> Columns:
    """Join the rows of several runs, so that no two have a time in common."""
    before, shifted = 0.0, []
    for part in parts:
        shifted.append({**part, "time_ns": part["time_ns"] + before})
        before = float(shifted[-1]["time_ns"].max(initial=before))
    return {name: np.concatenate([part[name] for part in shifted]) for name in parts[0]}


def _corrected(
    figures: dict[str, dict[str, Figure]], scenario: Scenario, length: Length
) -> dict[str, dict[str, Figure]]:
    """Correct the figures of open guests for arrivals and work that were drawn by chance above or below their means.

    Only where the difference is no larger than chance makes it: a guest that does not keep up, or starts late, has another reason.
    """
    for guest in scenario.guests():
        found, workload = figures.get(guest.name.lower(), {}), guest.block.workload
        if isinstance(workload, OpenWorkload) and {"arrivals", "progress", "guest_run"} <= found.keys():
            expected = arrivals_of(scenario, guest.name, workload, length.warm_up_ns, length.run_ns)
            rate = expected.at(1e9 / max(1.0, workload.interarrival.average_ns))
            factors = _factors(found, workload, guest.block.virtual_processors, rate)
            found |= {
                name: replace(found[name], value=found[name].value * factor)
                for name, factor in factors.items()
                if name in found
            }
    return figures


def _factors(found: Mapping[str, Figure], workload: OpenWorkload, vps: int, rate: float) -> dict[str, float]:
    """Give what the figures of a guest are multiplied by, whose requests are meant to arrive at `rate` (1/s).

    VPs fall idle with each request that finds one of `vps` free, so dispatches and halts follow the load twice: by its number of
    requests, and by how seldom all VPs are busy, here taken as independent.
    """
    arrivals = found["arrivals"]
    events = rate * arrivals.seconds
    by_count = by_work = _factor(rate, arrivals.value, events)
    if workload.measured == "native":
        work = rate * workload.service.average_ns / 1e9
        by_work = _factor(work, found["progress"].value, events / 2)
    busy = (found["guest_run"].value + found["hypervisor_run"].value) / vps
    by_room = (1 - min(0.99, busy * by_work) ** vps) / (1 - min(0.99, busy) ** vps)
    factors = {"arrivals": by_count, "completions": by_count, "guest_run": by_work}
    for name in ("dispatches", "halts"):  # those that come of arrivals: at most one each
        if name in found and found[name].value > 0:
            share = min(1.0, arrivals.value / found[name].value)
            factors[name] = 1 + (by_count * by_room - 1) * share
    return factors


def _factor(meant: float, drawn: float, events: float) -> float:
    """Give what a figure is multiplied by so that the load is the one meant; 1 if chance alone does not explain the difference."""
    if drawn <= 0 or events <= 0 or abs(drawn / meant - 1) > _CHANCE / sqrt(events):
        return 1.0
    return meant / drawn
