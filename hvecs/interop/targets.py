"""Which column of which table a counter of a log becomes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hvecs.interop.paths import ROOT, CounterPath
from hvecs.interop.totals import TOTAL
from hvecs.output.counters import split_path
from hvecs.output.schema import TABLES
from hvecs.output.table import Column

_HOST_SETS: Final = "Hyper-V Hypervisor"
_VP: Final = re.compile(r"(?P<name>.+):Hv VP (?P<number>\d+)(?P<again>#\d+)?", re.IGNORECASE)
_ROOT_VP: Final = re.compile(r"Root VP (?P<number>\d+)", re.IGNORECASE)
_LP: Final = re.compile(r"Hv LP (?P<number>\d+)", re.IGNORECASE)
_ADAPTER: Final = re.compile(r"(?P<name>.+)_[^_]+(?:_[0-9a-f-]{36}--[0-9a-f-]{36})?", re.IGNORECASE)
_MIGRATION: Final = re.compile(r"(?P<name>.+):VM Live Migration(?P<again>#\d+)?", re.IGNORECASE)
_PARTITION: Final = re.compile(r"(?P<name>.+):HvPt(?P<again>#\d+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instance:
    """What a row is about, as our tables name it; `partition` and `number` are None where the table has none."""

    instance: str
    partition: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A place in our tables for one column of a log."""

    table: str
    column: str
    instance: Instance


def is_of_host(paths: Sequence[CounterPath]) -> bool:
    """Tell whether paths of one machine are those of a Hyper-V host."""
    return any(path.counter_set.startswith(_HOST_SETS) for path in paths)


def target_of(path: CounterPath, *, of_host: bool) -> Target | None:
    """Find the column for a counter; None for one that no column stands for, and for totals, which follow from the rest.

    Counters that an operating system measures for itself are those of the guest whose name the machine has, or the root's; some of the
    root's have columns of their own, in a table of the host.
    """
    found = _columns().get((path.counter_set, path.counter.lower()))
    if found is None:
        return None
    table, column = found[-1] if of_host else found[0]
    if table == "guest":
        name = ROOT if of_host else path.machine
        fixed = _fixed_instance(column)
        return (
            Target(table, column.name, Instance(name, name))
            if path.instance.lower() == fixed.lower()
            else None
        )
    instance = _instance(table, path)
    return None if instance is None else Target(table, column.name, instance)


def _fixed_instance(column: Column) -> str:
    found = re.search(r"\(([^)]*)\)", column.counter or "")
    return found[1] if found else ""


def _instance(table: str, path: CounterPath) -> Instance | None:
    if path.instance.lower() == TOTAL.lower():
        return None
    reader = _INSTANCES.get(table)
    if reader is not None:
        return reader(path.instance)
    return Instance(path.instance, path.instance) if path.instance else None


def _lp(text: str) -> Instance | None:
    found = _LP.fullmatch(text)
    return found and Instance(f"Hv LP {int(found['number'])}", None, int(found["number"]))


def _root_vp(text: str) -> Instance | None:
    found = _ROOT_VP.fullmatch(text)
    return found and Instance(f"{ROOT} VP {int(found['number'])}", ROOT, int(found["number"]))


def _vp(text: str) -> Instance | None:
    found = _VP.fullmatch(text)
    if found is None:
        return None
    name = found["name"] + (found["again"] or "")
    return Instance(f"{name}:Hv VP {int(found['number'])}", name, int(found["number"]))


def _partition(text: str) -> Instance | None:
    if text.lower() == ROOT.lower():
        return Instance(ROOT, ROOT)
    found = _PARTITION.fullmatch(text)
    name = found["name"] + (found["again"] or "") if found else text
    return Instance(f"{name}:HvPt", name)


def _migration(text: str) -> Instance | None:
    found = _MIGRATION.fullmatch(text)
    if found is None:
        return None
    name = found["name"] + (found["again"] or "")
    return Instance(f"{name}:VM Live Migration", name)


def _adapter(text: str) -> Instance:
    """Read the name of an adapter: the VM's, that of the adapter, and the identifiers that Windows adds, if it has them."""
    found = _ADAPTER.fullmatch(text)
    return Instance(text, found["name"] if found else None)


_INSTANCES: Final[dict[str, Callable[[str], Instance | None]]] = {
    "logical_processor": _lp,
    "root_virtual_processor": _root_vp,
    "virtual_processor": _vp,
    "partition": _partition,
    "live_migration": _migration,
    "hypervisor": lambda _text: Instance("Hypervisor"),
    "virtual_storage_device": Instance,
    "virtual_network_adapter": _adapter,
    "virtual_switch": Instance,
    "dynamic_memory_balancer": lambda _text: Instance("System Balancer"),
}
"""How the instances of a table are read; those of other tables are names of partitions. Windows has one balancer."""


@lru_cache(maxsize=1)
def _columns() -> dict[tuple[str, str], list[tuple[str, Column]]]:
    """Give tables and columns by counter set and, in lower case, counter: that of guests, and then that of the root, if it has its own."""
    found: dict[tuple[str, str], list[tuple[str, Column]]] = {}
    for table in TABLES.values():
        for column in table.columns:
            for path in column.counters:
                counter_set, counter = split_path(path)
                found.setdefault((counter_set, counter.lower()), []).append((table.name, column))
    return found
