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


_OF_STORAGE = ("storage", "virtual_storage_device")
_PARTS = (
    ("storage", "virtual disk", VirtualDisk, "storage", "{device}-{guest}.vhdx"),
    ("network", "virtual adapter", VirtualAdapter, "switch", "{guest}_Network Adapter"),
)
"""What guests have of shared devices: the kinds of both, the component, its field that says of which device, and how instances are named."""


def device_instances(world: World) -> dict[str, Instances]:
    """Return the instances of shared devices, and of what guests have of them; none of a kind that there is none of."""
    found: dict[str, Instances] = {}
    for kind, part, component, field, form in _PARTS:
        devices, parts = world.device_names[kind], world.columns[component]
        if not devices:
            continue
        owners, device_of = world.tables.open.owner[parts.path], parts[field]
        guests = [world.names[owner] for owner in owners]
        names = [
            form.format(device=devices[at], guest=name) for at, name in zip(device_of, guests, strict=True)
        ]
        known = {
            "instance": labels(names),
            "entity": world.entities[part],
            "partition": labels(guests),
            kind: Labels(device_of.astype(np.int32), np.array(devices, object)),
        }
        found[kind] = _devices(world, kind, devices, device_of)
        found[part] = Instances(part, np.arange(len(parts)), owners, known)
    return found


def _devices(world: World, kind: str, names: list[str], device_of: Array) -> Instances:
    """Return the shared devices of a kind, each of which stands for what guests have of it: `device_of` says of each of those which it is."""
    numbers = np.arange(len(names))
    known = {"instance": labels(names), "entity": world.entities[kind]}
    members = (device_of[:, None] == numbers).astype(np.int64)
    return Instances(kind, numbers, np.zeros(len(names), np.int64), known, members=members)


def _normalised(values: Values) -> Array:
    return values["disk_times.operations"] * (_NS_PER_S / _MICRO) / values["interval_ns"]


def _latency(values: Values) -> Array:
    return ratio(values["disk_times.latency_ns"], values["reads"] + values["writes"])


def _is_short(values: Values) -> Array:
    """Tell which disks asked for their minimum, over the interval, and did not get it: less than 99 %, and by more than one I/O.

    What waits in the guest counts as an operation each: it has no size yet.
    """
    done = values["disk_times.operations"]
    due = values["disks.minimum"] * values["interval_ns"] / (_NS_PER_S / _MICRO)
    asked = done + values["disks.outstanding_operations"] + values["disks.unsent"] * _MICRO
    one = done / np.maximum(1, values["reads"] + values["writes"])
    return ((asked >= due) & (done + one < _NEARLY * due)).astype(np.int64)


DEVICE_COMPUTED: Mapping[str, Compute] = {
    **{f"{table}.normalized_operations_per_sec": _normalised for table in _OF_STORAGE},
    **{f"{table}.latency_mean_ns": _latency for table in _OF_STORAGE},
    "virtual_storage_device.latency_s": lambda values: values["latency_mean_ns"] / _NS_PER_S,
    "virtual_storage_device.insufficient_throughput": _is_short,
}
