"""Build the memory of all hosts: frames and nodes, what each partition starts with, and what guests demand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import components
from components import NEVER, NOBODY, memory
from hvecs.engine.hosts import HostPlan
from hvecs.engine.named import constant
from hvecs.engine.plan import PartitionPlan, is_native
from hvecs.engine.room_by_host import with_room
from hvecs.engine.world import World
from hvecs.spec.changes import RESTORE, changes_of
from hvecs.spec.event import RECOVER, SAVE, UNDRAIN
from hvecs.spec.limits import BEFORE_STATIC_COUNTERS
from hvecs.spec.memory import LARGE_PAGE, Constant
from hvecs.spec.memory import MemoryDemand as Demand
from hvecs.spec.moving import guests_may_move
from hvecs.spec.scenario import Scenario
from systems.memory.admission import REOPENS, RESIZES, RESTARTS, RESTORES, SAVES, start_root
from systems.state.memory import Memory
from systems.state.orders import STARTS, STOPS

_CHANGES: Mapping[tuple[str, ...], int] = {
    ("memory",): RESIZES,
    (SAVE,): SAVES,
    (RESTORE,): RESTORES,
    (RECOVER,): REOPENS,
    (UNDRAIN,): REOPENS,
}
_SECOND_NS = 1e9
_TRACE_ROWS = 1 << 14

Plans = Sequence[PartitionPlan]


def build_memory(
    world: World, plans: Plans, hosts: Sequence[HostPlan], scenario: Scenario, residents: Any
) -> Memory:
    """Make all tables of memory and give each root its reserve; guests get theirs when they start."""
    moving = guests_may_move(scenario)
    for each in hosts:
        here = [plan for plan in plans if moving or plan.host == each.number]
        _fill_parameters(world.columns[components.MemoryParameters][each.number], here, each.alone)
    free = _build_nodes(world, hosts)
    dynamic = _fill_dynamic(world, plans, scenario)
    demand = _fill_demand(world, plans)
    pages = _fill_partitions(world, plans, hosts)
    room = max(_TRACE_ROWS, 8 * len(plans) + 8) if "memory_operation" in scenario.scenario.trace else 0
    world.make(components.MemoryOperation, room)
    world.columns[components.MemoryProgress][0].room = room
    by_host = _by_host(
        world.columns[components.MemoryState], plans, world.columns[components.DynamicMemory].owner
    )
    bound = world.bind_memory(
        residents=residents,
        dynamic_by_host=with_room(by_host, world.columns[components.MemoryState], "dynamics", moving=moving),
        free=free,
        pages=np.zeros(pages, np.int32),
        events=_events(plans, scenario),
        there=np.zeros(pages if moving else 0, np.int32),
        dynamic_of=dynamic,
        demand_of=demand,
    )
    if not is_native(scenario):
        for each in hosts:
            start_root(bound, each.number, memory.ROOT)
    return bound


def _by_host(states: Any, plans: Plans, owners: Any) -> Any:
    """Return the rows of guests with `DynamicMemory` by host, and note in `states` where those of each are."""
    hosts = np.array([plans[owner].host for owner in owners], np.int64)
    states.dynamics = np.bincount(hosts, minlength=len(states))
    states.first_dynamic = np.cumsum(states.dynamics) - states.dynamics
    return np.argsort(hosts, kind="stable")


def _fill_parameters(parameters: Any, plans: Plans, scenario: Scenario) -> None:
    """Fill those of the only host of `scenario`, with `plans` on it."""
    page_bytes = scenario.host.page
    balancing, costs = scenario.host.dynamic_memory, scenario.host.costs
    parameters.page_bytes = page_bytes
    parameters.block = LARGE_PAGE // page_bytes
    if any(plan.is_paged for plan in plans):
        parameters.period_ns = balancing.period
    parameters.first_report_ns = balancing.first_report
    parameters.report_ns = balancing.report
    parameters.keeps_surplus = int(balancing.surplus == "kept")
    if balancing.start_policy != "once":
        parameters.retry_ns = balancing.start_retry
    parameters.cluster = int(balancing.start_policy == "cluster")
    parameters.timeout_ns = balancing.start_timeout
    parameters.online_ns = balancing.online
    parameters.chunk = balancing.hot_add // page_bytes
    parameters.most_added = balancing.most_added // page_bytes
    parameters.most_removed = balancing.most_removed // page_bytes
    parameters.deadband = balancing.deadband / 100
    parameters.low_buffer = balancing.low_buffer / 100
    parameters.policy = constant(memory, f"by_{balancing.policy}")
    parameters.spanning = int(scenario.host.numa_spanning)
    parameters.has_hypervisor = int(not is_native(scenario))
    if not is_native(scenario):
        parameters.small_pages = costs.small_pages / 100
        parameters.commit_per_guest = scenario.root.commit_per_guest
    parameters.disk_bytes_per_s = scenario.host.save_bandwidth
    parameters.remote_memory = costs.remote_memory / 100


def _build_nodes(world: World, hosts: Sequence[HostPlan]) -> Any:
    """Make the nodes and frames, all free; return the stacks of free frames, the lowest number on top."""
    world.spawn("memory node", sum(len(each.nodes) for each in hosts))
    table = world.columns[components.MemoryNode]
    total = 0
    for each in hosts:
        frames, count = each.host.memory // each.host.page, len(each.nodes)
        edges = total + np.arange(count + 1) * frames // count
        table.host[each.nodes], table.first_frame[each.nodes] = each.number, edges[:-1]
        table.frames[each.nodes] = table.free[each.nodes] = np.diff(edges)
        total += frames
    world.make(components.PageFrame, total)
    free = np.empty(total, np.int32)
    for node, row in enumerate(table):
        first, last = row.first_frame, row.first_frame + row.frames
        world.columns[components.PageFrame].node[first:last] = node
        free[first:last] = np.arange(last - 1, first - 1, -1, dtype=np.int32)
    return free


def _fill_dynamic(world: World, plans: Plans, scenario: Scenario) -> Any:
    """Fill the settings of guests with Dynamic Memory; return the row of each partition among them.

    Since Windows Server 2016 the host keeps the counters of guests with static memory too [WE: pull request 971].
    """
    static_too = not is_native(scenario) and scenario.host.limits not in BEFORE_STATIC_COUNTERS
    owners = [
        row
        for row, plan in enumerate(plans)
        if plan.dynamic_memory is not None or (static_too and plan.kind != "root")
    ]
    world.attach(world.entities["partition"][owners].tolist(), "dynamic guest")
    page_bytes = scenario.host.page
    block = LARGE_PAGE // page_bytes
    for row, owner in zip(world.columns[components.DynamicMemory], owners, strict=True):
        given = plans[owner].dynamic_memory
        row.owner = owner
        row.cannot_add = int(not plans[owner].hot_add)
        if given is None:
            row.is_static = 1
            row.minimum = row.maximum = _up(plans[owner].memory_bytes, page_bytes, 1)
            continue
        row.minimum = _up(given.minimum, page_bytes, block)
        row.maximum = max(_up(given.startup, page_bytes, block), given.maximum // page_bytes // block * block)
        row.buffer, row.weight = given.buffer / 100, given.weight
        row.keeps_floor = int(plans[owner].profile.keeps_balloon_floor)
    return _rows_of(owners, len(plans))


def _fill_demand(world: World, plans: Plans) -> Any:
    """Fill the demands and their points; return the row of each partition among them."""
    demands = {row: _demand_of(plan) for row, plan in enumerate(plans)}
    owners = [row for row, demand in demands.items() if demand is not None]
    world.attach(world.entities["partition"][owners].tolist(), "demanding guest")
    points: list[tuple[int, int]] = []
    for row, owner in zip(world.columns[components.MemoryDemand], owners, strict=True):
        demand = demands[owner]
        assert demand is not None  # noqa: S101
        own = demand.points()
        row.owner, row.first_point, row.points = owner, len(points), len(own)
        row.cycle_ns = demand.cycle or NEVER
        row.working_set, row.file_cache = demand.working_set / 100, demand.file_cache
        row.access_every_ns = max(1, round(_SECOND_NS / demand.access_rate))
        row.read_every_ns = max(1, round(_SECOND_NS / demand.cache_reads))
        row.pattern, row.exponent = constant(memory, f"{demand.access}_access"), demand.zipf_exponent
        points.extend(own)
    world.make(components.DemandPoint, len(points))[:] = points
    return _rows_of(owners, len(plans))


def _demand_of(plan: PartitionPlan) -> Demand | None:
    """Return the demand of a guest; one with Dynamic Memory that is given none wants just its startup memory, steadily."""
    if plan.memory_demand is None and plan.dynamic_memory is not None:
        dynamic = plan.dynamic_memory
        committed = int(dynamic.startup / (1 + dynamic.buffer / 100))
        return Constant.model_validate({"kind": "constant", "committed": f"{committed} B"})
    return plan.memory_demand


def _fill_partitions(world: World, plans: Plans, hosts: Sequence[HostPlan]) -> int:
    """Fill what each partition starts with, and its place in the table of pages; return the rows of that."""
    page_bytes = hosts[0].host.page
    block = LARGE_PAGE // page_bytes
    total = 0
    for row, plan in zip(world.columns[components.PartitionMemory], plans, strict=True):
        dynamic, on = plan.dynamic_memory, hosts[plan.host]
        nodes = world.columns[components.MemoryNode].frames[on.nodes]
        frames, node_frames = int(nodes.sum()), int(nodes.max())
        row.startup = _up(plan.memory_bytes, page_bytes, block if dynamic else 1)
        if dynamic is None:
            most = min(_up(plan.most_memory, page_bytes, 1), frames)
        else:
            most = min(max(plan.most_memory, dynamic.maximum) // page_bytes, frames) // block * block
        row.first_page, row.most_pages = total, max(row.startup, most)
        total += int(row.most_pages)
        row.page_file = NEVER if plan.page_file_bytes is None else plan.page_file_bytes
        row.planned_node = plan.vps[0].node if len(on.nodes) > 1 else NOBODY
        if plan.virtual_numa and row.startup > node_frames:
            row.virtual_nodes = -(-int(row.startup) // node_frames)
    return total


def _events(plans: Plans, scenario: Scenario) -> Any:
    """Return what happens to the memory of guests in the order of time, of one time stops first, then starts, restarts and changes.

    The last column is the row of the change.
    """
    guests = [(row, plan) for row, plan in enumerate(plans) if plan.kind != "root"]
    spans = [(row, span) for row, plan in guests for span in ((plan.start_ns, plan.stop_ns), *plan.later)]
    starts = [(start, STARTS, row, NOBODY) for row, (start, _) in spans]
    stops = [(stop, STOPS, row, NOBODY) for row, (_, stop) in spans if stop < NEVER]
    restarts = [(restart, RESTARTS, row, NOBODY) for row, plan in guests for restart in plan.restarts]
    rows = {plan.name: row for row, plan in guests}
    rows_of_hosts = {str(host.name): row for row, host in enumerate(scenario.hosts)}  # of their roots
    changes = [
        (change.at, kind, (rows_of_hosts if kind == REOPENS else rows)[change.target], number)
        for number, change in enumerate(changes_of(scenario))
        if (kind := _CHANGES.get(change.keys or (change.action,))) is not None
    ]
    return np.array(sorted(starts + stops + restarts + changes), np.int64).reshape(-1, 4)


def _rows_of(owners: Sequence[int], partitions: int) -> Any:
    rows = np.full(partitions, NOBODY, np.int64)
    rows[list(owners)] = np.arange(len(owners))
    return rows


def whole_frames(amount_bytes: int, page_bytes: int, *, up: bool) -> int:
    """Return an amount as frames in whole blocks of 2 MiB, rounded up or down."""
    block = LARGE_PAGE // page_bytes
    return _up(amount_bytes, page_bytes, block) if up else amount_bytes // page_bytes // block * block


def _up(amount_bytes: int, page_bytes: int, multiple: int) -> int:
    """Return how many frames hold an amount, in whole multiples."""
    unit = page_bytes * multiple
    return -(-amount_bytes // unit) * multiple
