"""Columns of memory that no source expresses, by "table.column", and the rows of the trace of memory operations."""

import numpy as np

from components.memory import MEMORY_OPERATIONS, MEMORY_REASONS
from hvecs.engine.columns import Array, Columns, Compute, Values, ratio
from hvecs.engine.on_hosts import HOST_OF, OnHosts
from hvecs.engine.page_lists import COMMITTED, HELD, MIB, RUNNING, page_lists
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.output.labels import Labels

_SMALL = 4096
_OPERATIONS = np.array(MEMORY_OPERATIONS, object)
_REASONS = np.array(MEMORY_REASONS, object)
_STATUS = np.array(["", "OK", "Low", "Warning"], object)
_NONE, _OK, _LOW, _WARNING = range(4)

_REPORTED = "memory.dynamic.reported"
_BUFFER = "memory.dynamic.buffer"
_STATIC = "memory.dynamic.is_static"
_SUM = "memory.dynamic.pressure_sum"
_COUNT = "memory.dynamic.pressure_count"


def scales(world: World) -> dict[str, float]:
    """Return how many of each unit a frame is."""
    page_bytes = int(world.memory.parameters[0].page_bytes)
    return {"MiB": page_bytes / MIB, "4 KiB": page_bytes // _SMALL}


def memory_computed(world: World, plans: tuple[PartitionPlan, ...]) -> dict[str, Compute]:
    """Return how the columns of memory of this world are worked out."""
    return {
        **_of_partitions(world, plans),
        **page_lists(world, plans),
        **_of_balancer(world),
        **_pressures(world),
        **_of_guests(world),
    }


def _of_partitions(world: World, plans: tuple[PartitionPlan, ...]) -> dict[str, Compute]:
    """Give the columns of pages of the table `partition`: none of them are the root's."""
    pages = int(world.memory.parameters[0].page_bytes) // _SMALL
    guests = np.array([plan.kind != "root" for plan in plans], np.int64)
    small = "memory_sample.small"
    return {
        "partition.gpa_pages": lambda v: v[HELD] * pages * guests,
        "partition.gpa_4k_pages": lambda v: v[small] * pages * guests,
        "partition.gpa_2m_pages": lambda v: (v[HELD] - v[small]) * pages * guests // (2 * MIB // _SMALL),
    }


def _of_balancer(world: World) -> dict[str, Compute]:
    """Give what each host has for guests, and what its root has for itself."""
    mib = scales(world)["MiB"]
    modelled = int(world.memory.demand_of[0]) >= 0  # of all roots alike

    def root(values: Values, field: str) -> Array:
        return values.each(field)[:, values.roots]

    def for_balancing(values: Values) -> Array:
        waits, lacks = values.each("memory.partitions.gathers"), values.each("memory.partitions.lacks")
        kept = values.summed(waits * lacks, "partition")
        return np.maximum(values["memory.nodes.free"] - kept, 0) * mib

    def committed(values: Values) -> Array:
        committed = root(values, COMMITTED)
        return committed if modelled else np.full(committed.shape, np.nan)

    def available(values: Values) -> Array:
        return np.maximum(root(values, HELD) * mib - committed(values) / MIB, 0.0)

    return {
        "dynamic_memory_balancer.available_for_balancing_mib": for_balancing,
        "dynamic_memory_balancer.root_memory_mib": lambda v: root(v, HELD) * mib,
        "dynamic_memory_balancer.root_available_mib": available,
        "dynamic_memory_balancer.root_committed_bytes": lambda v: committed(v) * 1.0,
        "dynamic_memory_balancer.root_pages_input": lambda v: root(v, "guest_times.hard_faults"),
    }


def _pressures(world: World) -> dict[str, Compute]:
    """Give the pressures of the balancer: those of the guests with Dynamic Memory that run."""
    page_bytes = int(world.memory.parameters[0].page_bytes)
    owners = np.asarray(world.memory.dynamic.owner)
    moves = np.asarray(world.memory.dynamic.is_static) == 0

    def average(values: Values) -> Array:
        counted, summed = values.each(_COUNT), values.each(_SUM)
        counts = (counted > 0) & (values.each(RUNNING)[:, owners] > 0) & moves
        means = np.where(counts, summed / np.maximum(counted, 1), 0.0)
        return ratio(values.summed(means, "dynamic guest"), values.summed(counts, "dynamic guest"))

    def current(values: Values) -> Array:
        running = values.each(RUNNING)[:, owners] * moves
        held = values.summed(values.each(HELD)[:, owners] * running, "dynamic guest") * page_bytes
        wanted = values.summed(values.each(_REPORTED) * running, "dynamic guest")
        return ratio(100.0 * wanted, held)

    return {
        "dynamic_memory_balancer.average_pressure_pct": average,
        "dynamic_memory_balancer.current_pressure_pct": current,
    }


def _of_its_host(world: World, name: str) -> Compute:
    """Return how a parameter of the memory of a guest's host is found."""
    of_hosts = np.asarray(world.memory.parameters[name])
    if len(of_hosts) == 1:
        return lambda _: of_hosts[0]
    return lambda values: of_hosts[values[HOST_OF]]


def _of_guests(world: World) -> dict[str, Compute]:
    """Give what the host knows of each guest."""
    m = world.memory
    mib = scales(world)["MiB"]
    deadband, low_buffer = _of_its_host(world, "deadband"), _of_its_host(world, "low_buffer")
    modelled = np.asarray(m.demand_of)[np.asarray(m.dynamic.owner)] >= 0

    def known(of: Compute) -> Compute:
        if not modelled.any():
            return lambda values: np.full(np.shape(values[HELD]), np.nan)
        return lambda values: np.where(modelled, of(values), np.nan)

    def moves(of: Compute) -> Compute:
        return lambda values: np.where(values[_STATIC] > 0, np.nan, of(values))

    def reported(of: Compute) -> Compute:
        def value(values: Values) -> Array:
            unknown = (values[_STATIC] > 0) & (values["memory.dynamic.reported_ns"] < 0)
            return np.where(unknown | ~modelled, np.nan, of(values))

        return value

    def status(values: Values) -> Labels:
        spare = values[HELD] * mib - values[_REPORTED] / MIB
        buffer = values[_REPORTED] / MIB * values[_BUFFER]
        codes = np.where(spare < low_buffer(values) * buffer, _LOW, _OK)
        codes = np.where(spare < 0, _WARNING, codes)
        return Labels(np.where(values[_STATIC] > 0, _NONE, codes).astype(np.int32), _STATUS)

    return {
        "dynamic_memory_vm.available_mib": known(
            lambda v: np.maximum(v[HELD] * mib - v[COMMITTED] / MIB, 0.0)
        ),
        "dynamic_memory_vm.committed_mib": known(lambda v: v[COMMITTED] / MIB),
        "dynamic_memory_vm.target_mib": moves(lambda v: v[_REPORTED] / MIB * (1 + v[_BUFFER])),
        "dynamic_memory_vm.current_pressure_pct": reported(
            lambda v: ratio(100.0 * (v[_REPORTED] / MIB), v[HELD] * mib)
        ),
        "dynamic_memory_vm.average_pressure_pct": reported(lambda v: ratio(v[_SUM], v[_COUNT])),
        "dynamic_memory_vm.maximum_pressure_pct": moves(
            lambda v: 100.0 / (1 + v[_BUFFER]) / (1 - deadband(v))
        ),
        "dynamic_memory_vm.minimum_pressure_pct": moves(
            lambda v: 100.0 / (1 + v[_BUFFER]) / (1 + deadband(v))
        ),
        "dynamic_memory_vm.memory_status": status,
    }


def operation_columns(world: World, names: Array, hosts: OnHosts) -> Columns:
    """Return the columns of the trace of memory operations for the rows in its buffer."""
    m = world.memory
    rows = m.operations[: m.progress[0].operations]
    mib = scales(world)["MiB"]
    return {
        "time_ns": rows.time_ns.copy(),
        **({"host": hosts.labels(rows.host)} if hosts.several else {}),
        "partition": Labels(rows.owner.astype(np.int32), names),
        "operation": Labels(rows.operation.astype(np.int32), _OPERATIONS),
        "requested_mib": rows.requested * mib,
        "given_mib": rows.given * mib,
        "reason": Labels(rows.reason.astype(np.int32), _REASONS),
    }
