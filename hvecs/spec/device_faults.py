"""Rules of devices that guests share: names, who attaches to them, limits that fit together."""

from collections.abc import Collection, Iterator, Sequence

from hvecs.spec.host_tables import HOST
from hvecs.spec.io import Io
from hvecs.spec.partition import Partition
from hvecs.spec.problems import DIFFERENT, Fault, Steps, did_you_mean, show
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.sizes import SizeDistribution, UniformSize
from hvecs.spec.units import Size
from hvecs.spec.workload import RequestWorkload
from hvecs.spec.workload_faults import distribution_faults

_OF_OWN_DEVICE = ("device", "servers")
_OF_NETWORK = ("request_size", "response_size")
_OF_STORAGE = ("size", "writes", "maximum_iops", "minimum_iops", "maximum_bandwidth")


def device_faults(scenario: Scenario, served: Collection[str]) -> Iterator[Fault]:
    """Find shared devices that nobody has, or two of one name, and guests whose devices do not fit together; `served` names the guests that tiers send requests to."""
    volumes = [each.name for each in scenario.storage]
    yield from _names(volumes, "storage")
    used = {block.io.storage for block in scenario.partition}
    for index, volume in enumerate(scenario.storage):
        yield from distribution_faults(volume.latency, ("storage", index, "latency"), may_be_none=True)
        if volume.name not in used:
            yield _unused("storage", index, f"io.storage = {show(volume.name)}")
    nics = [each.name for each in scenario.network]
    yield from _names(nics, "network")
    attached = {block.io.nic for block in scenario.partition}
    attached |= {host.live_migration.network or "" for host in scenario.hosts}
    yield from _migration_faults(scenario, nics)
    for index, nic in enumerate(scenario.network):
        if nic.name not in attached:
            yield _unused("network", index, f"io.network = {show(nic.name)}")
    for index, block in enumerate(scenario.partition):
        at: Steps = ("partition", index, "io")
        yield from _size_faults(block.io.size, (*at, "size"))
        for key in _OF_NETWORK:
            yield from _size_faults(getattr(block.io, key), (*at, key), may_be_none=True)
        of_tier = any(name in served for name in guest_names(block)) if served else False
        yield from _adapter_faults(block, at, nics)
        yield from _disk_faults(block, at, volumes, of_tier=of_tier)


def _unused(table: str, index: int, setting: str) -> Fault:
    message = f"no guest has it; expected one with {setting}, or no [[{table}]] of that name"
    return Fault((table, index, "name"), message, (("partition",),))


def _adapter_faults(block: Partition, at: Steps, nics: Sequence[str]) -> Iterator[Fault]:
    io = block.io
    if not io.nic:
        for key in _OF_NETWORK:
            if _is_given(io, key):
                message = "means nothing without a [[network]] that io.network names; expected the default"
                yield Fault((*at, key), message, ((*at, "network"),))
    elif io.nic not in nics:
        hint = did_you_mean(io.nic, nics)
        message = (
            f"no network is named {show(io.nic)}{hint}; expected a [[network]] of that name, true or false"
        )
        yield Fault((*at, "network"), message, (("network",),))


def _migration_faults(scenario: Scenario, nics: Sequence[str]) -> Iterator[Fault]:
    """Find networks for live migrations that there are not."""
    for index, host in enumerate(scenario.hosts):
        name = host.live_migration.network
        if name is not None and name not in nics:
            hint = did_you_mean(name, nics)
            message = f"no network is named {show(name)}{hint}; expected a [[network]] of that name"
            yield Fault((HOST, index, "live_migration", "network"), message, (("network",),))


def _names(names: Sequence[str], table: str) -> Iterator[Fault]:
    taken: dict[str, int] = {}
    for index, name in enumerate(names):
        first = taken.setdefault(name.lower(), index)
        if first != index:
            message = f"{show(name)} is that of {table}[{first}] too; expected {DIFFERENT}"
            yield Fault((table, index, "name"), message, ((table, first, "name"),))


def _disk_faults(block: Partition, at: Steps, volumes: Sequence[str], *, of_tier: bool) -> Iterator[Fault]:
    io = block.io
    if not io.storage:
        for key in _OF_STORAGE:
            if _is_given(io, key):
                yield Fault(
                    (*at, key), "means nothing without io.storage; expected the default", ((*at, "storage"),)
                )
        return
    if io.storage not in volumes:
        hint = did_you_mean(io.storage, volumes)
        message = f"no storage is named {show(io.storage)}{hint}; expected a [[storage]] of that name"
        yield Fault((*at, "storage"), message, (("storage",),))
    for key in _OF_OWN_DEVICE:
        if _is_given(io, key):
            message = f"given beside storage = {show(io.storage)}, whose own it is; expected one of them"
            yield Fault((*at, key), message, ((*at, "storage"),))
    if not isinstance(block.workload, RequestWorkload) and not of_tier:
        message = (
            'means nothing without requests: a workload of kind = "open" or "trace", or a tier; expected none'
        )
        yield Fault((*at, "storage"), message, ((*at[:-1], "workload"),))
    yield from _limits(io, at)


def _is_given(io: Io, key: str) -> bool:
    """Tell whether a key was given, and differs from its default."""
    return key in io.model_fields_set and getattr(io, key) != getattr(Io(), key)


def _limits(io: Io, at: Steps) -> Iterator[Fault]:
    if 0 < io.maximum_iops < io.minimum_iops:
        message = f"{io.minimum_iops} is above the maximum; expected at most {io.maximum_iops}"
        yield Fault((*at, "minimum_iops"), message, ((*at, "maximum_iops"),))


def _size_faults(found: SizeDistribution, at: Steps, *, may_be_none: bool = False) -> Iterator[Fault]:
    if isinstance(found, UniformSize) and found.low > found.high:
        low, high = (show(Size().write(each)) for each in (found.low, found.high))
        yield Fault((*at, "high"), f"expected at least low, {low}; got {high}")
    elif found.average_bytes == 0 and not may_be_none:
        keys = type(found).model_fields
        key = next(key for key in ("mean", "high", "values") if key in keys)
        yield Fault((*at, key), "expected a mean above zero")
