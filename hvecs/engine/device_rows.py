"""Rows of the tables of shared devices: which there are, and the columns that no source expresses."""

from collections.abc import Mapping

import numpy as np

from components import VirtualAdapter, VirtualDisk
from hvecs.engine.columns import Array, Compute, Values, ratio
from hvecs.engine.instances import Instances, labels
from hvecs.engine.world import World
from hvecs.output.labels import Labels

_MICRO = 1_000_000
_NEARLY = 0.99
_NS_PER_S = 1_000_000_000


def device_instances(world: World) -> dict[str, Instances]:
    """Return the instances of shared devices, and of what guests have of them."""
    return _storage_instances(world) | _network_instances(world)


def _network_instances(world: World) -> dict[str, Instances]:
    """Return the instances of switches and of the adapters at them; none where there is no shared NIC."""
    names = world.device_names["network"]
    if not names:
        return {}
    adapters = world.columns[VirtualAdapter]
    owners = world.tables.open.owner[adapters.path]
    guests = [world.names[owner] for owner in owners]
    known = {
        "instance": labels([f"{guest}_Network Adapter" for guest in guests]),
        "entity": world.entities["virtual adapter"],
        "partition": labels(guests),
        "network": Labels(adapters.switch.astype(np.int32), np.array(names, object)),
    }
    return {
        "network": _devices(world, "network", names, adapters.switch),
        "virtual adapter": Instances("virtual adapter", np.arange(len(adapters)), owners, known),
    }


def _devices(world: World, kind: str, names: list[str], device_of: Array) -> Instances:
    """Return the shared devices of a kind, each of which stands for what guests have of it: `device_of` says of each of those which it is."""
    numbers = np.arange(len(names))
    known = {"instance": labels(names), "entity": world.entities[kind]}
    members = (device_of[:, None] == numbers).astype(np.int64)
    return Instances(kind, numbers, np.zeros(len(names), np.int64), known, members=members)


def _storage_instances(world: World) -> dict[str, Instances]:
    """Return the instances of volumes and of the disks on them; none where there is no shared volume."""
    names = world.device_names["storage"]
    if not names:
        return {}
    disks = world.columns[VirtualDisk]
    owners = world.tables.open.owner[disks.path]
    guests = [world.names[owner] for owner in owners]
    volumes = Labels(disks.storage.astype(np.int32), np.array(names, object))
    disk = Instances(
        "virtual disk",
        np.arange(len(disks)),
        owners,
        {
            "instance": labels(
                [f"{names[at]}-{guest}.vhdx" for at, guest in zip(disks.storage, guests, strict=True)]
            ),
            "entity": world.entities["virtual disk"],
            "partition": labels(guests),
            "storage": volumes,
        },
    )
    storage = _devices(world, "storage", names, disks.storage)
    return {"storage": storage, "virtual disk": disk}


def _normalised(values: Values) -> Array:
    return values["disk_times.operations"] * (_NS_PER_S / _MICRO) / values["interval_ns"]


def _latency(values: Values) -> Array:
    return ratio(values["disk_times.latency_ns"], values["reads"] + values["writes"])


def _is_short(values: Values) -> Array:
    """Tell which disks asked for their minimum, over the interval, and did not get it: less than 99 %, and by more than one I/O.

    What waits in the guest counts as an operation each: it has no size yet.
    """
    done, due = (
        values["disk_times.operations"],
        values["disks.minimum"] * values["interval_ns"] / (_NS_PER_S / _MICRO),
    )
    asked = done + values["disks.outstanding_operations"] + values["disks.unsent"] * _MICRO
    one = done / np.maximum(1, values["reads"] + values["writes"])
    return ((asked >= due) & (done + one < _NEARLY * due)).astype(np.int64)


DEVICE_COMPUTED: Mapping[str, Compute] = {
    **{
        f"{table}.normalized_operations_per_sec": _normalised
        for table in ("storage", "virtual_storage_device")
    },
    **{f"{table}.latency_mean_ns": _latency for table in ("storage", "virtual_storage_device")},
    "virtual_storage_device.latency_s": lambda values: values["latency_mean_ns"] / _NS_PER_S,
    "virtual_storage_device.insufficient_throughput": _is_short,
}
