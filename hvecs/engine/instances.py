"""Instances: which entities have a row in which tables, and what is known of each before the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from hvecs.engine.columns import Array, Columns, Compute
from hvecs.engine.computed import exists
from hvecs.engine.on_hosts import HOST_OF
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.output.labels import Labels

HOST_INSTANCES: Mapping[str, str] = {"hypervisor": "Hypervisor", "dynamic_memory_balancer": "System Balancer"}
"""The one instance of the tables of the host [LIST]."""


@dataclass(frozen=True)
class Instances:
    """The entities of a table's rows, in order.

    `kind` is the kind of entity whose components are theirs, `rows` which rows of those; `owners` are their partitions. `known` are
    the columns that do not change, a value an instance; `cost_rows` which row of `Tables.charge_ns` says what a charge costs it on its first host.
    """

    kind: str
    rows: Array
    owners: Array
    known: Columns = field(default_factory=dict)
    cost_rows: Array = None
    shown: Compute | None = None
    """Tells which instances have a row in each sample (samples x instances); without it they always have one."""
    host_field: str = HOST_OF
    """The field, of the partition or of the instance itself, that says on which host it is."""
    members: Array = None
    """Where each instance stands for entities of another kind together: 1 for those it stands for (entities x instances)."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def at(self) -> Array | slice:
        """The rows, as a slice where they follow each other."""
        rows = np.asarray(self.rows)
        first = int(rows[0]) if len(rows) else 0
        follow = bool((rows == np.arange(first, first + len(rows))).all())
        return slice(first, first + len(rows)) if follow else rows


def instances_of(world: World, plans: tuple[PartitionPlan, ...]) -> dict[str, Instances]:
    """Return the instances by the kind of rows that a table declares; on a bare machine there are no partitions and VPs to show."""
    w, m = world.tables, world.memory
    is_root = np.array([plan.kind == "root" for plan in plans])
    guests, everybody = np.flatnonzero(~is_root), np.arange(len(plans))
    own = w.layouts.requests[w.open.owner] == np.arange(len(w.open))
    opened = np.flatnonzero(own & np.array([plans[owner].takes_requests for owner in w.open.owner], bool))
    closed = np.flatnonzero(w.layouts.job >= 0)
    found = {
        "logical processor": _lps(world),
        "guest": _partitions(world, "partition", guests, guests),
        "open guest": _partitions(world, "open guest", opened, w.open.owner[opened]),
        "closed guest": _partitions(world, "closed guest", np.arange(len(closed)), closed),
    }
    if len(w.tiers):
        found["tier"] = _tiers(world)
    if not is_root.any():
        return found
    dynamic = np.asarray(m.dynamic.owner)
    return found | {
        "virtual processor": _vps(world, np.flatnonzero(w.vp_identity.tied_lp < 0), "{}:Hv VP {}"),
        "root virtual processor": _vps(world, np.flatnonzero(w.vp_identity.tied_lp >= 0), "{} VP {}"),
        "partition": _with_windows_names(
            world, _partitions(world, "partition", everybody, everybody), is_root
        ),
        "running guest": replace(_partitions(world, "partition", guests, guests), shown=exists),
        "dynamic guest": replace(
            _partitions(world, "dynamic guest", np.arange(len(dynamic)), dynamic), shown=exists
        ),
        "host": _host(world),
    }


def labels(names: list[str]) -> Labels:
    """Return a column that names each instance."""
    return Labels(np.arange(len(names), dtype=np.int32), np.array(names, object))


def _lps(world: World) -> Instances:
    """Return the LPs, which every host numbers from 0, with what their charges cost a guest."""
    w = world.tables
    lps, numbers = np.arange(len(w.lps)), lp_numbers(world)
    known = {
        "instance": labels([f"Hv LP {lp}" for lp in numbers]),
        "entity": world.entities["logical processor"],
        "lp": numbers,
    }
    return Instances("logical processor", lps, np.zeros(len(lps), np.int64), known, 2 * w.lp_topology.host)


def lp_numbers(world: World) -> Array:
    """Return the number of each LP on its host."""
    w = world.tables
    return np.arange(len(w.lps)) - w.hosts.first_lp[w.lp_topology.host]


def _vps(world: World, vps: Array, instance: str) -> Instances:
    w = world.tables
    identity = w.vp_identity[vps]
    instances = [
        instance.format(world.names[owner], index)
        for owner, index in zip(identity.owner, identity.vp_index, strict=True)
    ]
    known = {
        "instance": labels(instances),
        "entity": world.entities["virtual processor"][vps],
        "partition": Labels(identity.owner.astype(np.int32), np.array(world.names, object)),
        "vp": identity.vp_index.copy(),
    }
    cost_rows = w.trap_state.cost_row[vps]
    return Instances("virtual processor", vps, identity.owner.copy(), known, cost_rows)


def _partitions(world: World, kind: str, rows: Array, owners: Array) -> Instances:
    names = labels([world.names[owner] for owner in owners])
    known = {"instance": names, "entity": world.entities["partition"][owners], "partition": names}
    return Instances(kind, rows, np.asarray(owners), known)


def _with_windows_names(world: World, every: Instances, is_root: Array) -> Instances:
    """Return all partitions by the names that Windows gives them, with what their charges cost them."""
    w = world.tables
    names = [name if root else f"{name}:HvPt" for name, root in zip(world.names, is_root, strict=True)]
    cost_rows = w.trap_state.cost_row[w.layouts.first_vp]
    return replace(every, known={**every.known, "instance": labels(names)}, cost_rows=cost_rows)


def _tiers(world: World) -> Instances:
    rows = np.arange(len(world.tables.tiers))
    known = {"entity": world.entities["tier"], "tier": labels(world.tier_names)}
    return Instances("tier", rows, np.zeros(len(rows), np.int64), known)


def _host(world: World) -> Instances:
    hosts = world.tables.hosts
    return Instances(
        "host", np.arange(len(hosts)), hosts.root.copy(), {"logical_processors": hosts.lps[None, :].copy()}
    )
