"""Guests that are off at the end, as their host has failed: those that no other host could take, and why."""

from collections.abc import Iterator, Sequence

from components.migration import ARRIVED, NO_MEMORY, NO_RESERVE, UNSUITED
from hvecs.engine.page_lists import MIB
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.lives import GuestNames
from hvecs.spec.moving import why_unsuited
from hvecs.spec.problems import by_host
from hvecs.spec.scenario import Scenario
from systems.state.migrations import RANKS

_NS_PER_S = 1e9


def left_off(world: World) -> dict[int, int]:
    """Give the rows of the guests that were on when their host failed, were to be restarted and are off at the end, and what each lacked (`lack_elsewhere`)."""
    w = world.tables
    rows = w.lifetimes.failed.nonzero()[0].tolist()
    return {row: lack_elsewhere(world, row) for row in rows if w.migrations[row].rank < RANKS}


def lack_elsewhere(world: World, row: int) -> int:
    """Return what a guest lacked on any host when it was last to be started elsewhere, an outcome of migrations; ARRIVED if it was not."""
    return int(world.tables.migrations[row].lack) if len(world.tables.migrations) else ARRIVED


def left_off_warnings(world: World, plans: Sequence[PartitionPlan], scenario: Scenario) -> Iterator[str]:
    """Say of each guest that a failed host has left off why it was not restarted."""
    for row, lack in left_off(world).items():
        name, host = plans[row].name, world.host_names[world.tables.layouts[row].host]
        if lack == ARRIVED:
            yield f"{name} is off: its host {host} failed, and the run ended before the guest was to be restarted (cluster.detection)"
        else:
            yield f"{name} was not restarted after its host {host} failed: {why_not_elsewhere(world, plans, scenario, row)}"


def why_not_elsewhere(world: World, plans: Sequence[PartitionPlan], scenario: Scenario, row: int) -> str:
    """Say when a guest was last tried elsewhere, and what it lacked then."""
    mig = world.tables.migrations[row]
    return (
        f"when it was last tried, at {mig.tried_ns / _NS_PER_S:.6g} s, {_lacked(world, plans, scenario, row)}"
    )


def _lacked(world: World, plans: Sequence[PartitionPlan], scenario: Scenario, row: int) -> str:
    lack, plan = lack_elsewhere(world, row), plans[row]
    if lack == UNSUITED:
        block, before = GuestNames(scenario).blocks[plan.name], scenario.hosts[plan.host]
        reasons = [(str(host.name), why_unsuited(block, before, host)) for host in scenario.hosts]
        return f"no host that was up suited it: {by_host([each for each in reasons if each[1]])}"
    if lack == NO_RESERVE:
        return "its CPU reserve did not fit on any host with room for its memory"
    if lack != NO_MEMORY:
        return "no other host was up"
    needed, most = int(world.memory.partitions[row].startup), int(world.tables.migrations[row].to_be_had)
    if most >= needed:
        return "the roots of hosts with room for it might not commit what it takes (root.commit_per_guest, root.page_file)"
    mib = int(world.memory.parameters[0].page_bytes) / MIB
    return f"it needed {needed * mib:.0f} MiB, and {most * mib:.0f} MiB could be had on the host with most that suited it"
