"""Columns of memory that no source expresses, by "table.column", and the rows of the trace of memory operations."""

import numpy as np

from components.memory import MEMORY_OPERATIONS, MEMORY_REASONS
from hvecs.engine.columns import Array, Columns, Compute, Values, ratio
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.output.labels import Labels

_MIB = 1 << 20
_SMALL = 4096
_OPERATIONS = np.array(MEMORY_OPERATIONS, object)
_REASONS = np.array(MEMORY_REASONS, object)

_HELD = "memory.partitions.held"
_COMMITTED = "memory.partitions.committed"
_REPORTED = "memory.dynamic.reported"
_RUNNING = "lifetimes.running"
_COUNT = "memory.dynamic.pressure_count"


def scales(world: World) -> dict[str, float]:
    """Return how many of each unit a frame is."""
    page_bytes = int(world.memory.parameters[0].page_bytes)
    return {"MiB": page_bytes / _MIB, "4 KiB": page_bytes // _SMALL}


def memory_computed(world: World, plans: tuple[PartitionPlan, ...]) -> dict[str, Compute]:
    """Return how the columns of memory of this world are worked out."""
    m = world.memory
    page_bytes = int(m.parameters[0].page_bytes)
    mib = page_bytes / _MIB
    guests = np.array([row for row, plan in enumerate(plans) if plan.kind != "root"], np.int64)
    demands = [plans[row].memory_demand for row in guests]
    changed = np.array([0.0 if demand is None else demand.changed / 100 for demand in demands])
    modelled = np.asarray(m.demand_of)[guests] >= 0
    owners = np.asarray(m.dynamic.owner)

    def large_pages(values: Values) -> Array:
        return (values[_HELD] - values["memory_sample.small"]) * page_bytes // (2 * _MIB)

    def available(values: Values) -> Array:
        known = (values[_RUNNING] > 0) & modelled
        spare = (values[_HELD] * page_bytes - values[_COMMITTED]) / _MIB
        return np.where(known, np.maximum(spare, 0.0), np.nan)

    def committed(values: Values) -> Array:
        return np.where((values[_RUNNING] > 0) & modelled, values[_COMMITTED], np.nan)

    def pages_per_sec(values: Values) -> Array:
        return values["pages_input_per_sec"] * (1 + changed)

    def average_pressure(values: Values) -> Array:
        counted, summed = values.each(_COUNT), values.each("memory.dynamic.pressure_sum")
        counts = (counted > 0) & (values.each(_RUNNING)[:, owners] > 0)
        means = np.where(counts, summed / np.maximum(counted, 1), 0.0)
        return ratio(means.sum(axis=1, keepdims=True), counts.sum(axis=1, keepdims=True))

    def current_pressure(values: Values) -> Array:
        running = values.each(_RUNNING)[:, owners]
        held = (values.each(_HELD)[:, owners] * running).sum(axis=1, keepdims=True) * page_bytes
        wanted = (values.each(_REPORTED) * running).sum(axis=1, keepdims=True)
        return ratio(100.0 * wanted, held)

    return {
        "partition.gpa_2m_pages": large_pages,
        "guest.available_mib": available,
        "guest.committed_bytes": committed,
        "guest.pages_per_sec": pages_per_sec,
        "dynamic_memory_balancer.average_pressure_pct": average_pressure,
        "dynamic_memory_balancer.current_pressure_pct": current_pressure,
        "dynamic_memory_vm.available_mib": lambda v: np.maximum(v[_HELD] * mib - v[_COMMITTED] / _MIB, 0.0),
        "dynamic_memory_vm.committed_mib": lambda v: v[_COMMITTED] / _MIB,
        "dynamic_memory_vm.target_mib": lambda v: v[_REPORTED] / _MIB * (1 + v["memory.dynamic.buffer"]),
        "dynamic_memory_vm.current_pressure_pct": lambda v: ratio(
            100.0 * (v[_REPORTED] / _MIB), v[_HELD] * mib
        ),
        "dynamic_memory_vm.maximum_pressure_pct": lambda v: _if_counted(v, "memory.dynamic.pressure_high"),
        "dynamic_memory_vm.minimum_pressure_pct": lambda v: _if_counted(v, "memory.dynamic.pressure_low"),
    }


def _if_counted(values: Values, operand: str) -> Array:
    """Return an operand; NaN where memory was not balanced in the interval."""
    return np.where(values[_COUNT] > 0, values[operand], np.nan)


def operation_columns(world: World, names: Array) -> Columns:
    """Return the columns of the trace of memory operations for the rows in its buffer."""
    m = world.memory
    rows = m.operations[: m.state[0].operations]
    mib = scales(world)["MiB"]
    return {
        "time_ns": rows.time_ns.copy(),
        "partition": Labels(rows.owner.astype(np.int32), names),
        "operation": Labels(rows.operation.astype(np.int32), _OPERATIONS),
        "requested_mib": rows.requested * mib,
        "given_mib": rows.given * mib,
        "reason": Labels(rows.reason.astype(np.int32), _REASONS),
    }
