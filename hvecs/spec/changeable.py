"""What can be changed while the host runs, and what cannot, by which rule."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from hvecs.spec.host import CpuGroup
from hvecs.spec.host_paths import host_and_keys
from hvecs.spec.host_tables import HOST
from hvecs.spec.kinds import Choice, Kind
from hvecs.spec.memory import DynamicMemory
from hvecs.spec.partition import Partition, Processor
from hvecs.spec.paths import key_text, read_path
from hvecs.spec.rates import NAMED, UNPROFILED
from hvecs.spec.table import Table, kind_of
from hvecs.spec.tier import Tier
from hvecs.spec.workload import OpenWorkload

GROUP: Final = (HOST, "cpu_group")
TIER: Final = ("tier",)
OF_TIER: Final = (("rate",),)
"""The settings of a tier that can be changed."""

_TABLES: Final[Mapping[tuple[str, ...], type[Table]]] = {
    (): Partition,
    ("processor",): Processor,
    ("workload",): OpenWorkload,
    ("dynamic_memory",): DynamicMemory,
    GROUP: CpuGroup,
    TIER: Tier,
}
_PROFILE_NAME: Final = Choice((*NAMED, UNPROFILED))
CHANGEABLE: Final = (
    ("processor", "weight"),
    ("processor", "cap"),
    ("processor", "reserve"),
    ("memory",),
    ("workload", "rate"),
    ("workload", "profile"),
    ("dynamic_memory", "minimum"),
    ("dynamic_memory", "maximum"),
    ("dynamic_memory", "buffer"),
    ("dynamic_memory", "weight"),
)
"""The settings of a guest that can be changed while it runs [SAV 104, SAV 116, SAV 123, WSD dynamic-memory.md]."""

_RUNNING: Final = "cannot be changed while the guest runs"
FIXED: Final[Mapping[tuple[str, ...], str]] = {
    ("name",): "the name of a guest is what its rows are found by",
    ("host",): "a guest comes to another host by a migration",
    ("count",): "guests are started and stopped, not made: action",
    ("start",): 'a guest is started by action = "start"',
    ("stop",): 'a guest is stopped by action = "stop"',
    ("restart",): 'a guest is restarted by action = "restart"',
    ("virtual_processors",): f"the number of VPs {_RUNNING} [SAV 104]",
    ("virtual_numa",): f"virtual NUMA {_RUNNING}",
    ("processor", "affinity"): "affinity belongs to CPU groups, which a running VM does not change",
    ("processor", "threads_per_core"): f"HwThreadCountPerCore {_RUNNING}",
    (
        "processor",
        "group",
    ): "a VM that is bound to a CPU group must be unbound before it is bound to another, which a running one here is not",
    ("dynamic_memory",): f"Dynamic Memory {_RUNNING} [XUE]",
    ("dynamic_memory", "startup"): f"startup memory {_RUNNING} [XUE]",
    ("host", "scheduler"): "the type of the scheduler changes when the host restarts",
    ("host", "numa_spanning"): "NUMA spanning changes when all VMs are off",
    ("host", "memory"): "the memory of a host does not change while it runs",
    ("root", "virtual_processors"): "minroot changes when the host restarts",
}
"""Why a setting cannot be changed, by its path: of a guest inside its block, of the host from the top."""

_GROUP_STEPS = 4


class Target(NamedTuple):
    """What a path of an event names: a guest or a block of them, a CPU group, or a tier, and the key inside."""

    name: str
    keys: tuple[str, ...]
    of_group: bool = False
    of_tier: bool = False
    host: str | None = None
    """Of a CPU group: the host that the path names; None means those of this name on all hosts."""

    @property
    def of_guests(self) -> bool:
        """Whether it names guests."""
        return not (self.of_group or self.of_tier)

    def path(self, name: str) -> str:
        """Write the path of the same key of the guest, the group or the tier `name`."""
        first: tuple[str, ...] = GROUP if self.of_group else TIER if self.of_tier else ("partition",)
        if self.host is not None:
            first = (GROUP[0], self.host, *GROUP[1:])
        return ".".join(map(key_text, (*first, name, *self.keys)))

    @property
    def kind(self) -> Kind:
        """How the value is read; the key is one that can be changed."""
        if self.keys == ("workload", "profile"):
            return _PROFILE_NAME
        table = _TABLES[GROUP if self.of_group else TIER if self.of_tier else self.keys[:-1]]
        kind = kind_of(table.model_fields[self.keys[-1]])
        assert kind is not None  # noqa: S101 - none of them is a table
        return kind


def target_of(path: str) -> Target | None:
    """Read a path such as `partition.web.processor.weight`, `host.cpu_group.batch.cap` or, of one of several hosts, `host.a.cpu_group.batch.cap`.

    None if it is not one of a guest, group or tier.
    """
    steps = read_path(path)
    if steps is None or any(isinstance(step, int) for step in steps):
        return None
    keys = tuple(str(step) for step in steps)
    host, keys = _host_and_path(keys)
    if keys[:2] == GROUP and len(keys) == _GROUP_STEPS:
        return Target(keys[2], keys[3:], of_group=True, host=host)
    if keys[0] == "partition" and len(keys) > 2:  # noqa: PLR2004 - the word and the name
        return Target(keys[1], keys[2:])
    if keys[:1] == TIER and len(keys) > 2:  # noqa: PLR2004 - the word and the name
        return Target(keys[1], keys[2:], of_tier=True)
    return None


def why_fixed(target: Target | None, path: str) -> str | None:
    """Say by which rule what a path names cannot be changed; None if no rule names it."""
    if target is not None and target.of_guests:
        return FIXED.get(target.keys) or (FIXED.get(target.keys[:1]) if len(target.keys) == 1 else None)
    steps = read_path(path)
    return None if steps is None else FIXED.get(_host_and_path(tuple(map(str, steps)))[1])


def _host_and_path(keys: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Take the name of a host out of a path; None if it has none."""
    if keys[:1] != (HOST,):
        return None, keys
    host, inside = host_and_keys(keys)
    return (None if host is None else str(host)), (HOST, *map(str, inside))


def is_key_of_guest(keys: tuple[str, ...]) -> bool:
    """Tell whether a guest's block has a key of this name at its top."""
    return keys[0] in Partition.model_fields
