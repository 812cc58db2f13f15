"""Build the paths of requests and pages through the root, and the servers of their devices."""

import numpy as np

from components import NEVER, NOBODY, DeviceServer, IoPath, PagingPath
from hvecs.engine.distributions import DistributionTable
from hvecs.engine.plan import PartitionPlan, open_workloads
from hvecs.engine.streams import stable_id
from hvecs.engine.world import World
from hvecs.spec.distributions import Distribution
from hvecs.spec.io import Io


def build_io(world: World, plans: tuple[PartitionPlan, ...], distributions: DistributionTable) -> None:
    """Fill the path of every open workload, in the order of `plans`, and make the servers of the devices."""
    opened = [(plans[row], workload) for row, workload in open_workloads(plans)]
    servers = [
        workload.io.servers
        if workload.io is not None and workload.io.per_request and not workload.io.storage
        else 0
        for _, workload in opened
    ]
    world.spawn("device server", sum(servers))
    first = 0
    for row, ((plan, workload), count) in enumerate(zip(opened, servers, strict=True)):
        path = world.columns[IoPath][row]
        path.stable_id = stable_id(plan.stream, "io", 0)
        if workload.io is None or not workload.io.is_used:
            continue
        _fill(path, workload.io, distributions)
        path.boost = plan.profile.devices[workload.io.device_class]
        if count:
            path.first_free_server = first
            free = np.arange(first + 1, first + count + 1)
            free[-1] = NOBODY
            world.columns[DeviceServer].next_free[first : first + count] = free
            first += count


def _fill(path: np.record, io: Io, distributions: DistributionTable) -> None:
    path.network, path.per_request = int(bool(io.network)), io.per_request
    path.ring, path.depth = io.ring or NEVER, io.queue_depth
    path.by_message, path.buffers_left = int(io.notify == "message"), io.buffers
    path.work = distributions.row_of(io.work)
    path.completion, path.device_time = _row(io.completion, distributions), _row(io.device, distributions)


def build_paging(world: World, plans: tuple[PartitionPlan, ...], distributions: DistributionTable) -> None:
    """Fill the path of pages from disk of every partition with a demand for memory; by way of the root, if it has I/O."""
    for path, plan in zip(world.columns[PagingPath], plans, strict=True):
        if not plan.is_paged:
            continue
        path.stable_id = stable_id(plan.stream, "paging", 0)
        if plan.io is not None:
            path.work = distributions.row_of(plan.io.work)
            path.completion = _row(plan.io.completion, distributions)


def _row(distribution: Distribution, distributions: DistributionTable) -> int:
    return NOBODY if distribution.average_ns == 0 else distributions.row_of(distribution)
