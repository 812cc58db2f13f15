"""Counter collection: at each sample, what the interval added to every counter."""

import numpy as np

from components import (
    Clock,
    GuestScheduler,
    GuestTimes,
    LpState,
    LpTimes,
    LpTopology,
    LpTraps,
    RequestTimes,
    ResponsePercentiles,
    SchedulingParameters,
    TrapState,
    VpControls,
    VpIdentity,
    VpState,
    VpTimes,
    VpTraps,
    VpWaits,
)
from systems.kernels.histogram import percentile
from systems.kernels.jit import njit
from systems.state.accounting import settle
from systems.state.samples import CUMULATIVE
from systems.state.tables import Table, Tables
from systems.system import System, is_finished


def is_due(w: Tables) -> bool:
    """Tell whether a sample ends now: at multiples of the sampling interval and at the end of the run."""
    clock = w.clock[0]
    now = clock.now_ns
    due = now % clock.sample_ns == 0 or now == clock.end_ns or is_finished(w)
    return bool(due and now > clock.sampled_ns)


@njit
def take_percentiles(responses: Table, percentiles: Table) -> None:
    """Fill `percentiles`, a row an open workload, from the histograms of its response times."""
    for row in range(len(responses)):
        total = responses[row].sum()
        percentiles[row].p50_ns = percentile(responses[row], total, 0.50)
        percentiles[row].p95_ns = percentile(responses[row], total, 0.95)
        percentiles[row].p99_ns = percentile(responses[row], total, 0.99)


class Counters(System):
    """Settles all accounts and takes the difference of every cumulative counter over the sampling interval.

    Leaves out averaging windows shorter than the interval: Windows does not state them (facts: GAP 11).
    """

    every = "sample"
    why_here = "after everything that counts, at the end of a sampling interval"
    reads = frozenset(
        {Clock, LpTopology, LpTraps, SchedulingParameters, VpControls, VpIdentity, VpTraps, VpWaits}
    )
    writes = frozenset(
        {LpTimes, VpTimes, GuestTimes, LpState, VpState, GuestScheduler, ResponsePercentiles, RequestTimes}
        | {TrapState}
    )

    def process(self, until: int) -> None:
        """Take a sample if one ends at `until`."""
        del until
        w = self.host.tables
        if not is_due(w):
            return
        settle(w, w.clock[0].now_ns)
        samples = self.host.samples
        for name in CUMULATIVE:
            present = getattr(w, name)
            _whole(samples.interval[name])[:] = _whole(present) - _whole(samples.previous[name])
            _whole(samples.previous[name])[:] = _whole(present)
        take_percentiles(w.responses, samples.percentiles)
        samples.responses += w.responses
        w.responses[:] = 0


def _whole(table: Table) -> Table:
    """View a table whose columns are all int64 as one matrix, a row an entity."""
    return table.view(np.int64).reshape(len(table), len(table.dtype))
