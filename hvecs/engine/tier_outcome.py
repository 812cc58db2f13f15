"""Outcomes of tiers: what became of their requests, the warm-up left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from hvecs.engine.intervals import Interval
from hvecs.engine.world import World
from hvecs.output.tier_schema import PARTS
from systems.kernels.histogram import percentile

_COUNTS: Final = ("arrivals", "completions", "failed", "rejected", "retried", "timed_out")


@dataclass(frozen=True)
class TierOutcome:
    """What became of the requests of a tier after the warm-up; response times, and their parts, are means of those completed (ns), NaN without any."""

    name: str
    arrivals: int
    completions: int
    failed: int
    rejected: int
    retried: int
    timed_out: int
    in_system: int
    response_mean_ns: float
    response_p50_ns: float
    response_p95_ns: float
    response_p99_ns: float
    balancer_mean_ns: float
    retry_mean_ns: float
    queue_mean_ns: float
    ready_mean_ns: float
    native_mean_ns: float
    hypervisor_mean_ns: float
    lost_mean_ns: float
    io_mean_ns: float
    calls_mean_ns: float
    intervals: Mapping[str, Interval] = field(default_factory=dict)


def tier_outcome(
    world: World, row: int, added: Mapping[str, int], intervals: Mapping[str, Interval]
) -> TierOutcome:
    """Return the outcome of tier `row`, of whose counters `added` is what each gained."""
    completions = added["completions"]
    histogram = world.samples.tables.tier_responses[row]
    found: dict[str, Any] = {name: added[name] for name in _COUNTS}
    found |= {f"response_p{p}_ns": float(percentile(histogram, completions, p / 100)) for p in (50, 95, 99)}
    found |= {f"{part.removesuffix('_ns')}_mean_ns": _mean(added[part], completions) for part in PARTS}
    return TierOutcome(
        name=world.tier_names[row],
        in_system=int(world.tables.tiers[row].in_system),
        response_mean_ns=_mean(added["response_ns"], completions),
        intervals=intervals,
        **found,
    )


def _mean(total: int, count: int) -> float:
    return total / count if count else np.nan
