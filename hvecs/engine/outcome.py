"""Outcomes: what a run amounts to, its warm-up left out. `measurement` works them out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from hvecs.engine.intervals import Interval
from hvecs.engine.tier_outcome import TierOutcome
from hvecs.output.outcomes import tier_prefix


@dataclass(frozen=True)
class LpOutcome:
    """Where an LP's time went after the warm-up."""

    lp: int
    guest_run_ns: int
    hypervisor_run_ns: int
    idle_ns: int
    context_switches: int
    host: str = ""
    """Its host, where there are several."""


@dataclass(frozen=True)
class PartitionOutcome:
    """Where the time of a partition's VPs went after the warm-up, summed, and what its workload achieved.

    `elapsed_ns`, `finished_ns` and `work_ns` count from the partition's start, warm-up included; they are None unless
    its workload is closed. The request figures are None unless it is open; response times are of requests completed
    after the warm-up, NaN if there were none. `intervals` are those of the outcomes that it names, at 95 %, by batch means.
    """

    name: str
    kind: str
    started: bool
    vps: int
    guest_run_ns: int
    hypervisor_run_ns: int
    ready_ns: int
    idle_ns: int
    capped_ns: int
    suspended_ns: int
    intercepted_ns: int
    dispatches: int
    migrations: int
    wait_ns: int
    spin_ns: int
    answer_wait_ns: int
    progress_ns: int
    lost_smt_ns: int
    lost_memory_contention_ns: int
    lost_nested_paging_ns: int
    lost_cache_refill_ns: int
    lost_remote_memory_ns: int
    lost_small_pages_ns: int
    long_spin_waits: int
    intercepts: int
    hypercalls: int
    ticks_skipped: int
    remote_run_ns: int
    elapsed_ns: int | None = None
    finished_ns: int | None = None
    work_ns: int | None = None
    arrivals: int | None = None
    completions: int | None = None
    failed: int | None = None
    dropped: int | None = None
    in_system: int | None = None
    response_mean_ns: float | None = None
    response_p50_ns: float | None = None
    response_p95_ns: float | None = None
    response_p99_ns: float | None = None
    io_completed: int | None = None
    io_latency_mean_ns: float | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    host: str = ""
    """The host that it is on at the end, where there are several."""

    @property
    def workload(self) -> Literal["closed", "open", "idle"]:
        """What the partition does; the root's own load is an open one."""
        if self.work_ns is not None:
            return "closed"
        return "idle" if self.arrivals is None else "open"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    `not_started` are the guests whose memory, commit, CPU reserve or host was not to be had, `not_restarted` those that are off as their host failed
    and no other could take them, `without_memory` the guests of both that lacked memory or commit; `responses` has the histogram of the measured
    response times of each open workload, by partition.
    """

    simulated_ns: int
    measured_ns: int
    warnings: tuple[str, ...]
    not_started: tuple[str, ...]
    not_restarted: tuple[str, ...]
    without_memory: tuple[str, ...]
    partitions: tuple[PartitionOutcome, ...]
    lps: tuple[LpOutcome, ...]
    responses: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    dispatches: int = 0
    """Of all VPs, from the start of the run."""
    tiers: tuple[TierOutcome, ...] = ()
    tier_responses: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The histogram of the measured response times of each tier."""

    def without_steady_state(self, names: Collection[str]) -> "Outcome":
        """Leave out the intervals of the response times of partitions, and tiers, whose queue grows: they have no steady state to estimate."""
        if not names:
            return self
        return replace(
            self,
            partitions=tuple(_unsteady(each, names, each.name) for each in self.partitions),
            tiers=tuple(_unsteady(each, names, tier_prefix(each.name)) for each in self.tiers),
        )


_Measured = TypeVar("_Measured", PartitionOutcome, TierOutcome)


def _unsteady(found: _Measured, names: Collection[str], name: str) -> _Measured:
    if name not in names:
        return found
    kept = {name: ends for name, ends in found.intervals.items() if not name.startswith("response_")}
    return replace(found, intervals=kept)
