"""Rows of the tables of memory, from buffered samples."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from components.memory import MEMORY_OPERATIONS, MEMORY_REASONS
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World

Array = Any
Columns = dict[str, Array]

_MIB = 1 << 20
_SMALL = 4096
_NS_PER_S = 1e9


class MemoryRows:
    """Turns the samples of one world's memory into columns."""

    def __init__(self, world: World, plans: tuple[PartitionPlan, ...]) -> None:
        """Note what does not change: names, page size, which partitions belong to which table."""
        self.world = world
        self.names = np.array([plan.name for plan in plans], object)
        self.guests = np.array([row for row, plan in enumerate(plans) if plan.kind != "root"], np.int64)
        self.page_bytes = int(world.memory.parameters[0].page_bytes)
        self.mib = self.page_bytes / _MIB
        self.small = self.page_bytes // _SMALL
        demands = {row: plan.memory_demand for row, plan in enumerate(plans)}
        self.changed = np.array([0.0 if d is None else d.changed / 100 for d in demands.values()])

    def of_samples(self) -> Iterator[tuple[str, Columns]]:
        """Yield each sampled table's name and columns for the samples in the buffer."""
        yield "dynamic_memory_balancer", self._balancer()
        yield "dynamic_memory_vm", self._vms()
        yield "vid_partition", self._vid()

    def of_partitions(self, times: Any, interval_ns: Array) -> Columns:
        """Return the columns of memory of the table `partition`, a row a sample and partition; `times` are its counts in the interval."""
        memory = self._buffer("memory")
        small = self._buffer("small_pages")
        held = memory["held"]
        large = (held - small) * self.page_bytes // (2 * _MIB)
        small_pages = small * self.small
        return {
            "gpa_pages": (held * self.small).ravel(),
            "gpa_4k_pages": small_pages.ravel(),
            "gpa_2m_pages": large.ravel(),
            "deposited_pages": memory["deposited"].ravel(),
            "gpa_space_modifications": times["gpa_modifications"],
            "gpa_space_modifications_per_sec": times["gpa_modifications"] * _NS_PER_S / interval_ns,
        }

    def of_guests(self, guests: Array, times: Any, interval_ns: Array) -> Columns:
        """Return the columns of memory of the table `guest`, for `guests`; `times` are their counts in the interval."""
        memory = self._buffer("memory")[:, guests]
        running = self._buffer("running")[:, guests].astype(bool)
        known = running & (self.world.memory.demand_of[guests] >= 0)
        committed = np.where(known, memory["committed"], np.nan)
        spare = (memory["held"] * self.page_bytes - memory["committed"]) / _MIB
        faults = times["hard_faults"]
        changed = np.tile(self.changed[guests], self.world.samples.taken)
        per_second = faults * _NS_PER_S / interval_ns
        return {
            "available_mib": np.where(known, np.maximum(spare, 0.0), np.nan).ravel(),
            "committed_bytes": committed.ravel(),
            "pages_input": faults,
            "pages_input_per_sec": per_second,
            "pages_per_sec": per_second * (1 + changed),
            "paging_ns": times["paging_ns"],
        }

    def of_operations(self) -> Columns:
        """Return the columns of the trace for the rows in its buffer."""
        m = self.world.memory
        rows = m.operations[: m.state[0].operations]
        return {
            "time_ns": rows.time_ns.copy(),
            "partition": self.names[rows.owner],
            "operation": np.array(MEMORY_OPERATIONS, object)[rows.operation],
            "requested_mib": rows.requested * self.mib,
            "given_mib": rows.given * self.mib,
            "reason": np.array(MEMORY_REASONS, object)[rows.reason],
        }

    def _buffer(self, name: str) -> Array:
        return self.world.samples.buffer[name][: self.world.samples.taken]

    def _times(self) -> Columns:
        samples = self.world.samples
        return {
            "time_ns": samples.time_ns[: samples.taken].copy(),
            "interval_ns": samples.interval_ns[: samples.taken].copy(),
        }

    def _frame(self, partitions: Array, shown: Array) -> Columns:
        """Return the leading columns, a row for each sample and partition that is `shown` (samples x partitions)."""
        count = len(partitions)
        names = np.tile(self.names[partitions], len(shown))[shown.ravel()]
        columns = {name: np.repeat(times, count)[shown.ravel()] for name, times in self._times().items()}
        entities = np.tile(self.world.entities["partition"][partitions], len(shown))[shown.ravel()]
        return columns | {"instance": names, "entity": entities, "partition": names}

    def _balancer(self) -> Columns:
        m = self.world.memory
        dynamic, memory = self._buffer("dynamic"), self._buffer("memory")[:, m.dynamic.owner]
        running = self._buffer("running")[:, m.dynamic.owner].astype(bool)
        held = (memory["held"] * running).sum(axis=1) * self.page_bytes
        reported = (dynamic["reported"] * running).sum(axis=1)
        counts = (dynamic["pressure_count"] > 0) & running
        means = np.where(counts, dynamic["pressure_sum"] / np.maximum(dynamic["pressure_count"], 1), 0.0)
        reporting = counts.sum(axis=1)
        columns = self._times()
        columns["instance"] = np.full(len(dynamic), "System Balancer", object)
        columns["available_memory_mib"] = self._buffer("free").sum(axis=1) * self.mib
        columns["in_transit_mib"] = self._buffer("memory")["ballooned"].sum(axis=1) * self.mib
        columns["hypervisor_memory_mib"] = self._buffer("hypervisor_frames") * self.mib
        columns["average_pressure_pct"] = _ratio(means.sum(axis=1), reporting)
        columns["current_pressure_pct"] = _ratio(100.0 * reported, held)
        columns["added_memory_mib"] = dynamic["added"].sum(axis=1) * self.mib
        columns["removed_memory_mib"] = dynamic["removed"].sum(axis=1) * self.mib
        columns["add_operations"] = dynamic["add_operations"].sum(axis=1)
        columns["remove_operations"] = dynamic["remove_operations"].sum(axis=1)
        return columns

    def _vms(self) -> Columns:
        m = self.world.memory
        owners = np.asarray(m.dynamic.owner)
        shown = self._buffer("running")[:, owners].astype(bool)
        dynamic, memory = self._buffer("dynamic")[shown], self._buffer("memory")[:, owners][shown]
        committed = memory["committed"] / _MIB
        held = memory["held"] * self.mib
        counted = dynamic["pressure_count"] > 0
        columns = self._frame(owners, shown)
        columns["physical_memory_mib"] = held
        columns["guest_visible_mib"] = memory["visible"] * self.mib
        columns["available_mib"] = np.maximum(held - committed, 0.0)
        columns["committed_mib"] = committed
        reported = dynamic["reported"] / _MIB
        columns["target_mib"] = reported * (1 + dynamic["buffer"])
        columns["current_pressure_pct"] = 100.0 * reported / held
        columns["average_pressure_pct"] = _ratio(dynamic["pressure_sum"], dynamic["pressure_count"])
        columns["maximum_pressure_pct"] = np.where(counted, dynamic["pressure_high"], np.nan)
        columns["minimum_pressure_pct"] = np.where(counted, dynamic["pressure_low"], np.nan)
        columns["added_memory_mib"] = dynamic["added"] * self.mib
        columns["removed_memory_mib"] = dynamic["removed"] * self.mib
        columns["add_operations"] = dynamic["add_operations"].copy()
        columns["remove_operations"] = dynamic["remove_operations"].copy()
        return columns

    def _vid(self) -> Columns:
        shown = self._buffer("running")[:, self.guests].astype(bool)
        memory = self._buffer("memory")[:, self.guests][shown]
        columns = self._frame(self.guests, shown)
        columns["physical_pages"] = memory["held"] * self.small
        columns["in_transit_pages"] = memory["ballooned"] * self.small
        columns["preferred_node"] = memory["preferred_node"].copy()
        columns["remote_pages"] = memory["remote"] * self.small
        return columns


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Divide; NaN where the denominator is 0."""
    out = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=out, where=np.asarray(denominator) != 0)
    return out
