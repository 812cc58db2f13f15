"""Batches of a run: what it had counted at times that divide its measured part, and the intervals of its outcomes that follow."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

import components
from hvecs.engine.intervals import NONE, Interval, around, half_width, half_widths, of_elapsed
from hvecs.engine.long_sums import LongSums
from hvecs.engine.world import World
from systems.kernels.histogram import BUCKETS, bucket_of, percentile

_MOST: Final = 32
"""Batches are joined two by two once there are so many, so that their number stays between 16 and 32."""
_GROUP: Final = 8
"""Buckets of the histogram of response times that a batch keeps as one: times within 6 % of each other."""

Array = Any


@dataclass(frozen=True)
class _Counts:
    """What had been counted at `time_ns`: waits and dispatches by partition, the rest by workload, open ones before tiers."""

    time_ns: int
    wait_ns: Array
    dispatches: Array
    response_ns: Array
    completions: Array
    responses: Array
    done_ns: Array


class Batches:
    """Notes counts as the measured part of a run goes on, and the sums of times of requests and tiers.

    A run of n notes keeps 16 to 32 of them, at equal distances; what follows the last of these is in no batch.
    """

    def __init__(self, world: World) -> None:
        """Begin the first batch now."""
        self._world = world
        w, samples = world.tables, world.samples.tables
        self._clock = world.clock
        self._first_vp = w.layouts.first_vp
        self._waits = w.vp_times.wait_ns, w.vp_times.dispatches
        self._completions = [each.completions for each in (w.request_times, w.tier_times)]
        self.of_requests = LongSums(w.request_times, components.RequestTimes)
        self.of_tiers = LongSums(w.tier_times, components.TierTimes)
        # the times of a response since the last sample, and until then
        self._responses = [(samples.responses, w.responses), (samples.tier_responses, w.tier_responses)]
        self._done_ns = w.closed.done_ns
        self._notes = [self._counts()]
        self._stride = 1
        self._calls = 0

    def note(self) -> None:
        """End a batch now, if it is as long as the others."""
        self.of_requests.note()
        self.of_tiers.note()
        self._calls += 1
        if self._calls % self._stride:
            return
        self._notes.append(self._counts())
        if len(self._notes) > _MOST:
            self._notes = self._notes[::2]
            self._stride *= 2

    def _counts(self) -> _Counts:
        """Return what has been counted so far. It is called at samples: where columns lie was looked up before."""
        wait_ns, dispatches = self._waits
        return _Counts(
            self._clock.now_ns,
            np.add.reduceat(wait_ns, self._first_vp),
            np.add.reduceat(dispatches, self._first_vp),
            np.concatenate([sums.so_far("response_ns") for sums in (self.of_requests, self.of_tiers)]),
            np.concatenate(self._completions),
            np.concatenate([_in_groups(taken + since) for taken, since in self._responses]),
            self._done_ns.copy(),
        )

    def wait_widths(self) -> Array:
        """Return half the width of the interval of the wait of a dispatch, for every partition; NaN where the batches do not give any."""
        return half_widths(self._all_added("wait_ns"), self._all_added("dispatches"))

    def of_wait(self, figures: Mapping[str, Any], half: float) -> dict[str, Interval]:
        """Give the interval of the wait of a dispatch, of half that width, of a partition with these outcomes."""
        if not figures["dispatches"]:
            return {}
        return {"wait_per_dispatch_ns": around(figures["wait_ns"] / figures["dispatches"], half)}

    def of_tier(self, row: int, added: Mapping[str, int], histogram: Array) -> dict[str, Interval]:
        """Give the intervals of the response times of a tier, of whose counters `added` is what each gained."""
        if not added["completions"]:
            return {}
        row += len(self._world.tables.open)
        return self.of_responses(row, added["response_ns"] / added["completions"], histogram)

    def of_responses(self, row: int, mean_ns: float, histogram: Array) -> dict[str, Interval]:
        """Give the intervals of the response times of an open workload, of which some requests were completed.

        `histogram` holds those of the measured part of the run. Workloads are counted as in the notes: open ones before tiers.
        """
        completions = self._added("completions", row)
        half = half_width(self._added("response_ns", row), completions)
        counts = np.diff([note.responses[row] for note in self._notes], axis=0)
        total = int(histogram.sum())
        return {"response_mean_ns": around(mean_ns, half)} | {
            f"response_p{p}_ns": _percentile(counts, completions, histogram, total, p / 100)
            for p in (50, 95, 99)
        }

    def of_elapsed(self, row: int, elapsed_ns: int) -> Interval:
        """Give the interval of the time that a closed workload took, by the batches in which the work was under way from beginning to end."""
        closed = self._world.tables.closed[row]
        times = np.array([note.time_ns for note in self._notes])
        inside = (times >= closed.started_ns) & (times <= closed.finished_ns)
        done = np.array([note.done_ns[row] for note in self._notes])[inside]
        return of_elapsed(elapsed_ns, np.diff(done), np.diff(times[inside]))

    def _added(self, name: str, row: int) -> Array:
        return np.diff([getattr(note, name)[row] for note in self._notes])

    def _all_added(self, name: str) -> Array:
        """Return what each batch added: a row an entity, a column a batch."""
        return np.diff(np.stack([getattr(note, name) for note in self._notes], axis=1), axis=1)


def _in_groups(histograms: Array) -> Array:
    """Join the buckets of histograms, a row each, to those that a batch keeps."""
    return np.einsum("ijk->ij", histograms.reshape(len(histograms), BUCKETS // _GROUP, _GROUP))


def _percentile(counts: Array, completions: Array, histogram: Array, total: int, p: float) -> Interval:
    """Give the interval of a percentile: the times that the shares p - h and p + h of requests do not exceed.

    h is half the interval of the share of requests that do not exceed the percentile itself. Where p - h is 0 the low end is 0, and
    where p + h is 1 there is no high end: infinity. `counts` has the requests of each batch by groups of buckets.
    """
    at = percentile(histogram, total, p)
    half = half_width(_not_above(counts, histogram, at), completions)
    if math.isnan(half):
        return NONE
    low = float(percentile(histogram, total, p - half)) if p > half else 0.0
    return low, float(percentile(histogram, total, p + half)) if p + half < 1 else math.inf


def _not_above(counts: Array, histogram: Array, time_ns: float) -> Array:
    """Count the requests of each batch that took no longer; those of one group of buckets are split as in the whole run."""
    bucket = int(bucket_of(int(time_ns)))
    group = bucket // _GROUP
    inside = histogram[group * _GROUP : (group + 1) * _GROUP]
    share = inside[: bucket - group * _GROUP + 1].sum() / max(1, inside.sum())
    return counts[:, :group].sum(axis=1) + share * counts[:, group]
