"""What a sweep would take: time and bytes, from a few short simulations in memory or from a stated rate."""

from dataclasses import dataclass
from time import perf_counter
from typing import Final

from hvecs.engine import simulate
from hvecs.engine.own_systems import load_systems
from hvecs.output.timestamps import Stamped
from hvecs.spec import Scenario
from hvecs.sweep.batch import BatchWriter
from hvecs.sweep.columns import with_run
from hvecs.sweep.memory import MemoryStore
from hvecs.sweep.plan import Plan

_ENOUGH_S: Final = 0.2
_FIRST_NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Estimated:
    """What the runs of a plan would take in one process (s), and on the disk (bytes; None if not measured).

    Both are upper bounds where closed workloads finish before the scenario's duration is over.
    """

    cpu_s: float
    size_bytes: int | None
    simulated_per_s: float
    measured: bool


def stated(plan: Plan, simulated_per_s: float) -> Estimated:
    """Estimate from a rate: seconds of simulated time in a second of one process."""
    simulated_s = _simulated_s(plan)
    return Estimated(simulated_s / simulated_per_s, None, simulated_per_s, measured=False)


def measured(plan: Plan) -> Estimated:
    """Estimate from short simulations of the first, a middle and the last point; nothing is written."""
    empty = _Measurement(plan, None)
    chosen = sorted({0, len(plan.points) // 2, len(plan.points) - 1})
    scenarios = [plan.scenario(point) for point in chosen]
    _Measurement(plan, _cut(scenarios[0], 1_000_000))  # the first loads or compiles the kernels
    found = [_of_run(plan, scenario, empty.size_bytes) for scenario in scenarios]
    cpu_s = sum(each[0] for each in found) / len(found) * len(plan.runs)
    size = sum(each[1] for each in found) / len(found) * len(plan.runs) + empty.size_bytes * len(plan.batches)
    return Estimated(cpu_s, round(size), _simulated_s(plan) / cpu_s, measured=True)


def _simulated_s(plan: Plan) -> float:
    by_point = [plan.scenario(point).scenario.duration / 1e9 for point in range(len(plan.points))]
    return sum(by_point[run.point] for run in plan.runs)


def _of_run(plan: Plan, scenario: Scenario, fixed_bytes: int) -> tuple[float, float]:
    """Give wall time (s) and bytes of one run, from ever longer parts of it."""
    whole_ns = scenario.scenario.duration
    part_ns = min(_FIRST_NS, whole_ns)
    while True:
        found = _Measurement(plan, _cut(scenario, part_ns))
        if found.wall_s >= _ENOUGH_S or part_ns == whole_ns:
            times = whole_ns / part_ns
            return found.wall_s * times, (found.size_bytes - fixed_bytes) * times
        part_ns = min(10 * part_ns, whole_ns)


def _cut(scenario: Scenario, duration_ns: int) -> Scenario:
    """Give the scenario with another duration, and no warm-up beyond it."""
    update = {"duration": duration_ns, "warm_up": 0}
    return scenario.model_copy(update={"scenario": scenario.scenario.model_copy(update=update)})


class _Measurement:
    """Wall time and bytes of one simulation; without a scenario, of a batch without runs."""

    def __init__(self, plan: Plan, scenario: Scenario | None) -> None:
        store = MemoryStore()
        writer = BatchWriter(store, "b", [with_run(table) for table in plan.declared()], plan.runs_table)
        begin = perf_counter()
        if scenario is not None:
            writer.begin_run("r", {})
            simulate(scenario, Stamped(writer, scenario.scenario.start_time), systems=load_systems(scenario))
        writer.close()
        self.wall_s = perf_counter() - begin
        self.size_bytes = sum(file.size for file in store.files)
