"""Guests that are off at the end, as their host has failed: those that no other host could take, and why."""

from collections.abc import Iterator, Sequence

from components.migration import ARRIVED, NO_MEMORY, NO_RESERVE, UNSUITED, UP
from hvecs.engine.page_lists import MIB
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.host import Host
from hvecs.spec.lives import GuestNames
from hvecs.spec.moving import why_unsuited
from hvecs.spec.partition import Partition
from hvecs.spec.problems import by_host
from hvecs.spec.scenario import Scenario
from systems.state.migrations import RANKS


def left_off(world: World) -> dict[int, int]:
    """Give the rows of the guests that a failed host has left off and that were to be restarted, and what each lacked: an outcome of migrations, ARRIVED if none was asked."""
    w = world.tables
    rows = w.lifetimes.failed.nonzero()[0].tolist()
    return {row: int(w.migrations[row].lack) for row in rows if w.migrations[row].rank < RANKS}


def left_off_warnings(world: World, plans: Sequence[PartitionPlan], scenario: Scenario) -> Iterator[str]:
    """Say of each guest that a failed host has left off why it was not restarted."""
    found = left_off(world)
    blocks = GuestNames(scenario).blocks if found else {}
    for row, lack in found.items():
        host = world.host_names[world.tables.layouts[row].host]
        if lack == ARRIVED:
            yield f"{plans[row].name} is off: its host {host} failed, and the run ended before the guest was to be restarted (cluster.detection)"
            continue
        if lack == UNSUITED:
            reasons = _of_hosts_up(world, scenario, blocks[plans[row].name], scenario.hosts[plans[row].host])
            why = f"no host that is up suits it: {reasons}"
        else:
            why = _why(world, row, lack)
        yield f"{plans[row].name} was not restarted after its host {host} failed: {why}"


def _why(world: World, row: int, lack: int) -> str:
    if lack == NO_RESERVE:
        return "its CPU reserve does not fit on any host with room for its memory"
    if lack != NO_MEMORY:
        return "no other host is up"
    needed, most = int(world.memory.partitions[row].startup), int(world.tables.migrations[row].to_be_had)
    if most >= needed:
        return "the roots of hosts with room for it may not commit what it takes (root.commit_per_guest, root.page_file)"
    mib = int(world.memory.parameters[0].page_bytes) / MIB
    return f"it needs {needed * mib:.0f} MiB, and {most * mib:.0f} MiB can be had on the host with most that suits it"


def _of_hosts_up(world: World, scenario: Scenario, block: Partition, before: Host) -> str:
    """Write why the hosts that are up do not suit a guest."""
    up = world.tables.migration_states.state == UP
    reasons = [
        (str(host.name), why_unsuited(block, before, host))
        for host, is_up in zip(scenario.hosts, up, strict=True)
        if is_up
    ]
    return by_host([each for each in reasons if each[1]])
