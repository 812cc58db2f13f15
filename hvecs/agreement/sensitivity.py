"""Sensitivity: which costs move elapsed time, response time and CPU wait on three typical hosts, by Morris' screening (SALib).

Every cost is in one group; all of a group move together, from half to twice their defaults, or over the range that is stated for them. The effect
of a group is the mean size of the change of an outcome's logarithm, as its costs go through their range while those of others are anywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import exp, log, nan
from pathlib import Path
from typing import Any, Final

import numpy as np

from hvecs.engine import simulate
from hvecs.spec import load
from hvecs.spec.costs import COSTS, Costs
from hvecs.spec.sweep import SweepOutcome
from hvecs.spec.table import kind_of
from hvecs.sweeps.reduction import Reduction

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "dispatch": ("dispatch",),
    "context switch": ("context_switch",),
    "wake-up of an LP": ("lp_wake_up",),
    "wake-up of the root": ("root_wake_up",),
    "cache refill": ("cache_refill",),
    "interference": ("interference",),
    "nested paging": ("nested_paging",),
    "remote memory": ("remote_memory",),
    "idling": ("hlt", "root_hlt", "mwait"),
    "light intercepts": (
        "page_invalidation",
        "control_register_access",
        "io_instruction",
        "cpuid",
        "msr_access",
        "debug_register_access",
        "page_fault",
    ),
    "heavy intercepts": ("other_intercept", "emulated_instruction"),
    "interrupts": (
        "external_interrupt",
        "pending_interrupt",
        "retarget_interrupt",
        "post_message",
        "signal_event",
        "ipi_answer",
    ),
    "hypercalls": (
        "long_spin_wait",
        "address_space_switch",
        "local_flush",
        "remote_flush",
        "flush_target",
        "cluster_ipi",
        "heat_hint",
        "vtl_call",
        "vtl_return",
        "rep_element",
    ),
    "memory of guests": (
        "paging_io",
        "small_pages",
        "nested_page_fault",
        "deposit_memory",
        "withdraw_memory",
        "map_gpa",
        "unmap_gpa",
        "page_zeroing",
    ),
}
"""What moves together; each cost is in one group."""
RANGES: Final = {"nested_paging": (5.0, 50.0), "interference": (50.0, 200.0), "cache_refill": (180e3, 700e3)}
"""Ranges that `hvecs show costs` states; of all other costs, half to twice the default."""
HOSTS: Final = ("light", "consolidated", "crowded")
OUTCOMES: Final = {
    "elapsed time": SweepOutcome.model_validate({"name": "elapsed", "table": "job", "column": "elapsed_ns"}),
    "response time": SweepOutcome.model_validate(
        {"name": "response", "table": "request", "column": "response_mean_ns"}
    ),
    "CPU wait": SweepOutcome.model_validate(
        {"name": "wait", "table": "virtual_processor", "column": "wait_per_dispatch_ns"}
    ),
}
TRAJECTORIES: Final = 6
_LEVELS: Final = 4
_SEED: Final = 1


@dataclass(frozen=True)
class Effect:
    """How far a group moves an outcome of a host, in %, and the half-width of the 95 % interval of that over trajectories."""

    host: str
    outcome: str
    group: str
    change_pct: float
    error_pct: float


def effects(
    host: str, trajectories: int = TRAJECTORIES, on_run: Callable[[int, int], None] | None = None
) -> list[Effect]:
    """Compute the effects of all groups on all outcomes of a host; `on_run` is told how many of how many runs are made."""
    from SALib.analyze import morris as analysis  # noqa: PLC0415 - an extra
    from SALib.sample import morris as design  # noqa: PLC0415

    problem = _problem()
    points = design.sample(problem, trajectories, num_levels=_LEVELS, seed=_SEED)
    found = np.empty((len(points), len(OUTCOMES)))
    for number, point in enumerate(points):
        found[number] = outcomes(host, settings_at(point))
        if on_run is not None:
            on_run(number + 1, len(points))
    answer = []
    for column, outcome in enumerate(OUTCOMES):
        result = analysis.analyze(problem, points, np.log(found[:, column]), num_levels=_LEVELS, seed=_SEED)
        for group, mean, half in zip(result["names"], result["mu_star"], result["mu_star_conf"], strict=True):
            answer.append(Effect(host, outcome, str(group), _pct(mean), _pct(half)))
    return answer


def _problem() -> dict[str, Any]:
    names = [cost for group in GROUPS.values() for cost in group]
    owners = [group for group, costs in GROUPS.items() for _ in costs]
    return {"num_vars": len(names), "names": names, "groups": owners, "bounds": [[0.0, 1.0]] * len(names)}


def settings_at(point: Sequence[float]) -> list[str]:
    """Give the settings of a point of the unit cube: each cost at that share of the logarithm of its range."""
    names = [cost for group in GROUPS.values() for cost in group]
    return [f"host.costs.{name}={_text(name, share)}" for name, share in zip(names, point, strict=True)]


def _text(name: str, share: float) -> str:
    kind = kind_of(Costs.model_fields[name])
    assert kind is not None  # noqa: S101 - every cost is a quantity
    default = float(kind.read(next(cost.default for cost in COSTS if cost.name == name)))
    low, high = RANGES.get(name, (default / 2, default * 2))
    value = exp(log(low) + share * log(high / low))
    return str(kind.write(round(value) if kind.unit == "ns" else round(value, 6)))


def outcomes(host: str, settings: Sequence[str] = ()) -> list[float]:
    """Simulate a typical host with settings laid over it; give its outcomes."""
    scenario = load(Path(str(files("hvecs"))) / "cases" / "typical" / f"{host}.toml", list(settings))
    reductions = [Reduction(each, scenario.scenario.warm_up) for each in OUTCOMES.values()]

    class Sink:
        def write(self, table: str, columns: Mapping[str, Any]) -> None:
            for outcome, reduction in zip(OUTCOMES.values(), reductions, strict=True):
                if outcome.table == table:
                    reduction.add(columns)

    outcome = simulate(scenario, Sink())
    values = [reduction.value(outcome) for reduction in reductions]
    return [nan if value is None else value for value in values]


def _pct(change: float) -> float:
    return 100 * (exp(float(change)) - 1)
