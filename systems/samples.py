"""Samples of the counters: what each sampling interval added, kept for some intervals until they are written."""

from typing import Any

import numpy as np

from components import ResponsePercentiles
from systems.kernels.histogram import BUCKETS
from systems.memory.tables import Memory
from systems.tables import Tables

CUMULATIVE = (
    "lp_times",
    "lp_traps",
    "vp_times",
    "vp_waits",
    "vp_traps",
    "guest_times",
    "request_times",
)
"""The tables whose columns only grow; a sample holds the difference over its interval."""

_ROWS = 1 << 14


class Samples:
    """A buffer of samples.

    `interval[t]` holds the present sample of cumulative table t; `buffer[t]` (samples x rows) those not yet drained.
    """

    def __init__(self, w: Tables, m: Memory) -> None:
        """Make room for as many samples as fill a few row groups."""
        largest = max(len(w.lps), len(w.vps), len(w.guests), 1)
        self.room = max(1, _ROWS // largest)
        self.taken = 0
        self.time_ns = np.zeros(self.room, np.int64)
        self.interval_ns = np.zeros(self.room, np.int64)
        self.previous = {name: getattr(w, name).copy() for name in CUMULATIVE}
        self.interval = {name: getattr(w, name).copy() for name in CUMULATIVE}
        self.percentiles = ResponsePercentiles.table(len(w.open))
        self.responses = np.zeros((len(w.open), BUCKETS), np.int64)
        """Response times of the measured part of the run, one histogram an open workload."""
        self.buffer: dict[str, Any] = {
            name: np.zeros((self.room, len(table)), table.dtype) for name, table in self.interval.items()
        }
        self.buffer["percentiles"] = np.zeros((self.room, len(w.open)), ResponsePercentiles.dtype)
        for name in ("unpaid", "pending", "backlog"):
            self.buffer[name] = np.zeros((self.room, len(w.vps)), np.int64)
        self.buffer["local_run_list"] = np.zeros((self.room, len(w.lps)), np.int64)
        self.buffer["ready"] = np.zeros((self.room, len(w.guests)), np.int64)
        self.buffer["running"] = np.zeros((self.room, len(w.lifetimes)), np.int64)
        self.buffer["memory"] = np.zeros((self.room, len(m.partitions)), m.partitions.dtype)
        self.buffer["dynamic"] = np.zeros((self.room, len(m.dynamic)), m.dynamic.dtype)
        self.buffer["small_pages"] = np.zeros((self.room, len(m.partitions)), np.int64)
        self.buffer["free"] = np.zeros((self.room, len(m.nodes)), np.int64)
        self.buffer["in_system"] = np.zeros((self.room, len(w.open)), np.int64)
