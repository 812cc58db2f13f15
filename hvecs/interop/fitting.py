"""Loads of a scenario scaled until its run times are those of a capture.

Times measured on a host contain what neighbours, SMT and caches cost, and the simulation adds that once more. So the scenario is run for
a short time, each load is scaled by measured over simulated guest run time, and again.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hvecs.engine import simulate
from hvecs.interop.fit import CaptureLoads
from hvecs.spec import Scenario

ROUNDS: Final = 8
CLOSE: Final = 0.01
"""Shares that differ by less than this part, or by a thousandth of an LP, are alike."""
_NEGLIGIBLE_S: Final = 0.001
_MOST_CHANGE: Final = 4.0


class _Nowhere:
    """Keeps no rows."""

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Drop the rows."""


def fitted(
    scenario_for: Callable[[Mapping[str, float]], Scenario], loads: CaptureLoads
) -> tuple[dict[str, float], float]:
    """Find the scales of all loads.

    Args:
        scenario_for: makes the scenario with given scales, as short as it is to be run.
        loads: what was measured.

    Returns:
        The scales, and the largest relative difference of a guest run time that they leave.
    """
    scales: dict[str, float] = {}
    best: tuple[dict[str, float], float] = ({}, float("inf"))
    for _ in range(ROUNDS):
        outcome = simulate(scenario_for(scales), _Nowhere())
        ratios = {}
        for partition in outcome.partitions:
            load = loads.of(partition.name)
            simulated = partition.guest_run_ns / outcome.measured_ns if outcome.measured_ns else 0.0
            if (
                load is not None
                and load.guest_s > 0
                and simulated > 0
                and abs(simulated - load.guest_s) > _NEGLIGIBLE_S
            ):
                ratios[partition.name.lower()] = load.guest_s / simulated
        worst = max((abs(1 / ratio - 1) for ratio in ratios.values()), default=0.0)
        if worst < best[1]:
            best = (dict(scales), worst)
        if worst <= CLOSE:
            break
        for name, ratio in ratios.items():
            scales[name] = scales.get(name, 1.0) * min(max(ratio, 1 / _MOST_CHANGE), _MOST_CHANGE)
    return best
