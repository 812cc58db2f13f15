"""Rows: from the samples and traces of one world to the columns of the output tables."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from components.charges import EVERY_CHARGE
from components.trace import DISPATCH_REASONS
from hvecs.engine.column_programs import TIMES_OF_SAMPLES
from hvecs.engine.columns import Array, Columns, Rules, Values, may_be_masked
from hvecs.engine.computed import COMPUTED
from hvecs.engine.device_rows import DEVICE_COMPUTED, device_instances
from hvecs.engine.filled_columns import FilledColumns, is_absent, kind_of
from hvecs.engine.instances import HOST_INSTANCES, Instances, instances_of, lp_numbers
from hvecs.engine.memory_rows import memory_computed, operation_columns, scales
from hvecs.engine.migration_ends import migration_computed, migration_instances
from hvecs.engine.on_hosts import HOST_OF, OnHosts
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.output.labels import Labels
from hvecs.output.schema import TABLES
from hvecs.output.table import TIMESTAMP, Table
from systems.state.samples import SAMPLED_COMPONENTS

_CLASSES = np.array([charge.column for charge in EVERY_CHARGE], object)
_REASONS = np.array(DISPATCH_REASONS, object)


SHARED = ("storage", "tier")
"""Kinds of entities that are of no host."""


class Rows:
    """Turns the samples and traces of one world into columns, table by table."""

    def __init__(self, world: World, plans: tuple[PartitionPlan, ...]) -> None:
        """Note what does not change from sample to sample: names, entities, and which rows belong to which table."""
        self.world = world
        self.names = np.array([plan.name for plan in plans], object)
        self.hosts = OnHosts(world)
        self.lp_numbers = lp_numbers(world)
        self.instances = (
            instances_of(world, plans) | device_instances(world) | migration_instances(world, plans)
        )
        self.rules = Rules(
            scales(world),
            {**COMPUTED, **DEVICE_COMPUTED, **memory_computed(world, plans), **migration_computed(world)},
            self.hosts,
        )
        self.tables = [table for table in TABLES.values() if table.rows in self.instances and table.sampled]
        self._filled = [
            FilledColumns(world, table, self.instances[table.rows], self.hosts, self.rules.scales)
            for table in self.tables
        ]

    def of_samples(self) -> Iterator[tuple[str, Columns]]:
        """Yield each sampled table's name and columns for the samples in the buffer."""
        buffer, taken = self.world.samples.tables, self.world.samples.taken
        times = np.stack([getattr(buffer, name)[:taken] for name in TIMES_OF_SAMPLES])
        for table, filled in zip(self.tables, self._filled, strict=True):
            yield table.name, self._sampled(table, self.instances[table.rows], filled.fill(times))

    def _sampled(self, table: Table, of: Instances, filled: Columns) -> Columns:
        """Return the columns of a sampled table: a row for each sample and instance, samples first; `filled` are some of them."""
        samples, shape = self.world.samples, (self.world.samples.taken, len(of))
        rules = replace(self.rules, filled=filled, shape=shape)
        values = self._values(table, of, samples.field, rules)
        shown = of.shown(values) if of.shown is not None else None
        if shown is not None and shown.all():
            shown = None
        columns = {}
        for column in table.columns:
            name = column.name
            if name in filled and shown is None and not may_be_masked(column):
                columns[name] = filled[name]
            elif name != TIMESTAMP.name:  # that is added on the way to the sink
                columns[name] = self._flat(values.column(column), shape, shown)
        if self.hosts.several and of.kind not in SHARED:
            columns["host"] = self._flat(self._hosts(of, samples.field), shape, shown)
        return columns

    def _hosts(self, of: Instances, read: Callable[[str], Array]) -> Labels:
        """Name the hosts of instances: samples x instances, or one row where they never change."""
        if of.kind in self.hosts.fixed:
            return self.hosts.labels(self.hosts.fixed[of.kind][of.rows])
        return self.hosts.labels(self._field(read, of, of.host_field))

    def _values(self, table: Table, of: Instances, read: Callable[[str], Array], rules: Rules) -> Values:
        known = dict(of.known)
        if table.rows == "host":
            known["instance"] = Labels.repeated(HOST_INSTANCES[table.name], len(of))
        field = partial(self._field, read, of)
        rules = replace(rules, charge_ns=self._charge_ns(of, read))
        return Values(table, known, field, read, rules)

    def _charge_ns(self, of: Instances, read: Callable[[str], Array]) -> Array:
        """Return what each charge costs each instance, first axis charges: where it was when a sample was taken, if guests move among hosts whose costs differ."""
        if of.cost_rows is None:
            return None
        rows = of.cost_rows
        if self.hosts.costs_differ and of.kind not in self.hosts.fixed:
            rows = 2 * self._field(read, of, HOST_OF) + rows % 2
        return np.moveaxis(self.world.tables.charge_ns[rows], -1, 0)

    def _flat(self, values: Array, shape: tuple[int, int], shown: Array) -> Array:
        """Return values as one column, those of rows that are not `shown` left out; nothing of it stays in the buffer of samples."""
        if isinstance(values, Labels):
            codes = values.codes.reshape(-1) if values.codes.ndim > 1 else np.tile(values.codes, shape[0])
            values = Labels(codes, values.names)
            return values if shown is None else values[shown.ravel()]
        if np.shape(values) != shape:
            values = np.broadcast_to(values, shape)
        flat = values.reshape(-1) if shown is None else values[shown]
        return flat.copy() if np.may_share_memory(flat, self.world.samples.tables.snapshots) else flat

    def _field(self, read: Callable[[str], Array], of: Instances, name: str) -> Array:
        """Return a field for the instances: their own, those of their VPs summed, or those of all on each host summed."""
        kind = kind_of(name)
        values = self.hosts.numbered(name, read(name), kind, read)
        if is_absent(name, self.hosts):
            return np.zeros((len(values), len(of)), np.int64)
        if kind == of.kind:
            return values[:, of.at]
        if of.members is not None:
            return values @ of.members
        if kind == "virtual processor":
            return np.add.reduceat(values, self.world.tables.layouts.first_vp, axis=1)[:, of.owners]
        if of.kind == "host":
            return self.hosts.summed(values, kind, read)
        return values[:, of.owners]

    def of_jobs(self) -> Columns:
        """Return the job table: a row a partition with a closed workload, at the end of the run."""
        table = TABLES["job"]
        of = self.instances[table.rows]
        values = self._values(table, of, self._now, self.rules)
        columns = {
            column.name: self._flat(values[column.name], (1, len(of)), None) for column in table.columns
        }
        if self.hosts.several:
            columns["host"] = self._flat(self._hosts(of, self._now), (1, len(of)), None)
        return columns

    def _now(self, name: str) -> Array:
        """Return a field as it stands, of all its entities."""
        table, _, field = name.rpartition(".")
        return self.world.columns[SAMPLED_COMPONENTS[table]][field][None, :].copy()

    def of_dispatches(self) -> Columns:
        """Return the columns of the dispatch trace for the rows in its buffer."""
        w = self.world.tables
        rows = w.dispatches[: w.scheduler[0].dispatch_rows]
        return {
            **self._host(w.lp_topology.host[rows.lp]),
            "lp": self.lp_numbers[rows.lp],
            **self._vp(rows.vp),
            **{name: rows[name].copy() for name in ("ready_ns", "start_ns", "end_ns")},
            "reason": Labels(rows.reason.astype(np.int32), _REASONS),
        }

    def of_intercepts(self) -> Columns:
        """Return the columns of the intercept trace for the rows in its buffer."""
        w = self.world.tables
        rows = w.intercepts[: w.scheduler[0].intercept_rows]
        return {
            "time_ns": rows.time_ns.copy(),
            **self._host(rows.host),
            **self._vp(rows.vp),
            "class": Labels(rows.charge.astype(np.int32), _CLASSES),
            "count": rows.times.copy(),
            "cost_ns": rows.cost_ns.copy(),
        }

    def of_operations(self) -> Columns:
        """Return the columns of the trace of memory operations for the rows in its buffer."""
        return operation_columns(self.world, self.names, self.hosts)

    def _host(self, hosts: Array) -> Columns:
        """Return the column of hosts of the rows of a trace, where there are several."""
        return {"host": self.hosts.labels(hosts)} if self.hosts.several else {}

    def _vp(self, vps: Array) -> Columns:
        """Return partition and number of the VPs of a trace."""
        identity = self.world.tables.vp_identity
        owners = identity.owner[vps].astype(np.int32)
        return {"partition": Labels(owners, self.names), "vp": identity.vp_index[vps]}
