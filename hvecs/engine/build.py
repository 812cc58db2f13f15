"""Build: from a scenario (a value) to a world (entities and tables)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import components
from components import NOBODY
from components.traps import CHARGES
from hvecs.engine.affinity import build_affinity, collect_affinity, words_of
from hvecs.engine.changes import build_changes
from hvecs.engine.cpu_groups import build_groups
from hvecs.engine.devices import build_networks, build_storage
from hvecs.engine.distributions import DistributionTable
from hvecs.engine.host_rows import fill_host, identify
from hvecs.engine.hosts import HostPlan, plan_hosts
from hvecs.engine.io_paths import build_io, build_paging
from hvecs.engine.memory import build_memory
from hvecs.engine.migrations import build_migrations
from hvecs.engine.numa import place_on_nodes
from hvecs.engine.own_systems import in_order
from hvecs.engine.partitions import build_partitions, fill_vps
from hvecs.engine.plan import PartitionPlan, is_native
from hvecs.engine.planning import plan_partitions
from hvecs.engine.policies import find_policy
from hvecs.engine.pools import build_pools
from hvecs.engine.processors import build_cores, build_domains, fill_code
from hvecs.engine.room_by_host import with_room
from hvecs.engine.run_lists import build_run_lists, set_homes
from hvecs.engine.stopwatch import Stopwatch
from hvecs.engine.streams import stream_key
from hvecs.engine.tasks import build_tasks
from hvecs.engine.tiers import build_tiers, tier_arrays
from hvecs.engine.traps import build_traps, charge_costs
from hvecs.engine.vp_places import build_places, plans_elsewhere
from hvecs.engine.world import World
from hvecs.spec.scenario import Scenario
from systems import SCHEDULE
from systems.guest.peers import LISTS
from systems.guest.priorities import LEVELS
from systems.kernels.heap import Heap, make_heap
from systems.kernels.histogram import BUCKETS
from systems.policy import Policy
from systems.schedule import Schedule
from systems.state.idle_vps import rings_of
from systems.state.rings import make_rings
from systems.state.samples import as_matrix
from systems.system import System

_TRACE_ROWS = 1 << 16


def planned(scenario: Scenario) -> tuple[PartitionPlan, ...]:
    """Return the partitions of `scenario` with a place for each VP."""
    plans = list(plan_partitions(scenario))
    for each in plan_hosts(scenario):
        rows = [row for row, plan in enumerate(plans) if plan.host == each.number]
        here = tuple(plans[row] for row in rows)
        if not is_native(scenario):
            here = place_on_nodes(each.host, here)
        for row, plan in zip(rows, here, strict=True):
            plans[row] = plan.placed(each)
    return tuple(plans)


def build(scenario: Scenario, schedule: Schedule = SCHEDULE) -> World:
    """Return the world of `scenario` at time 0, with the systems of `schedule` in place."""
    world = World(schedule, Stopwatch())
    fill(world, scenario, planned(scenario), own=(), policy=None)
    world.begin()
    return world


def fill(
    world: World,
    scenario: Scenario,
    plans: tuple[PartitionPlan, ...],
    own: Sequence[System],
    policy: Policy | None,
) -> None:
    """Fill a new world with all that `scenario` has; its first events are not set yet. Nothing but the keys of its random streams depends on its seed."""
    hosts = plan_hosts(scenario)
    distributions = DistributionTable()
    elsewhere = plans_elsewhere(scenario, hosts, plans)
    sets, affinity, affinity_elsewhere = collect_affinity(plans, hosts, elsewhere)
    _build_hosts(world, hosts, plans)
    set_members, sets_of_lp = build_affinity(world, sets)
    build_partitions(world, plans, distributions)
    fill_code(world, plans)
    _build_devices(world, scenario, plans, distributions)
    fill_vps(world, plans, affinity, [each.host.scheduling.cap_period for each in hosts])
    traps = build_traps(world, [(plan.traps, len(plan.vps)) for plan in plans])
    members = build_groups(world, plans, scenario)
    build_tiers(world, plans, scenario, distributions)
    build_pools(world, plans, sets, scenario)
    lps_of_sets = [each.lps for each in sets]
    set_homes(world, lps_of_sets)
    parent_work = distributions.row_of(scenario.root.intercept_work)
    _build_distributions(world, distributions)
    build_tasks(world, plans)
    _make_room(world, scenario)
    _fill_simulation(world, scenario, plans)
    for each in hosts:
        fill_host(world, each, parent_work)
    build_changes(world, plans, scenario)
    residents = identify(world, hosts, plans, sets)
    residents = with_room(residents, world.columns[components.HostState], "residents", moving=bool(elsewhere))
    build_migrations(world, plans, scenario)
    timers, first_slot = _timers(world)
    tier_lists, weighted = tier_arrays(world)
    arrays = {
        "first_slot": first_slot,
        "group_members": members,
        "set_members": set_members,
        "sets_of_lp": sets_of_lp,
        "idle_lps": words_of(range(world.count("logical processor")), set_members.shape[1]),
        "residents": residents,
        "vp_places": build_places(world, hosts, elsewhere, sets, affinity_elsewhere),
        **build_run_lists(world, lps_of_sets, set_members, sets_of_lp),
        **traps,
        **tier_lists,
        "values_ns": np.array(distributions.values_ns, np.int64),
        **_arrays(world, scenario),
    }
    heaps = {"timers": timers} | _heaps(world, [each.vps for each in sets]) | weighted
    memory = build_memory(world, plans, hosts, scenario, residents)
    world.spawn_simulation()
    world.finish(policy or find_policy(scenario), heaps, arrays, memory)
    world.add_systems(in_order(world.schedule, own))


def _build_hosts(world: World, hosts: tuple[HostPlan, ...], plans: tuple[PartitionPlan, ...]) -> None:
    """Make the hosts and what they have whoever is on them: LPs, caches and cores."""
    world.spawn("host", len(hosts))
    world.columns[components.HostState].idle_lps = [len(each.lps) for each in hosts]
    world.host_names = [each.host.name or "" for each in hosts]
    world.spawn("logical processor", sum(len(each.lps) for each in hosts))
    build_domains(world, hosts, plans)
    build_cores(world, hosts)


def _build_devices(
    world: World, scenario: Scenario, plans: tuple[PartitionPlan, ...], distributions: DistributionTable
) -> None:
    """Make what requests and pages go through: the root's paths, and the devices that guests share."""
    build_io(world, plans, distributions)
    build_paging(world, plans, distributions)
    build_storage(world, plans, scenario, distributions)
    build_networks(world, plans, scenario, distributions)


def _arrays(world: World, scenario: Scenario) -> dict[str, Any]:
    """Return the arrays that follow from the components and the scenario alone."""
    return {
        "happened": np.zeros(len(world.schedule.events), np.int64),
        **_lists_of_guests(world),
        "wait_edges": np.array(scenario.host.scheduling.wait_buckets, np.int64),
        "wait_buckets": as_matrix(world.columns[components.VpWaits], components.VpWaits),
        "disk_free_ns": np.zeros(sum(host.paging_channels for host in scenario.hosts), np.int64),
        "charge_ns": np.concatenate(
            [charge_costs(None if is_native(scenario) else host.costs) for host in scenario.hosts]
        ),
        "responses": np.zeros((len(world.columns[components.OpenWorkload]), BUCKETS), np.int64),
    }


def _make_room(world: World, scenario: Scenario) -> None:
    """Make room for the traces: one event may end the dispatch on every LP, settle the VP of every LP, and send a message to every VP."""
    vps, lps = len(world.columns[components.VpIdentity]), world.count("logical processor")
    most_intercepts = 4 * CHARGES * (lps + 1) + 4 * vps
    rooms = (
        (components.DispatchRecord, "dispatch", 4 * lps),
        (components.InterceptRecord, "intercept", 2 * most_intercepts),
    )
    for component, table, least in rooms:
        world.make(component, max(_TRACE_ROWS, least) if table in scenario.scenario.trace else 0)


def _lists_of_guests(world: World) -> dict[str, Any]:
    """Return the lists that each guest keeps: of its idle VPs, of its ready tasks by level, of its VPs that wait."""
    layouts = world.columns[components.PartitionLayout]
    vps = len(world.columns[components.VpIdentity])
    return {
        "idle_vps": make_rings(vps, sum(map(rings_of, layouts.virtual_nodes.tolist()))),
        "ready_lists": np.full((LEVELS * len(layouts), 2), NOBODY),
        "callers": make_rings(vps, len(layouts)),
        "peers": make_rings(vps, LISTS * len(layouts)),
    }


def _build_distributions(world: World, distributions: DistributionTable) -> None:
    world.spawn("distribution", len(distributions.rows))
    for row, values in zip(world.columns[components.Distribution], distributions.rows, strict=True):
        row.kind, row.a, row.b, row.first, row.values = values


def _fill_simulation(world: World, scenario: Scenario, plans: tuple[PartitionPlan, ...]) -> None:
    times = scenario.scenario
    clock = world.columns[components.Clock][0]
    clock.step_ns, clock.sample_ns, clock.end_ns = times.step, times.sample, times.duration
    clock.has_jobs = clock.unfinished_jobs = sum(1 for plan in plans if plan.job is not None)
    scheduler = world.columns[components.SchedulerState][0]
    scheduler.dispatch_room = len(world.columns[components.DispatchRecord])
    scheduler.intercept_room = len(world.columns[components.InterceptRecord])
    set_seed(world, times.seed)


def set_seed(world: World, seed: int) -> None:
    """Set the keys of all random streams."""
    world.columns[components.RandomKeys][0] = tuple(
        stream_key(seed, name) for name in components.RandomKeys.fields
    )


def _timers(world: World) -> tuple[Heap, Any]:
    """Return the heap of events, with a slot for each event of each entity that has it, and the first slot of each event."""
    counts = [world.count(event.entity) for event in world.schedule.events]
    ends = np.cumsum(counts, dtype=np.int64)
    return make_heap([int(ends[-1])], int(ends[-1])), ends - counts


def _heaps(world: World, vps_in_sets: list[int]) -> dict[str, Heap]:
    """Return the heaps of ready VPs by affinity set, of VPs held back, of those of CPU groups in line, of bursts by code clock, and of disks by volume."""
    vps = world.count("virtual processor")
    disks = np.bincount(
        world.columns[components.VirtualDisk].storage, minlength=world.count("storage")
    ).tolist()
    lps_in = np.bincount(world.columns[components.LpTopology].domain)[
        world.columns[components.CodeClock].domain
    ]
    in_groups = world.columns[components.CpuGroup].members.tolist()
    return {
        "entitled": make_heap(vps_in_sets, vps),
        "held": make_heap([vps, *in_groups], vps),
        "group_lines": make_heap(in_groups, vps),
        "bursts": make_heap(lps_in.tolist(), world.count("logical processor")),
        "disk_turns": make_heap(disks, sum(disks)),
        "disk_dues": make_heap(disks, sum(disks)),
    }
