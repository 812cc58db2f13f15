"""Keys of clusters without effect: of what moves guests from host to host, in a run in which that does not happen."""

from collections.abc import Iterator

from hvecs.spec.event import DRAIN, FAIL
from hvecs.spec.moving import guests_may_move
from hvecs.spec.no_effect import is_changed
from hvecs.spec.problems import Fault, Steps
from hvecs.spec.scenario import Scenario

_OF_FAILURES = ("detection", "restart_delay", "restart_pause")
_OF_BALANCING = ("balancing_period", "balancing_level")


def cluster_without_effect(scenario: Scenario) -> Iterator[Fault]:
    """Find keys of the cluster, and of live migration, that nothing reads."""
    for steps, why in _keys(scenario):
        yield Fault(steps, f"has no effect: {why}")


def _keys(scenario: Scenario) -> Iterator[tuple[Steps, str]]:
    actions, cluster = {event.action for event in scenario.event}, scenario.cluster
    if FAIL not in actions:
        yield from (
            (("cluster", key), "no host fails") for key in _OF_FAILURES if is_changed(cluster, (key,))
        )
    if cluster.balancing == "off":
        yield from (
            (("cluster", key), "balancing is off") for key in _OF_BALANCING if is_changed(cluster, (key,))
        )
    elif cluster.balancing_period >= scenario.scenario.duration:
        yield ("cluster", "balancing_period"), "the run is no longer than that"
    if not actions & {FAIL, DRAIN}:
        for index, block in enumerate(scenario.partition):
            if is_changed(block, ("priority",)):
                yield ("partition", index, "priority"), "no host fails or is drained"
    if scenario.root.workload is not None and is_changed(scenario.root.workload, ("dirty_rate",)):
        yield ("root", "workload", "dirty_rate"), "a root goes to no other host"
    yield from _of_migration(scenario)


def _of_migration(scenario: Scenario) -> Iterator[tuple[Steps, str]]:
    if not guests_may_move(scenario):
        yield from _without_moves(scenario)
        return
    yield from _of_links(scenario)
    for index in range(len(scenario.hosts)):
        yield from _of_host(scenario, index)


def _of_host(scenario: Scenario, index: int) -> Iterator[tuple[Steps, str]]:
    """Find keys of what a host is not asked for: a migration goes by the option of its source, and costs each of the two hosts what it costs there."""
    found, options = dict[str, str](), [host.live_migration.option for host in scenario.hosts]
    if scenario.cluster.max_parallel_migrations is not None:
        found["simultaneous"] = "cluster.max_parallel_migrations holds in its place"
    if options[index] != "compression":
        why = f'the host sends by option = "{options[index]}", and compresses nothing'
        found |= dict.fromkeys(("ratio", "compression_cost"), why)
    if "compression" not in (*options[:index], *options[index + 1 :]):
        found["decompression_cost"] = "no other host compresses what it sends"
    if set(options) == {"smb"}:
        found |= dict.fromkeys(("transfer_cost", "buffer"), 'all hosts send by option = "smb"')
    for key, why in found.items():
        if is_changed(scenario.hosts[index], ("live_migration", key)):
            yield ("host", index, "live_migration", key), why


def _of_links(scenario: Scenario) -> Iterator[tuple[Steps, str]]:
    """Find keys of the network by which migrations do not go."""
    for index, host in enumerate(scenario.hosts):
        name = host.live_migration.network
        key = "network_share" if name is None else "bandwidth"
        if is_changed(host, ("live_migration", key)):
            why = "no network is named" if name is None else f"migrations go by the network {name}"
            yield ("host", index, "live_migration", key), why


def _without_moves(scenario: Scenario) -> Iterator[tuple[Steps, str]]:
    why = "no guest goes to another host"
    if is_changed(scenario.cluster, ("max_parallel_migrations",)):
        yield ("cluster", "max_parallel_migrations"), why
    for index, host in enumerate(scenario.hosts):
        keys = sorted(host.live_migration.model_fields_set)
        changed = (key for key in keys if is_changed(host, ("live_migration", key)))
        yield from ((("host", index, "live_migration", key), why) for key in changed)
    for index, block in enumerate(scenario.partition):
        if is_changed(block.workload, ("dirty_rate",)):
            yield ("partition", index, "workload", "dirty_rate"), why
