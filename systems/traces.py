"""Trace collection: samples go into the buffer that the engine drains into the tables."""

import numpy as np

from components import (
    Clock,
    DynamicMemory,
    GuestScheduler,
    Lifetime,
    LpState,
    MemoryNode,
    MemoryParameters,
    PartitionMemory,
    RequestTimes,
    ResponsePercentiles,
    TrapState,
)
from systems.counters import is_due
from systems.memory.frames import count_small_pages
from systems.samples import CUMULATIVE
from systems.system import Phase, System


class TracesSystem(System):
    """Appends the sample just taken to the buffer, with the lengths of the queues as they stand.

    The rows of event tables are recorded where the events happen, by the scheduling system; they are drained when their
    buffer is full.
    """

    phase = Phase.TRACES
    why_here = "after the counters, whose sample it keeps"
    reads = frozenset(
        {
            GuestScheduler,
            Lifetime,
            LpState,
            MemoryNode,
            MemoryParameters,
            PartitionMemory,
            RequestTimes,
            ResponsePercentiles,
            TrapState,
        }
    )
    writes = frozenset({Clock, DynamicMemory})

    def process(self, until: int) -> None:
        """Keep the sample if one ends at `until`."""
        del until
        w = self.host.tables
        if not is_due(w):
            return
        samples = self.host.samples
        clock = w.clock[0]
        at = samples.taken
        samples.time_ns[at] = clock.now_ns
        samples.interval_ns[at] = clock.now_ns - clock.sampled_ns
        for name in CUMULATIVE:
            samples.buffer[name][at] = samples.interval[name]
        samples.buffer["percentiles"][at] = samples.percentiles
        samples.buffer["local_run_list"][at] = w.lps.waiting
        samples.buffer["ready"][at] = w.guests.ready
        samples.buffer["running"][at] = w.lifetimes.running
        samples.buffer["in_system"][at] = w.request_times.arrivals - w.request_times.completions
        samples.buffer["unpaid"][at] = w.trap_state.unpaid_ns + w.trap_state.put_off_ns
        samples.buffer["pending"][at] = np.bitwise_count(w.trap_state.pending)
        samples.buffer["backlog"][at] = w.trap_state.tick_backlog
        self._keep_memory(at)
        samples.taken += 1
        clock.sampled_ns = clock.now_ns
        if samples.taken == samples.room:
            self.host.drain_samples()

    def _keep_memory(self, at: int) -> None:
        m, buffer = self.host.memory, self.host.samples.buffer
        buffer["memory"][at] = m.partitions.view(np.ndarray)
        buffer["dynamic"][at] = m.dynamic.view(np.ndarray)
        buffer["free"][at] = m.nodes.free
        count_small_pages(m, buffer["small_pages"][at])
        m.dynamic.pressure_sum[:] = 0.0
        m.dynamic.pressure_count[:] = 0
