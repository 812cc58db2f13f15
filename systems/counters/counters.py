"""Counter collection: at each sample, what the interval added to every counter, and how everything else stands."""

import math

import numpy as np

from systems.guest.attribution import book_all
from systems.kernels.bits import count_bits
from systems.kernels.histogram import BUCKETS, value_of
from systems.kernels.jit import direct, njit, part
from systems.memory.frames import count_small_pages
from systems.state.accounting import settle
from systems.state.copies import charge_migrations
from systems.state.memory import Memory
from systems.state.samples import SampleTables
from systems.state.tables import OK, Table, Tables
from systems.system import System, components

_LINE = 8
"""Words of a cache line."""


class Counters(System):
    """Settles all accounts at the end of a sampling interval and puts a sample of the declared fields into the buffer.

    Of a counter that only grows a sample holds what the interval added. Leaves out averaging windows shorter than the interval:
    Windows does not state them.
    """

    every = "sample"
    why_here = "after everything that counts, at the end of a sampling interval"
    reads = components("""
        AdapterTimes AffinitySet ClusterState Costs DiskTimes GuestTraps HostState Lifetime LpTopology MemoryNode MemoryParameters MemoryState MigrationParameters
        PartitionLayout PartitionMemory RootActivity SchedulerState SchedulingParameters Tier TierTimes VirtualAdapter VirtualDisk VpControls
        VpIdentity
    """)
    writes = components("""
        AffinitySet Clock Company DynamicMemory GuestScheduler GuestTimes InterceptRecord LpState LpTimes LpTraps
        MemorySample Migration MigrationEnd MigrationTimes RequestSample RequestTimes SchedulerState TierSample TrapState VpSample VpState VpTimes VpTraps VpWaits
    """)

    def __init__(self) -> None:
        self._tables: Tables | None = None

    def process(self, until: int) -> None:
        """Take a sample if one ends at `until`."""
        del until
        samples = self.host.samples
        if samples.taken == samples.room:
            raise RuntimeError("the buffer of samples is full: no system after this one hands it on")
        if self._tables is not self.host.tables:  # the first, or those with a longer pool
            self._tables = self.host.tables
            self._take = direct(take_sample, self._tables, self.host.memory, samples.tables)
        self._take(self._tables, self.host.memory, samples.tables)


@njit
def take_sample(w: Tables, m: Memory, s: SampleTables) -> int:
    """Take a sample if one ends now: at multiples of the sampling interval and at the end of the run; there must be room for it."""
    clock = w.clock[0]
    now = clock.now_ns
    ends = now == clock.end_ns or (clock.has_jobs > 0 and clock.unfinished_jobs == 0)
    if now <= clock.sampled_ns or (now % clock.sample_ns != 0 and not ends):
        return OK
    settle(w, now)
    book_all(w, now)
    charge_migrations(w, now)
    at = s.taken[0]
    s.time_ns[at] = now
    s.interval_ns[at] = now - clock.sampled_ns
    for vp in range(len(w.vps)):
        state = w.trap_state[vp]
        s.vp_sample[vp].unpaid_ns = state.unpaid_ns + state.put_off_ns
        s.vp_sample[vp].interrupts_pending = count_bits(np.uint64(state.pending))
    for row in range(len(w.open)):
        _sample_requests(w, s, row)
    for tier in range(len(w.tiers)):
        completions = w.tier_times[tier].completions
        total = completions - s.tier_completed[tier]
        s.tier_completed[tier] = completions
        _sample_responses(s.tier_sample[tier], w.tier_responses[tier], s.tier_responses[tier], total)
    count_small_pages(m, s.small)
    for source in range(len(s.rows)):
        _keep_source(s, source, at + 1)
    for row in range(len(m.dynamic)):
        m.dynamic[row].pressure_sum = 0.0
        m.dynamic[row].pressure_count = 0
    s.taken[0] = at + 1
    clock.sampled_ns = now
    return OK


@part
def _keep_source(s: SampleTables, source: int, at: int) -> None:
    """Copy the words of a source that are sampled into snapshot number `at`, a cache line of each field at a time."""
    words, rows, width = s.sources[source], s.rows[source], s.widths[source]
    for begin in range(0, rows, _LINE):
        end = min(begin + _LINE, rows)
        to = s.starts[source]
        for field in range(s.first_field[source], s.first_field[source + 1]):
            column = s.columns[field]
            for row in range(begin, end):
                s.snapshots[at, to + row] = words[row * width + column]
            to += rows


@part
def _sample_requests(w: Tables, s: SampleTables, row: int) -> None:
    """Work out the percentiles of the response times since the last sample, by nearest rank, and move them to the histogram of the run.

    The histogram counts every request completed, so that it is read no further than the largest response time.
    """
    times = w.request_times[row]
    sample = s.request_sample[row]
    sample.in_system = times.arrivals - times.completions - times.failed - times.dropped
    total = times.completions - s.completed[row]
    s.completed[row] = times.completions
    _sample_responses(sample, w.responses[row], s.responses[row], total)


@part
def _sample_responses(sample: Table, responses: Table, of_run: Table, total: int) -> None:
    """Work out the percentiles of `total` response times, and move them to the histogram of the run."""
    sample.response_p50_ns = math.nan
    sample.response_p95_ns = math.nan
    sample.response_p99_ns = math.nan
    below = 0
    for bucket in range(BUCKETS):
        if below == total:
            break
        count = responses[bucket]
        if count > 0:
            responses[bucket] = 0
            of_run[bucket] += count
            before = below
            below += count
            if before < 0.50 * total <= below:
                sample.response_p50_ns = value_of(bucket)
            if before < 0.95 * total <= below:
                sample.response_p95_ns = value_of(bucket)
            if before < 0.99 * total <= below:
                sample.response_p99_ns = value_of(bucket)
