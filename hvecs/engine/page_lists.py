"""Columns of the memory that a guest's own system sees: its lists of pages, what it commits, what it reads and writes.

What a guest holds is in use as far as it has committed it; then comes its file cache, part of which is modified and the rest on the
standby list; what is left is free, or zero where nothing has ever touched it.
"""

import numpy as np

from hvecs.engine.columns import Array, Compute, Values
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World

HELD = "memory.partitions.held"
COMMITTED = "memory.partitions.committed"
_WANTED = "memory.partitions.wanted"
_CACHE = "memory.partitions.file_cache"
_TOUCHED = "memory.partitions.touched"
RUNNING = "lifetimes.running"
MIB = 1 << 20


def page_lists(world: World, plans: tuple[PartitionPlan, ...]) -> dict[str, Compute]:
    """Return how the columns of memory of the table `guest` are worked out."""
    m = world.memory
    page_bytes = int(m.parameters[0].page_bytes)
    guests = np.array([row for row, plan in enumerate(plans) if plan.kind != "root"], np.int64)
    demands = [plans[row].memory_demand for row in guests]
    changed = np.array([0.0 if demand is None else demand.changed / 100 for demand in demands])
    modified = np.array([0.0 if demand is None else demand.modified / 100 for demand in demands])
    modelled = np.asarray(m.demand_of)[guests] >= 0

    def spare(values: Values) -> Array:
        return np.maximum(values[HELD] * page_bytes - values[COMMITTED], 0)

    def cache(values: Values) -> Array:
        return np.minimum(spare(values), values[_CACHE])

    def unused(values: Values) -> Array:
        return spare(values) - cache(values)

    def zero(values: Values) -> Array:
        return np.minimum(unused(values), (values[HELD] - values[_TOUCHED]) * page_bytes)

    def known(bytes_of: Compute) -> Compute:
        if not modelled.any():
            return lambda values: np.full(np.shape(values[RUNNING]), np.nan)
        return lambda values: np.where((values[RUNNING] > 0) & modelled, bytes_of(values), np.nan)

    return {
        "guest.available_mib": known(lambda v: (spare(v) - cache(v) * modified) / MIB),
        "guest.standby_bytes": known(lambda v: cache(v) * (1 - modified)),
        "guest.modified_bytes": known(lambda v: cache(v) * modified),
        "guest.free_bytes": known(lambda v: unused(v) - zero(v)),
        "guest.zero_bytes": known(zero),
        "guest.free_zero_bytes": known(unused),
        "guest.committed_bytes": known(lambda v: v[COMMITTED]),
        "guest.refused_bytes": known(lambda v: v[_WANTED] - v[COMMITTED]),
        "guest.pages_per_sec": lambda v: v["pages_input_per_sec"] * (1 + changed),
    }
