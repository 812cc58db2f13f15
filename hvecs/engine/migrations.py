"""Build what live migration needs where there are several hosts, and turn its rows into columns."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

import components
from components.migration import MIGRATION_OUTCOMES, SENDER
from hvecs.engine.columns import Columns
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.streams import stable_id
from hvecs.engine.world import World
from hvecs.output.labels import Labels
from hvecs.spec.host import Host
from hvecs.spec.live_migration import BALANCING, CHUNK
from hvecs.spec.moving import guests_may_move
from hvecs.spec.scenario import Scenario
from systems.io.network import RECEIVING, SENDING_SIDE

_ONE: Final = 1 << 10
_ROWS: Final = 1 << 10
_PAGE: Final = 4096
_TASKS: Final = 2
"""Rows of the pool of tasks that one chunk of a migration takes: one a root."""
_OUTCOMES: Final = np.array(MIGRATION_OUTCOMES, object)

Plans = Sequence[PartitionPlan]


def build_migrations(world: World, plans: Plans, scenario: Scenario) -> None:
    """Fill what hosts allow, and make a row for each partition where there are several hosts."""
    for row, host in zip(world.columns[components.MigrationParameters], scenario.hosts, strict=True):
        _fill_parameters(row, host, scenario)
    several = guests_may_move(scenario)
    world.make(components.MigrationRecord, _ROWS + 4 * len(plans) if several else 0)
    if not several:
        return
    world.attach(world.entities["partition"].tolist(), "moving guest")
    world.spawn("migration end", 2 * len(plans))
    world.spawn("migration link", 2 * len(scenario.hosts))
    for number, host in enumerate(scenario.hosts):
        for side, row in enumerate(world.columns[components.MigrationLink][2 * number : 2 * number + 2]):
            _fill_link(row, host, scenario, (number, side))
    world.columns[components.SchedulerState][0].spare_tasks += _TASKS
    cluster, given = world.columns[components.ClusterState][0], scenario.cluster
    cluster.detection_ns, cluster.delay_ns, cluster.pause_ns = (
        given.detection,
        given.restart_delay,
        given.restart_pause,
    )
    if given.balancing == "periodic":
        cluster.balance_ns = given.balancing_period
    cluster.threshold = BALANCING[given.balancing_level] / 100
    for row, plan in zip(world.columns[components.Migration], plans, strict=True):
        row.dirty_rate, row.rank = plan.dirty_rate, plan.rank
        row.memory_turn = stable_id(plan.name, "memory", 0)
        row.parent_turn = stable_id(plan.name, "parent", 0)


def _fill_parameters(row: Any, host: Host, scenario: Scenario) -> None:
    given = host.live_migration
    row.most_at_once = scenario.cluster.max_parallel_migrations or given.simultaneous
    row.most_pending = given.buffer // CHUNK
    row.most_passes, row.blackout_ns = given.passes, given.blackout
    row.by_smb = given.option == "smb"
    row.transfer_ns = given.transfer_cost
    row.compression_ns, row.decompression_ns = given.compression_cost, given.decompression_cost
    if given.option == "compression":
        row.ratio = max(_ONE, round(_ONE * given.ratio))


def _fill_link(row: Any, host: Host, scenario: Scenario, at: tuple[int, int]) -> None:
    """Fill the link `at` a host by its number and SENDER or RECEIVER: one of their own, or that of the host's NIC of a network."""
    given, (number, side) = host.live_migration, at
    row.bandwidth = row.most = given.bandwidth
    if given.network is not None:
        names = [each.name for each in scenario.network]
        place = names.index(given.network)
        switch = number * len(names) + place
        row.link = 2 * switch + (SENDING_SIDE if side == SENDER else RECEIVING)
        row.bandwidth = scenario.network[place].bandwidth
        row.most = max(1, int(row.bandwidth * given.network_share / 100))


def migration_rows(world: World, plans: Plans, scenario: Scenario) -> Columns:
    """Return the columns of the table of live migrations for the rows in its buffer."""
    rows = world.tables.migration_rows[: world.tables.cluster[0].rows]
    names = np.array([plan.name for plan in plans], object)
    hosts = np.array([*(host.name for host in scenario.hosts), None], object)
    return {
        "time_ns": rows.ended_ns.copy(),
        "partition": Labels(rows.guest.astype(np.int32), names),
        "source": Labels(rows.source.astype(np.int32), hosts),
        "target": hosts[rows.target],
        "started_ns": np.ma.masked_less(rows.started_ns.copy(), 0),
        "bytes_held": rows.memory.copy(),
        "bytes_sent": rows.sent.copy(),
        "bytes_crossed": rows.wire.copy(),
        "dirty_pages": -(-rows.dirty // _PAGE),
        **{name: rows[name].copy() for name in ("asked_ns", "passes", "brownout_ns", "blackout_ns")},
        "outcome": Labels(rows.outcome.astype(np.int32), _OUTCOMES),
    }
