"""Rows: from buffered samples to the columns of the output tables."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from components import ClosedWorkload, GuestLock, GuestTimes
from components.partition import CLOSED
from components.trace import DISPATCH_REASONS
from hvecs.engine.memory_rows import MemoryRows
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.trap_rows import lp_traps, partition_traps, vp_traps
from hvecs.engine.world import World

Array = Any
Columns = dict[str, Array]

_NS_PER_S = 1e9
_VP_TIMES = ("guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns")
_VP_COUNTS = ("intercepted_ns", "dispatches", "migrations", "wait_ns")


def ratio(numerator: Array, denominator: Array) -> Array:
    """Divide; NaN where the denominator is 0."""
    denominator = np.asarray(denominator, np.float64)
    out = np.full(np.broadcast_shapes(np.shape(numerator), denominator.shape), np.nan)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


class Rows:
    """Turns the samples of one world into columns, table by table."""

    def __init__(self, world: World, plans: tuple[PartitionPlan, ...]) -> None:
        """Note what does not change from sample to sample: names, entities, and which rows belong to which table."""
        w = world.tables
        self.world = world
        self.native = plans[0].kind != "root"
        self.partitions = np.array([plan.name for plan in plans], object)
        self.vp_partition = self.partitions[w.vp_identity.owner]
        self.root_vps = np.flatnonzero(w.vp_identity.tied_lp >= 0)
        self.guest_vps = np.flatnonzero(w.vp_identity.tied_lp < 0)
        self.guests = np.arange(0 if self.native else 1, len(plans))
        self.memory = MemoryRows(world, plans)
        self.open = np.array([row for row, o in enumerate(w.open) if plans[o.owner].kind == "open"], np.int64)

    def of_samples(self) -> Iterator[tuple[str, Columns]]:
        """Yield each sampled table's name and columns for the samples in the buffer."""
        yield "logical_processor", self._lps()
        yield "guest", self._guests()
        yield "request", self._requests()
        if not self.native:
            yield "virtual_processor", self._vps(self.guest_vps, "{}:Hv VP {}")
            yield "root_virtual_processor", self._vps(self.root_vps, "{} VP {}")
            yield "partition", self._partitions()
            yield "hypervisor", self._hypervisor()
            yield from self.memory.of_samples()

    def _frame(self, instances: Array, entities: Array) -> Columns:
        """Return the leading columns, a row per sample and instance, samples first."""
        samples = self.world.samples
        count, taken = len(instances), samples.taken
        return {
            "time_ns": np.repeat(samples.time_ns[:taken], count),
            "interval_ns": np.repeat(samples.interval_ns[:taken], count),
            "instance": np.tile(instances, taken),
            "entity": np.tile(entities, taken),
        }

    def buffered(self, name: str, rows: Array) -> Mapping[str, Array]:
        """Return the buffered columns of a cumulative table for `rows`, flattened to match `_frame`."""
        buffer = self.world.samples.buffer[name][: self.world.samples.taken][:, rows]
        return {column: buffer[column].ravel() for column in buffer.dtype.names}

    def plain(self, name: str, rows: Array) -> Array:
        """Return a buffered column without a table for `rows`, flattened to match `_frame`."""
        return self.world.samples.buffer[name][: self.world.samples.taken][:, rows].ravel()

    def _lps(self) -> Columns:
        lps = np.arange(len(self.world.tables.lps))
        columns = self._frame(
            np.array([f"Hv LP {lp}" for lp in lps], object), self.world.entities["logical processor"]
        )
        times = self.buffered("lp_times", lps)
        wall = columns["interval_ns"]
        roots = self.world.tables.lp_topology.root_vp
        roots = np.tile(roots, self.world.samples.taken)
        columns["lp"] = np.tile(lps, self.world.samples.taken)
        columns["root_vp_index"] = np.ma.masked_less(roots, 0)
        columns |= {name: times[name] for name in ("guest_run_ns", "hypervisor_run_ns", "idle_ns")}
        columns |= _run_percentages(times, wall)
        columns["idle_pct"] = 100 * times["idle_ns"] / wall
        columns["local_run_list_size"] = self.plain("local_run_list", lps)
        columns["context_switches"] = times["context_switches"]
        columns["context_switches_per_sec"] = times["context_switches"] * _NS_PER_S / wall
        return columns | lp_traps(self, lps, times["context_switches"], wall)

    def _vps(self, vps: Array, instance: str) -> Columns:
        identity = self.world.tables.vp_identity
        names = [instance.format(self.vp_partition[vp], identity[vp].vp_index) for vp in vps]
        columns = self._frame(np.array(names, object), self.world.entities["virtual processor"][vps])
        times = self.buffered("vp_times", vps)
        wall = columns["interval_ns"]
        columns["partition"] = np.tile(self.vp_partition[vps], self.world.samples.taken)
        columns["vp"] = np.tile(identity.vp_index[vps], self.world.samples.taken)
        columns |= {name: times[name] for name in _VP_TIMES}
        columns |= _run_percentages(times, wall)
        columns["intercepted_ns"] = times["intercepted_ns"]
        columns["spin_ns"] = times["spin_ns"]
        for name in ("dispatches", "migrations"):
            columns[name] = times[name]
            columns[f"{name}_per_sec"] = times[name] * _NS_PER_S / wall
        columns["wait_ns"] = times["wait_ns"]
        columns["remote_run_ns"] = times["remote_run_ns"]
        columns["remote_run_pct"] = 100 * times["remote_run_ns"] / wall
        waits = self.buffered("vp_waits", vps)
        columns |= {f"wait_{bucket}": counts for bucket, counts in waits.items()}
        for name in ("wait", "contention", "wake_up"):
            columns[f"{name}_per_dispatch_ns"] = ratio(times[f"{name}_ns"], times["dispatches"])
        return columns | vp_traps(self, vps, int(instance.startswith("{} VP")), wall)

    def _partitions(self) -> Columns:
        w = self.world.tables
        rows = np.arange(len(self.partitions))
        names = [name if row == 0 else f"{name}:HvPt" for row, name in enumerate(self.partitions)]
        columns = self._frame(np.array(names, object), self.world.entities["partition"])
        columns["partition"] = np.tile(self.partitions, self.world.samples.taken)
        columns["virtual_processors"] = np.tile(w.layouts.vps, self.world.samples.taken)
        for name in _VP_TIMES + _VP_COUNTS:
            columns[name] = self._by_partition(name, rows)
        traps = partition_traps(self, lambda table, name: self._by_partition(name, rows, table))
        times = self.buffered("guest_times", rows)
        return columns | traps | self.memory.of_partitions(times, columns["interval_ns"])

    def _by_partition(self, name: str, partitions: Array, table: str = "vp_times") -> Array:
        """Return a VP counter of `table`, or the table itself if `name` is empty, summed over the VPs of each of `partitions`."""
        buffer = self.world.samples.buffer[table][: self.world.samples.taken]
        values = buffer[name] if name else buffer
        return np.add.reduceat(values, self.world.tables.layouts.first_vp, axis=1)[:, partitions].ravel()

    def _hypervisor(self) -> Columns:
        w = self.world.tables
        columns = self._frame(np.array(["Hypervisor"], object), self.world.entities["host"])
        del columns["entity"]
        running = self.world.samples.buffer["running"][: self.world.samples.taken]
        columns["logical_processors"] = np.full(self.world.samples.taken, len(w.lps))
        columns["partitions"] = running.sum(axis=1)
        columns["virtual_processors"] = running @ w.layouts.vps
        return columns

    def _guests(self) -> Columns:
        """Guests measure by their own clock: a VP is busy unless its idle thread is current, ready or not [BTS]."""
        names = self.partitions[self.guests]
        columns = self._frame(names, self.world.entities["partition"][self.guests])
        wall = columns["interval_ns"]
        vps = np.tile(self.world.tables.layouts.vps[self.guests], self.world.samples.taken)
        off = self._by_partition("suspended_ns", self.guests) - self._by_partition(
            "intercepted_ns", self.guests
        )
        on = vps * wall - off
        idle = self._by_partition("guest_idle_ns", self.guests)
        columns["partition"] = columns["instance"]
        columns["processor_queue_length"] = self.plain("ready", self.guests)
        columns["processor_queue_mean"] = self.buffered("guest_times", self.guests)["queued_ns"] / wall
        columns["processor_time_pct"] = ratio(100.0 * (on - idle), on)
        times = self.buffered("guest_times", self.guests)
        return columns | self.memory.of_guests(self.guests, times, wall)

    def _requests(self) -> Columns:
        partitions = self.world.tables.open.owner[self.open]
        columns = self._frame(self.partitions[partitions], self.world.entities["partition"][partitions])
        times = self.buffered("request_times", self.open)
        percentiles = self.buffered("percentiles", self.open)
        columns["partition"] = columns["instance"]
        columns["arrivals"] = times["arrivals"]
        columns["completions"] = times["completions"]
        columns["completions_per_sec"] = times["completions"] * _NS_PER_S / columns["interval_ns"]
        columns["in_system"] = self.plain("in_system", self.open)
        columns["response_mean_ns"] = ratio(times["response_ns"], times["completions"])
        columns |= {f"response_{name}": values for name, values in percentiles.items()}
        columns |= {name: times[name] for name in ("io_submitted", "io_completed")}
        columns["io_latency_mean_ns"] = ratio(times["io_latency_ns"], times["io_completed"])
        return columns

    def of_dispatches(self) -> Columns:
        """Return the columns of the dispatch trace for the rows in its buffer."""
        w = self.world.tables
        rows = w.dispatches[: w.scheduler[0].dispatch_rows]
        return {
            "lp": rows.lp.copy(),
            "partition": self.vp_partition[rows.vp],
            "vp": w.vp_identity.vp_index[rows.vp],
            "ready_ns": rows.ready_ns.copy(),
            "start_ns": rows.start_ns.copy(),
            "end_ns": rows.end_ns.copy(),
            "reason": np.array(DISPATCH_REASONS, object)[rows.reason],
        }

    def of_operations(self) -> Columns:
        """Return the columns of the trace of memory operations for the rows in its buffer."""
        return self.memory.of_operations()

    def of_jobs(self) -> Columns:
        """Return the job table: a row a partition with a closed workload, at the end of the run."""
        w = self.world.tables
        rows = np.flatnonzero(w.layouts.workload == CLOSED)
        closed, locks = self.world.columns[ClosedWorkload], self.world.columns[GuestLock]
        guests = self.world.columns[GuestTimes][rows]
        unfinished = closed.finished_ns < 0
        return {
            "entity": self.world.entities["partition"][rows],
            "partition": self.partitions[rows],
            "started_ns": np.ma.masked_array(closed.started_ns, closed.started_ns < 0),
            "finished_ns": np.ma.masked_array(closed.finished_ns, unfinished),
            "elapsed_ns": np.ma.masked_array(closed.finished_ns - closed.started_ns, unfinished),
            "work_ns": closed.done_ns.copy(),
            "bursts": guests.bursts.copy(),
            "queue_wait_ns": guests.queued_ns.copy(),
            "queue_wait_per_burst_ns": ratio(guests.queued_ns, guests.bursts),
            "lock_entries": locks.entries.copy(),
            "lock_contended": locks.contended.copy(),
            "lock_wait_ns": locks.wait_ns.copy(),
        }


def _run_percentages(times: Mapping[str, Array], wall: Array) -> Columns:
    """Return % Total, Guest and Hypervisor Run Time: run time over wall time [TLFS2 App.J]."""
    guest, hypervisor = times["guest_run_ns"], times["hypervisor_run_ns"]
    return {
        "total_run_pct": 100 * (guest + hypervisor) / wall,
        "guest_run_pct": 100 * guest / wall,
        "hypervisor_run_pct": 100 * hypervisor / wall,
    }
