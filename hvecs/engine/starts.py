"""What is to be said of guests that did not start, or not when they should have."""

from collections.abc import Iterator, Sequence
from typing import Any

from components.partition import UNRESERVED
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.room import Denial

_NS_PER_S = 1e9


def start_warnings(world: World, plans: Sequence[PartitionPlan]) -> list[str]:
    """Say of each guest that was refused for want of memory whether it started later, and what it needed and found (MiB)."""
    return list(_warnings(world, plans))


def _warnings(world: World, plans: Sequence[PartitionPlan]) -> Iterator[str]:
    for plan, lifetime, memory in zip(plans, world.tables.lifetimes, world.memory.partitions, strict=True):
        if lifetime.denied == UNRESERVED:
            yield f"{plan.name} did not start: its CPU reserve does not fit beside those of the guests before it"
        elif lifetime.denied:
            yield f"{plan.name} did not start: {_lack(world, memory)}"
        elif lifetime.late:
            late_s = (int(lifetime.start_ns) - int(memory.first_try_ns)) / _NS_PER_S
            tries = f", after {_times(int(memory.refusals))}" if memory.refusals else ""
            yield f"{plan.name} started {late_s:.3g} s late: it waited for memory{tries}"


def _lack(world: World, memory: Any) -> str:
    """Say what a guest needed, what there was, and of what: the host, or one node where guests may not span nodes."""
    page_bytes = int(world.memory.parameters[0].page_bytes)
    anywhere = bool(world.memory.parameters[0].spanning) or len(world.memory.nodes) == 1
    node = None if anywhere else max(int(memory.planned_node), 0)
    needed, available = int(memory.startup) * page_bytes, int(memory.refused_free) * page_bytes
    return Denial("", 0, needed, available, node).reason


def _times(count: int) -> str:
    return "1 refusal" if count == 1 else f"{count} refusals"
