"""Outcomes: what a run amounts to, its warm-up left out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

import numpy as np

from components.charges import EVERY_CHARGE
from components.partition import UNRESERVED
from hvecs.engine.batches import Batches
from hvecs.engine.intervals import Interval
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.starts import lacks_host
from hvecs.engine.tier_outcome import TierOutcome, tier_outcome
from hvecs.engine.world import World
from hvecs.output.outcomes import GONE, tier_prefix
from systems.guest.attribution import book_all
from systems.kernels.histogram import percentile
from systems.state.accounting import settle
from systems.state.samples import CUMULATIVE, SAMPLED_COMPONENTS, as_matrix
from systems.state.tables import Tables


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

    `not_started` are the guests whose memory, commit, CPU reserve or host was not to be had, `without_memory` those of them that lacked memory or
    commit; `responses` has the histogram of the measured response times of each open workload, by partition.
    """

    simulated_ns: int
    measured_ns: int
    warnings: tuple[str, ...]
    not_started: tuple[str, ...]
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


class Measurement:
    """Takes the difference between the end of the warm-up and the end of the run."""

    def __init__(self, world: World) -> None:
        """Begin to measure now."""
        w = world.tables
        settle(w, w.clock[0].now_ns)
        book_all(w, w.clock[0].now_ns)
        self.since_ns = int(w.clock[0].now_ns)
        self._before = {name: _matrix(w, name).copy() for name in CUMULATIVE}
        self._gained: dict[str, Any] = {}
        # what was completed since the last sample, but before now, will come with the next sample
        world.samples.responses[:] = -w.responses
        world.samples.tables.tier_responses[:] = -w.tier_responses
        self.batches = Batches(world)

    def take(self, world: World, plans: tuple[PartitionPlan, ...], warnings: tuple[str, ...]) -> Outcome:
        """Return what has happened since, at the end of the run (which ends with a sample)."""
        w = world.tables
        now = int(w.clock[0].now_ns)
        self._gained = {name: _matrix(w, name) - before for name, before in self._before.items()}
        return Outcome(
            simulated_ns=now,
            measured_ns=now - self.since_ns,
            warnings=warnings,
            not_started=tuple(plan.name for plan, of in zip(plans, w.lifetimes, strict=True) if of.denied),
            without_memory=tuple(
                plan.name
                for plan, of, memory in zip(plans, w.lifetimes, world.memory.partitions, strict=True)
                if of.denied not in (0, UNRESERVED) and not lacks_host(of, memory)
            ),
            partitions=tuple(self._partition(world, row, plan) for row, plan in enumerate(plans)),
            lps=tuple(self._lp(world, lp) for lp in range(len(w.lps))),
            dispatches=int(w.vp_times.dispatches.sum()),
            tier_responses=dict(zip(world.tier_names, world.samples.tables.tier_responses, strict=True)),
            tiers=tuple(self._tier(world, row) for row in range(len(w.tiers))),
            responses={
                plans[owner].name: world.samples.responses[row] for row, owner in enumerate(w.open.owner)
            },
        )

    def _added(self, world: World, name: str, rows: slice) -> dict[str, int]:
        """Return what each counter of table `name` gained, summed over `rows`."""
        gained = self._gained[name][rows].sum(axis=0).tolist()
        names = getattr(world.tables, name).dtype.names
        return dict(
            zip(names, gained[: len(names)], strict=True)
        )  # what fills the last cache line has no name

    def _lp(self, world: World, lp: int) -> LpOutcome:
        w = world.tables
        host = int(w.lp_topology[lp].host)
        times = _known(LpOutcome, self._added(world, "lp_times", slice(lp, lp + 1)))
        return LpOutcome(lp=lp - int(w.hosts[host].first_lp), host=_host_name(world, host), **times)

    def _tier(self, world: World, row: int) -> TierOutcome:
        added = self._added(world, "tier_times", slice(row, row + 1))
        histogram = world.samples.tables.tier_responses[row]
        return tier_outcome(world, row, added, self.batches.of_tier(row, added, histogram))

    def _partition(self, world: World, row: int, plan: PartitionPlan) -> PartitionOutcome:
        layout = world.tables.layouts[row]
        times = self._added(world, "vp_times", slice(layout.first_vp, layout.first_vp + layout.vps))
        times = _known(PartitionOutcome, times)
        traps = self._added(world, "vp_traps", slice(layout.first_vp, layout.first_vp + layout.vps))
        times |= {name: traps[name] for name in ("long_spin_waits", "ticks_skipped")}
        by_kind = {kind: _charged(traps, kind) for kind in ("intercept", "hypercall")}
        times["intercepts"] = sum(by_kind.values())
        times["hypercalls"] = by_kind["hypercall"]
        extra: dict[str, Any] = {}
        if layout.job >= 0:
            extra = _job(world.tables.closed[layout.job])
        if layout.requests >= 0:
            extra |= self._requests(world, int(layout.requests))
        denied = bool(world.tables.lifetimes[row].denied)
        first_ns = min(plan.start_ns, int(world.tables.lifetimes[row].start_ns))  # a tier may have started it
        started = not denied and first_ns <= int(world.tables.clock[0].now_ns)
        histogram = world.samples.responses[layout.requests] if layout.requests >= 0 else None
        intervals = self.batches.of_partition(row, times | extra, histogram)
        return PartitionOutcome(
            plan.name,
            plan.kind,
            started,
            int(layout.vps),
            **times,
            **extra,
            intervals=intervals,
            host=_host_name(world, int(layout.host)),
        )

    def _requests(self, world: World, row: int) -> dict[str, Any]:
        added = self._added(world, "request_times", slice(row, row + 1))
        total = world.tables.request_times[row]
        histogram = world.samples.responses[row]
        completions, ios = added["completions"], added["io_completed"]
        return {
            "io_completed": ios,
            "io_latency_mean_ns": added["io_latency_ns"] / ios if ios else np.nan,
            **{name: added[name] for name in ("arrivals", *GONE)},
            "in_system": int(total.arrivals - sum(total[name] for name in GONE)),
            "response_mean_ns": added["response_ns"] / completions if completions else np.nan,
            **{f"response_p{p}_ns": float(percentile(histogram, completions, p / 100)) for p in (50, 95, 99)},
        }


def _matrix(w: Tables, name: str) -> Any:
    """View a table of counters, all whole numbers, as a matrix: a row an entity, a column a counter."""
    return as_matrix(getattr(w, name), SAMPLED_COMPONENTS[name])


def _host_name(world: World, host: int) -> str:
    """Name a host where there are several."""
    return world.host_names[host] if len(world.host_names) > 1 else ""


def _unsteady(found: _Measured, names: Collection[str], name: str) -> _Measured:
    if name not in names:
        return found
    kept = {name: ends for name, ends in found.intervals.items() if not name.startswith("response_")}
    return replace(found, intervals=kept)


def _known(outcome: type[LpOutcome | PartitionOutcome], added: Mapping[str, int]) -> dict[str, int]:
    """Leave out of what counters gained those that are no part of the outcome."""
    names = {each.name for each in fields(outcome)}
    return {name: value for name, value in added.items() if name in names}


def _charged(traps: Mapping[str, int], kind: str) -> int:
    """Return how often the charges of a kind were counted."""
    return sum(traps[charge.column] for charge in EVERY_CHARGE if charge.kind == kind)


def _job(closed: Any) -> dict[str, int | None]:
    finished = int(closed.finished_ns)
    done = finished >= 0
    return {
        "elapsed_ns": finished - int(closed.started_ns) if done else None,
        "finished_ns": finished if done else None,
        "work_ns": int(closed.done_ns),
    }
