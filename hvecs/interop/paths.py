r"""Paths of counters in logs: `\\HOST\Set(instance)\Counter` [P12, T1, C2].

Names of sets and instances hold brackets themselves (`Hyper-V Virtual IDE Controller (Emulated)(vm:Ide Controller)`,
`sv101 (linux):Hv VP 0`), and names of machines and VMs may hold backslashes, so that known sets are looked for first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hvecs.output.counter_names import COUNTER_SETS

ROOT: Final = "Root"
"""The name of the root partition in our tables, and of its instance in Windows."""

FURTHER_SETS: Final = (
    "Hyper-V DataStore",
    "Hyper-V Legacy Network Adapter",
    "Hyper-V Replica VM",
    "Hyper-V VM Remoting",
    "Hyper-V VM Save, Snapshot, and Restore",
    "Hyper-V Virtual IDE Controller (Emulated)",
    "Hyper-V Virtual Network Adapter Drop Reasons",
    "Hyper-V Virtual SMB",
    "Hyper-V Virtual Switch Port",
    "Hyper-V Virtual Switch Processor",
    "Hyper-V Worker Virtual Processor",
    "Process",
)
"""Sets that are known by name only, so that their paths are cut in the right places."""


@dataclass(frozen=True, slots=True)
class CounterPath:
    """A path in its parts; `machine` and `instance` are empty where the path has none."""

    machine: str
    counter_set: str
    instance: str
    counter: str

    def __str__(self) -> str:
        r"""Write it as logs do."""
        machine = rf"\\{self.machine}" if self.machine else ""
        instance = f"({self.instance})" if self.instance else ""
        return rf"{machine}\{self.counter_set}{instance}\{self.counter}"


def read_path(text: str) -> CounterPath | None:
    """Cut a path into its parts; None if it is not one. Case is kept; known sets get their own spelling."""
    known = _known().search(text)
    if known is not None:
        machine = text[: known.start()].removeprefix("\\\\")
        rest = text[known.end() :]
        name = _spelling()[known["set"].lower()]
        return _of_known(machine, name, rest) or _of_unknown(text)
    return _of_unknown(text)


def _of_known(machine: str, counter_set: str, rest: str) -> CounterPath | None:
    """Read what follows the name of a known set: the instance ends where the counter begins, at the last `)` and backslash."""
    if rest.startswith("("):
        instance, closed, counter = rest[1:].rpartition(")\\")
        return CounterPath(machine, counter_set, instance, counter) if closed and counter else None
    return CounterPath(machine, counter_set, "", rest[1:]) if len(rest) > 1 else None


def _of_unknown(text: str) -> CounterPath | None:
    r"""Cut at the last backslash, and at the first bracket of what is left."""
    head, slash, counter = text.rpartition("\\")
    if not slash or not counter or not head:
        return None
    machine = ""
    if head.startswith("\\\\"):
        machine, slash, head = head[2:].partition("\\")
        if not slash:
            return None
    counter_set, bracket, instance = head.removeprefix("\\").partition("(")
    if bracket and not instance.endswith(")"):
        return None
    return CounterPath(machine, counter_set, instance[:-1], counter) if counter_set else None


@lru_cache(maxsize=1)
def _spelling() -> dict[str, str]:
    return {name.lower(): name for name in (*COUNTER_SETS, *FURTHER_SETS)}


@lru_cache(maxsize=1)
def _known() -> re.Pattern[str]:
    return _any_of(sorted(_spelling(), key=len, reverse=True))


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\\(?P<set>{'|'.join(map(re.escape, names))})(?=[(\\])", re.IGNORECASE)
