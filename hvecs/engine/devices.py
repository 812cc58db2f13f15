"""Build the devices that guests share, and what of them each guest has."""

import numpy as np

import components
from components import NOBODY
from hvecs.engine.distributions import DistributionTable
from hvecs.engine.partitions import first_vps
from hvecs.engine.plan import PartitionPlan, open_workloads
from hvecs.engine.world import World
from hvecs.spec.devices import Storage
from hvecs.spec.io import Io
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import US


def build_storage(
    world: World, plans: tuple[PartitionPlan, ...], scenario: Scenario, distributions: DistributionTable
) -> None:
    """Make the shared volumes with their places, and a disk on one for each guest that attaches to it."""
    specs = scenario.storage
    world.device_names["storage"] = [spec.name for spec in specs]
    world.spawn("storage", len(specs))
    world.spawn("storage place", sum(spec.parallel for spec in specs))
    first = 0
    for number, spec in enumerate(specs):
        _fill_volume(
            world.columns[components.StorageVolume][number], spec, scenario.host.limits, distributions
        )
        world.columns[components.StorageVolume].first_free[number] = first
        places = world.columns[components.StoragePlace][first : first + spec.parallel]
        places.storage = number
        places.next_free = np.arange(first + 1, first + spec.parallel + 1)
        places.next_free[-1] = NOBODY
        first += spec.parallel
    _build_disks(world, plans, specs, distributions)


def _fill_volume(volume: np.record, spec: Storage, limits: str, distributions: DistributionTable) -> None:
    volume.latency = NOBODY if spec.latency.average_ns == 0 else distributions.row_of(spec.latency)
    volume.bandwidth = spec.bandwidth or 0
    volume.in_order = int(spec.order_used(limits) == "fifo")
    volume.normal_bytes, volume.by_bytes = spec.normalisation, int(spec.counting == "bytes")
    volume.period_us = spec.throttle_period // US


def _build_disks(
    world: World,
    plans: tuple[PartitionPlan, ...],
    specs: tuple[Storage, ...],
    distributions: DistributionTable,
) -> None:
    numbers = {spec.name: number for number, spec in enumerate(specs)}
    attached = [(row, io) for row, io in _paths(plans) if io.storage]
    world.spawn("virtual disk", len(attached))
    for number, (path, io) in enumerate(attached):
        world.columns[components.IoPath].disk[path] = number
        disk = world.columns[components.VirtualDisk][number]
        disk.storage, disk.path = numbers[io.storage], path
        _fill_disk(disk, io, specs[numbers[io.storage]].throttle_period // US, distributions)


def _fill_disk(disk: np.record, io: Io, period_us: int, distributions: DistributionTable) -> None:
    """Fill a disk; its quotas begin whole."""
    disk.bytes = distributions.row_of_sizes(io.size)
    disk.write_share = io.writes / 100
    disk.minimum, disk.maximum, disk.maximum_bytes = (
        io.minimum_iops,
        io.maximum_iops,
        io.maximum_bandwidth or 0,
    )
    disk.quota = disk.maximum * period_us
    disk.byte_quota = disk.maximum_bytes * period_us


def build_networks(
    world: World, plans: tuple[PartitionPlan, ...], scenario: Scenario, distributions: DistributionTable
) -> None:
    """Make the shared NICs with their links and receive queues, and an adapter for each guest that attaches to one.

    Each host has a NIC of its own for each network: a guest may come to any.
    """
    specs = scenario.network * len(scenario.hosts)
    world.device_names["network"] = [spec.name for spec in specs]
    world.spawn("network", len(specs))
    world.spawn("network link", 2 * len(specs))
    for number, spec in enumerate(specs):
        switch = world.columns[components.VirtualSwitch][number]
        switch.packet_bytes, switch.packet_ns = spec.packet, spec.packet_cost
        world.columns[components.NetworkLink].bandwidth[2 * number : 2 * number + 2] = spec.bandwidth
    attached = [(row, io) for row, io in _paths(plans) if io.nic]
    world.spawn("virtual adapter", len(attached))
    queues = list[tuple[int, int]]()
    shared = dict[int, int]()
    numbers = {spec.name: number for number, spec in enumerate(scenario.network)}
    first_vp, queues_of = first_vps(plans), [0] * len(scenario.hosts)
    for number, (path, io) in enumerate(attached):
        host = plans[world.columns[components.OpenWorkload][path].owner].host
        world.columns[components.IoPath].adapter[path] = number
        adapter = world.columns[components.VirtualAdapter][number]
        switch_number = host * len(scenario.network) + numbers[io.nic]
        adapter.switch, adapter.path = switch_number, path
        spec = specs[switch_number]
        if spec.vmq or switch_number not in shared:
            shared[switch_number] = len(queues)
            root_vp = queues_of[host] % len(plans[host].vps) if spec.vmq else 0
            queues.append((first_vp[host] + root_vp, spec.ring))
            queues_of[host] += 1
        adapter.queue = shared[switch_number]
        _fill_adapter(adapter, io, distributions)
    world.spawn("receive queue", len(queues))
    for row, (root_vp, room) in zip(world.columns[components.ReceiveQueue], queues, strict=True):
        row.root_vp, row.room = root_vp, room


def _fill_adapter(adapter: np.record, io: Io, distributions: DistributionTable) -> None:
    for name, sizes in (("request_bytes", io.request_size), ("answer_bytes", io.response_size)):
        setattr(adapter, name, distributions.row_of_sizes(sizes) if sizes.average_bytes else NOBODY)


def _paths(plans: tuple[PartitionPlan, ...]) -> list[tuple[int, Io]]:
    """Return the rows of open workloads whose requests may use the root, with how they do."""
    opened = enumerate(open_workloads(plans))
    return [(row, workload.io) for row, (_, workload) in opened if workload.io is not None]
