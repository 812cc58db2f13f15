"""Measurement: the outcome of a run, out of what the counters of all entities gained since the end of its warm-up."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np

import components
from components.charges import EVERY_CHARGE
from components.migration import ARRIVED, NO_MEMORY
from hvecs.engine.batches import Batches
from hvecs.engine.left_off import left_off
from hvecs.engine.long_sums import LongSums
from hvecs.engine.outcome import LpOutcome, Outcome, PartitionOutcome
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.starts import lacks_memory
from hvecs.engine.tier_outcome import TierOutcome, tier_outcome
from hvecs.engine.world import World
from hvecs.output.outcomes import GONE
from systems.guest.attribution import book_all
from systems.kernels.histogram import percentile
from systems.state.accounting import settle
from systems.state.samples import CUMULATIVE, SAMPLED_COMPONENTS, as_matrix
from systems.state.tables import Tables

Array = Any
Counts = dict[str, int]
"""What counters gained, by their names."""

_OF_PARTITION: Final = frozenset(each.name for each in fields(PartitionOutcome))
_TIMES: Final = tuple(name for name in components.VpTimes.fields if name in _OF_PARTITION)
_TRAPS: Final = ("long_spin_waits", "ticks_skipped")
_KINDS: Final = {
    kind: tuple(charge.column for charge in EVERY_CHARGE if charge.kind == kind)
    for kind in ("intercept", "hypercall")
}
_OF_LP: Final = tuple(each.name for each in fields(LpOutcome) if each.name in components.LpTimes.fields)


class Measurement:
    """Takes the difference between the end of the warm-up and the end of the run."""

    def __init__(self, world: World) -> None:
        """Begin to measure now."""
        w = world.tables
        settle(w, w.clock[0].now_ns)
        book_all(w, w.clock[0].now_ns)
        self.since_ns = int(w.clock[0].now_ns)
        self._before = {name: _matrix(w, name).copy() for name in CUMULATIVE}
        # what was completed since the last sample, but before now, will come with the next sample
        world.samples.responses[:] = -w.responses
        world.samples.tables.tier_responses[:] = -w.tier_responses
        self.batches = Batches(world)

    def take(self, world: World, plans: tuple[PartitionPlan, ...], warnings: tuple[str, ...]) -> Outcome:
        """Return what has happened since, at the end of the run (which ends with a sample)."""
        w = world.tables
        now = int(w.clock[0].now_ns)
        gained = {name: _matrix(w, name) - before for name, before in self._before.items()}
        denied, left = w.lifetimes.denied.tolist(), left_off(world)
        return Outcome(
            simulated_ns=now,
            measured_ns=now - self.since_ns,
            warnings=warnings,
            not_started=tuple(plan.name for plan, why in zip(plans, denied, strict=True) if why),
            not_restarted=tuple(plans[row].name for row, lack in left.items() if lack != ARRIVED),
            without_memory=tuple(
                plan.name
                for row, (plan, why) in enumerate(zip(plans, denied, strict=True))
                if left.get(row) == NO_MEMORY or (why and lacks_memory(world, row))
            ),
            partitions=tuple(self._partitions(world, plans, gained)),
            lps=tuple(_lps(world, gained["lp_times"])),
            dispatches=int(w.vp_times.dispatches.sum()),
            tier_responses=dict(zip(world.tier_names, world.samples.tables.tier_responses, strict=True)),
            tiers=tuple(self._tiers(world, gained["tier_times"])),
            responses={
                plans[owner].name: world.samples.responses[row] for row, owner in enumerate(w.open.owner)
            },
        )

    def _tiers(self, world: World, gained: Array) -> Iterator[TierOutcome]:
        histograms = world.samples.tables.tier_responses
        every = _by_name("tier_times", gained, tuple(components.TierTimes.fields))
        for row, added in enumerate(_with(every, self.batches.of_tiers)):
            yield tier_outcome(world, row, added, self.batches.of_tier(row, added, histograms[row]))

    def _partitions(
        self, world: World, plans: tuple[PartitionPlan, ...], gained: Mapping[str, Array]
    ) -> Iterator[PartitionOutcome]:
        """Give the outcome of each partition. What all have is worked out for all at once: there may be thousands."""
        w = world.tables
        now = int(w.clock[0].now_ns)
        jobs = _jobs(w)
        requests = _requests(world, gained["request_times"], self.batches.of_requests)
        wait_widths = self.batches.wait_widths().tolist()
        lives = zip(w.lifetimes.denied.tolist(), w.lifetimes.start_ns.tolist(), strict=True)
        layouts = zip(*(w.layouts[name].tolist() for name in ("vps", "job", "requests", "host")), strict=True)
        counts = _of_vps(w, gained)
        for plan, (denied, start_ns), (vps, job, served, host), times, half in zip(
            plans, lives, layouts, counts, wait_widths, strict=True
        ):
            extra = (jobs[job] if job >= 0 else {}) | (requests[served] if served >= 0 else {})
            intervals = self.batches.of_wait(times, half)
            if served >= 0 and extra["completions"]:
                mean_ns = extra["response_mean_ns"]
                intervals |= self.batches.of_responses(served, mean_ns, world.samples.responses[served])
            if job >= 0 and extra["elapsed_ns"] is not None:
                intervals["elapsed_ns"] = self.batches.of_elapsed(job, extra["elapsed_ns"])
            yield PartitionOutcome(
                plan.name,
                plan.kind,
                not denied and min(plan.start_ns, start_ns) <= now,  # a tier may have started it
                vps,
                **times,
                **extra,
                intervals=intervals,
                host=_host_name(world, host),
            )


def _matrix(w: Tables, name: str) -> Array:
    """View a table of counters, all whole numbers, as a matrix: a row an entity, a column a counter."""
    return as_matrix(getattr(w, name), SAMPLED_COMPONENTS[name])


def _by_name(table: str, gained: Array, wanted: Sequence[str]) -> list[Counts]:
    """Return what some counters of a table gained, for each row of `gained`."""
    return [dict(zip(wanted, row, strict=True)) for row in gained[:, _columns_of(table, wanted)].tolist()]


def _columns_of(table: str, wanted: Collection[str]) -> list[int]:
    """Return the numbers of some columns of the matrix of a table."""
    names = SAMPLED_COMPONENTS[table].dtype.names or ()
    return [names.index(name) for name in wanted]


def _of_vps(w: Tables, gained: Mapping[str, Array]) -> Iterator[Counts]:
    """Give what the counters of the VPs of each partition gained, summed."""
    times, traps = (
        np.add.reduceat(gained[name], w.layouts.first_vp, axis=0) for name in ("vp_times", "vp_traps")
    )
    charged = {
        kind: traps[:, _columns_of("vp_traps", columns)].sum(axis=1) for kind, columns in _KINDS.items()
    }
    intercepts = (charged["intercept"] + charged["hypercall"]).tolist()
    for time, trap, intercept, hypercall in zip(
        _by_name("vp_times", times, _TIMES),
        _by_name("vp_traps", traps, _TRAPS),
        intercepts,
        charged["hypercall"].tolist(),
        strict=True,
    ):
        yield time | trap | {"intercepts": intercept, "hypercalls": hypercall}


def _lps(world: World, gained: Array) -> Iterator[LpOutcome]:
    first = world.tables.hosts.first_lp.tolist()
    hosts = world.tables.lp_topology.host.tolist()
    for lp, (host, times) in enumerate(zip(hosts, _by_name("lp_times", gained, _OF_LP), strict=True)):
        yield LpOutcome(lp=lp - first[host], host=_host_name(world, host), **times)


def _host_name(world: World, host: int) -> str:
    """Name a host where there are several."""
    return world.host_names[host] if len(world.host_names) > 1 else ""


def _jobs(w: Tables) -> list[dict[str, int | None]]:
    """Return the figures of each closed workload."""
    columns = (w.closed[name].tolist() for name in ("started_ns", "finished_ns", "done_ns"))
    return [
        {
            "elapsed_ns": finished - started if finished >= 0 else None,
            "finished_ns": finished if finished >= 0 else None,
            "work_ns": done,
        }
        for started, finished, done in zip(*columns, strict=True)
    ]


def _with(counts: list[Counts], sums: LongSums) -> list[Counts]:
    """Return the counts of each row with the times that are summed, however large."""
    return [added | times for added, times in zip(counts, sums.gained(), strict=True)]


def _requests(world: World, gained: Array, sums: LongSums) -> list[dict[str, Any]]:
    """Return the figures of each open workload."""
    totals = world.tables.request_times
    in_system = (totals.arrivals - sum(totals[name] for name in GONE)).tolist()
    every = _with(_by_name("request_times", gained, tuple(components.RequestTimes.fields)), sums)
    return [
        _of_requests(added, world.samples.responses[row], in_system[row]) for row, added in enumerate(every)
    ]


def _of_requests(added: Counts, histogram: Array, in_system: int) -> dict[str, Any]:
    completions, ios = added["completions"], added["io_completed"]
    return {
        "io_completed": ios,
        "io_latency_mean_ns": added["io_latency_ns"] / ios if ios else np.nan,
        **{name: added[name] for name in ("arrivals", *GONE)},
        "in_system": in_system,
        "response_mean_ns": added["response_ns"] / completions if completions else np.nan,
        **{f"response_p{p}_ns": float(percentile(histogram, completions, p / 100)) for p in (50, 95, 99)},
    }
