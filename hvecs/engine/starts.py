"""What is to be said of guests that did not start, or not when they should have."""

from collections.abc import Iterator, Sequence
from typing import Any

from components import NEVER
from components.migration import ARRIVED, FAILED, NO_MEMORY
from components.partition import FOR_HOST, NO_ROOM, UNCOMMITTED, UNRESERVED
from hvecs.engine.left_off import lack_elsewhere, why_not_elsewhere
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.changes import changes_of
from hvecs.spec.event import FAIL, RECOVER
from hvecs.spec.room import Denial
from hvecs.spec.scenario import Scenario

_NS_PER_S = 1e9


def lacks_memory(world: World, row: int) -> bool:
    """Tell whether a guest did not start for want of memory, or of commit, wherever it was tried last."""
    lifetime = world.tables.lifetimes[row]
    if lifetime.denied in (0, UNRESERVED):
        return False
    lack = lack_elsewhere(world, row) if lifetime.waits_elsewhere else ARRIVED
    if lack != ARRIVED:
        return lack == NO_MEMORY
    return not lacks_host(lifetime, world.memory.partitions[row])


def lacks_host(lifetime: Any, memory: Any) -> bool:
    """Tell whether a guest was refused its start while its host was off: its memory would have been there."""
    return bool(lifetime.denied == NO_ROOM and memory.refused_free >= memory.startup)


def start_warnings(world: World, plans: Sequence[PartitionPlan], scenario: Scenario) -> Iterator[str]:
    """Say of each guest that was refused for want of memory whether it started later, and what it needed and found (MiB)."""
    w, m = world.tables, world.memory
    columns = zip(plans, w.lifetimes, w.layouts, m.partitions, strict=True)
    for row, (plan, lifetime, layout, memory) in enumerate(columns):
        if lifetime.denied == UNRESERVED:
            yield f"{plan.name} did not start: its CPU reserve does not fit beside those of the guests before it"
        elif lifetime.denied == UNCOMMITTED:
            yield f"{plan.name} did not start: the root may not commit what it takes (root.commit_per_guest, root.page_file)"
        elif lifetime.waits_elsewhere and lifetime.denied and lack_elsewhere(world, row) != ARRIVED:
            name = _failed_host(world, scenario, int(layout.host), int(memory.first_try_ns))
            why = why_not_elsewhere(world, plans, scenario, row)
            yield f"{plan.name} did not start: its host{name} has failed, and {why}"
        elif lacks_host(lifetime, memory):
            name = _failed_host(world, scenario, int(layout.host), int(memory.first_try_ns))
            yield f"{plan.name} did not start: its host{name} has failed"
        elif lifetime.denied:
            yield f"{plan.name} did not start: {_lack(world, int(layout.host), memory)}"
        elif lifetime.late == FOR_HOST:
            yield f"{plan.name} started {_how_late(plan, int(lifetime.start_ns))}: it waited for another host, as its own had failed"
        elif lifetime.late:
            tries = f", after {_times(int(memory.refusals))}" if memory.refusals else ""
            yield f"{plan.name} started {_how_late(plan, int(lifetime.start_ns))}: it waited for {_awaited(world, int(layout.host))}{tries}"


def _failed_host(world: World, scenario: Scenario, host: int, tried_ns: int) -> str:
    """Name the host that was off at a start, ` b`: where the guest is if that is off, else the only one that was off then; nothing if several were."""
    if world.tables.migration_states[host].state == FAILED:
        return f" {world.host_names[host]}"
    off = set[str]()
    for change in changes_of(scenario):
        if change.at <= tried_ns and change.action == FAIL:
            off.add(change.target)
        elif change.at <= tried_ns and change.action == RECOVER:
            off.discard(change.target)
    return f" {next(iter(off))}" if len(off) == 1 else ""


def _how_late(plan: PartitionPlan, started_ns: int) -> str:
    """Say how late a guest was started that was at `started_ns`; of one that a tier has started it is not known."""
    starts = (plan.start_ns, *(start for start, _ in plan.later))
    due = max((start for start in starts if start <= started_ns), default=None)
    return "late" if due is None else f"{(started_ns - due) / _NS_PER_S:.3g} s late"


def _lack(world: World, host: int, memory: Any) -> str:
    """Say what a guest needed, what there was, and of what: the host, or one node where guests may not span nodes."""
    parameters, identity = world.memory.parameters[host], world.memory.hosts[host]
    page_bytes = int(parameters.page_bytes)
    anywhere = bool(parameters.spanning) or identity.nodes == 1
    node = None if anywhere else max(int(memory.planned_node - identity.first_node), 0)
    needed, available = int(memory.startup) * page_bytes, int(memory.refused_free) * page_bytes
    return Denial("", 0, needed, available, node).reason


def _awaited(world: World, host: int) -> str:
    """Say what late starts waited for."""
    parameters, root = world.memory.parameters[host], world.memory.hosts[host].root
    bounded = parameters.commit_per_guest and world.memory.partitions[root].page_file < NEVER
    return "memory, or for what the root may commit" if bounded else "memory"


def _times(count: int) -> str:
    return "1 refusal" if count == 1 else f"{count} refusals"
