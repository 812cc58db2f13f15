"""Build the partitions: their VPs, threads and workloads."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

import components
from components import NOBODY
from components import workload as kinds
from components.partition import NO_WORKLOAD
from components.virtual_processor import NO_CAP
from hvecs.engine.distributions import DistributionTable
from hvecs.engine.named import constant
from hvecs.engine.plan import OpenPlan, PartitionPlan, open_workloads
from hvecs.engine.streams import stable_id
from hvecs.engine.world import World
from hvecs.spec.workload import ClosedWorkload, Lock
from systems import WORKLOADS
from systems.state.idle_vps import rings_of

_BOOT_BURSTS = 100
"""A boot computes and waits for the disk in so many turns: short ones, as its VP is shared with others all the while."""

_NUMBERS = {each.name: each.kind for each in WORKLOADS}

Plans = tuple[PartitionPlan, ...]


def build_partitions(world: World, plans: Plans, distributions: DistributionTable) -> None:
    """Make partitions, VPs, threads and workloads, in the order of `plans`."""
    closed = [row for row, plan in enumerate(plans) if plan.job is not None]
    opened = open_workloads(plans)
    world.spawn("partition", len(plans))
    world.name_partitions(plan.name for plan in plans)
    world.spawn("virtual processor", sum(len(plan.vps) for plan in plans))
    world.spawn("guest thread", sum(_threads(plan) for plan in plans))
    world.attach(world.entities["partition"][closed].tolist(), "closed guest")
    _attach_open(world, opened)
    _fill_lifetimes(world, plans)
    first_thread = 0
    for row, plan in enumerate(plans):
        layout = world.columns[components.PartitionLayout][row]
        layout.host, layout.first_thread = plan.host, first_thread
        if plan.job is not None:
            layout.job, layout.threads = closed.index(row), plan.job.threads
            _fill_closed(world, layout.job, plan.job, distributions)
            _fill_lock(world, row, layout.job, plan.job.lock)
            _fill_threads(world, plan.stream, first_thread, plan.job.threads)
            first_thread += plan.job.threads
        layout.workload = NO_WORKLOAD if plan.workload is None else _NUMBERS[plan.workload.kind]
        if isinstance(plan.workload, OpenPlan):
            layout.requests = opened.index((row, plan.workload))
    for place, (row, workload) in enumerate(opened):
        opened_row = world.columns[components.OpenWorkload][place]
        opened_row.owner = row
        _fill_open(opened_row, plans[row], workload, distributions)


def _attach_open(world: World, opened: Sequence[tuple[int, OpenPlan]]) -> None:
    """Attach open workloads to their partitions, and what roots do beside to the hosts."""
    partitions = world.entities["partition"]
    own = list(dict.fromkeys(row for row, _ in opened))
    beside = world.entities["host"][: len(opened) - len(own)]
    world.attach([*partitions[own].tolist(), *beside.tolist()], "open guest")


def _threads(plan: PartitionPlan) -> int:
    return 0 if plan.job is None else plan.job.threads


def _fill_lifetimes(world: World, plans: Plans) -> None:
    lifetimes = world.columns[components.Lifetime]
    lifetimes.start_ns = [plan.start_ns for plan in plans]
    lifetimes.stop_ns = [plan.stop_ns for plan in plans]
    lifetimes.restart_ns = [plan.restart_ns for plan in plans]
    for boot, plan in zip(world.columns[components.GuestBoot], plans, strict=True):
        boot.bursts = _BOOT_BURSTS if plan.boot_ns else 0
        boot.burst_ns = plan.boot_cpu_ns // _BOOT_BURSTS
        boot.wait_ns = (plan.boot_ns - plan.boot_cpu_ns) // _BOOT_BURSTS
    guests = world.columns[components.GuestScheduler]
    guests.quantum_ns = [plan.quantum_ns for plan in plans]
    guests.protect_ns = [plan.protect_ns for plan in plans]
    guests.page_boost = [plan.profile.devices["disk"] for plan in plans]
    guests.event_boost = [plan.profile.event for plan in plans]
    guests.timer_boost = [plan.profile.timer for plan in plans]
    guests.rebalance_ns = [plan.rebalance_ns for plan in plans]
    guests.spin_retry_ns = [plan.spin_retry_ns for plan in plans]
    guests.spin_halts = [plan.spin_halts for plan in plans]
    if plans[0].kind == "root":
        first_of_root = first_vps(plans)
        callers = zip(plans, _root_vps(plans, "memory"), strict=True)
        world.columns[components.MemoryCalls].root_vp = [
            first_of_root[plan.host] + vp for plan, vp in callers
        ]
        world.columns[components.GuestTraps].root_vp = _root_vps(plans, "parent")


def first_vps(plans: Sequence[PartitionPlan]) -> list[int]:
    """Return the row of the first VP of each partition."""
    return [0, *accumulate(len(plan.vps) for plan in plans)][:-1]


def _root_vps(plans: Plans, purpose: str) -> list[int]:
    """Return which VP of its root serves each partition first for this purpose, by its name: so other guests move nothing."""
    return [stable_id(plan.name, purpose, 0) % len(plans[plan.host].vps) for plan in plans]


def _fill_closed(world: World, row: int, workload: ClosedWorkload, distributions: DistributionTable) -> None:
    closed = world.columns[components.ClosedWorkload][row]
    closed.compute = distributions.row_of(workload.compute)
    closed.sleep = NOBODY if workload.sleep.average_ns == 0 else distributions.row_of(workload.sleep)
    closed.pool_ns = workload.work
    if workload.serial > 0:
        closed.parts = 2 * workload.serial_phases
        closed.serial_ns = round(workload.work * workload.serial / 100)
        closed.parallel_ns = workload.work - closed.serial_ns


def _fill_lock(world: World, partition: int, row: int, lock: Lock | None) -> None:
    if lock is None:
        return
    world.columns[components.GuestScheduler][partition].lock = row
    filled = world.columns[components.GuestLock][row]
    filled.kind, filled.share, filled.hold_ns = (
        constant(kinds, f"{lock.kind}_lock"),
        lock.share / 100,
        lock.hold,
    )


def _fill_threads(world: World, name: str, first: int, count: int) -> None:
    threads = world.columns[components.GuestThread][first : first + count]
    threads.stable_id = [stable_id(name, "thread", index) for index in range(count)]


def _fill_open(
    opened: np.record, plan: PartitionPlan, workload: OpenPlan, distributions: DistributionTable
) -> None:
    purpose = "workload" if plan.root_requests and workload is plan.workload else "requests"
    opened.stable_id = stable_id(plan.stream, purpose, 0)
    if workload.interarrival is not None and workload.service is not None:
        opened.interarrival = distributions.row_of(workload.interarrival)
        opened.service = distributions.row_of(workload.service)
    opened.limit = workload.limit
    opened.keeps_time = int(workload.keeps_time)
    opened.next_arrival_ns = plan.start_ns


def fill_vps(world: World, plans: Plans, affinity_sets: list[int], cap_periods_ns: Sequence[int]) -> None:
    """Fill identity and controls of every VP, by the cap period of each host; tie root VPs to their LPs."""
    columns = world.columns
    identity, controls, traps = (
        columns[components.VpIdentity],
        columns[components.VpControls],
        columns[components.TrapState],
    )
    row = 0
    _number_virtual_nodes(world, plans)
    for partition, plan in enumerate(plans):
        columns[components.PartitionLayout][partition].first_vp = row
        columns[components.PartitionLayout][partition].vps = len(plan.vps)
        cap_period_ns = cap_periods_ns[plan.host]
        for index, vp in enumerate(plan.vps):
            traps[row].cost_row = 2 * plan.host + int(plan.kind == "root")
            traps[row].stable_id = stable_id(plan.stream, "vp", index)
            traps[row].wake_phase_ns = _wake_phase(plan, int(traps[row].stable_id))
            identity[row].owner, identity[row].vp_index, identity[row].tied_lp = partition, index, vp.tied_lp
            identity[row].host = plan.host
            identity[row].ideal_node = vp.node
            identity[row].fellow = NOBODY if vp.fellow < 0 else row - index + vp.fellow
            controls[row].reserve_ns = round(cap_period_ns * vp.reserve_pct / 100)
            controls[row].weight, controls[row].affinity_set = vp.weight, affinity_sets[row]
            controls[row].cap_ns = NO_CAP if vp.cap_pct >= 100 else round(cap_period_ns * vp.cap_pct / 100)  # noqa: PLR2004
            if plan.kind == "root":
                columns[components.LpTopology][vp.tied_lp].root_vp = row
            row += 1


def _wake_phase(plan: PartitionPlan, number: int) -> int:
    """Return when (ns) the system's own timers first wake an idle VP, so that those of different VPs do not coincide."""
    wakes = plan.traps.idle_wakes if plan.traps is not None else 0
    return number % round(1e9 / wakes) if wakes > 0 else 0


def _number_virtual_nodes(world: World, plans: Plans) -> None:
    """Number the NUMA nodes that each guest sees; one that sees one only, and the root, whose work goes round its VPs, have all VPs on 0."""
    layouts, identity = world.columns[components.PartitionLayout], world.columns[components.VpIdentity]
    row = ring = 0
    for partition, plan in enumerate(plans):
        sees = plan.virtual_numa and plan.kind != "root"
        nodes = sorted({vp.node for vp in plan.vps}) if sees else []
        layouts[partition].virtual_nodes = max(1, len(nodes))
        layouts[partition].first_ring = ring
        ring += rings_of(max(1, len(nodes)))
        if nodes:
            identity.virtual_node[row : row + len(plan.vps)] = [nodes.index(vp.node) for vp in plan.vps]
        row += len(plan.vps)
