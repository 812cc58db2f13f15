"""Rows of the counters of live migrations: two a guest, one for the host that it leaves, one for that which it comes to."""

from collections.abc import Mapping

import numpy as np

from components import Migration
from hvecs.engine.columns import Array, Compute, Values
from hvecs.engine.instances import Instances
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.output.labels import Labels

_KIND = "migration end"
_ROLES = np.array(["source", "target"], object)
_UNDER_WAY = ("migration_ends.under_way", "migration_times.brownout_ns", "migration_times.blackout_ns")
"""Of which one is above 0 where a migration is under way, or has been since the last sample."""


def migration_instances(world: World, plans: tuple[PartitionPlan, ...]) -> dict[str, Instances]:
    """Return the ends of the migrations of guests; none where no guest may change hosts."""
    if not len(world.columns[Migration]):
        return {}
    guests = np.flatnonzero([plan.kind != "root" for plan in plans])
    rows = (2 * guests[:, None] + np.arange(2)).ravel()
    owners, roles = rows // 2, (rows % 2).astype(np.int32)
    names = np.array([plan.name for plan in plans], object)
    instances = np.array([f"{name}:VM Live Migration" for name in names], object)
    known = {
        "instance": Labels(owners.astype(np.int32), instances),
        "entity": world.entities["partition"][owners],
        "partition": Labels(owners.astype(np.int32), names),
        "role": Labels(roles, _ROLES),
    }
    ends = Instances(_KIND, rows, owners, known, shown=_under_way, host_field="migration_ends.host")
    return {_KIND: ends}


def _under_way(values: Values) -> Array:
    """Tell at which ends of which guests a migration was under way since the sample before."""
    return np.any([values[name] > 0 for name in _UNDER_WAY], axis=0)


def migration_computed(world: World) -> Mapping[str, Compute]:
    """Return how the columns of migrations that no source expresses are worked out."""
    hosts = np.array(world.host_names, object)
    return {
        "live_migration.peer": lambda v: Labels(v["migration_ends.peer"].astype(np.int32), hosts),
    }
