"""What is said of hosts and has no effect."""

from collections.abc import Iterator

from hvecs.spec.host_tables import HOST
from hvecs.spec.problems import Fault
from hvecs.spec.scenario import Scenario


def hosts_without_effect(scenario: Scenario) -> Iterator[Fault]:
    """Find CPU groups without a guest, and a rule of placement that places no guest."""
    used = {block.processor.group for block in scenario.partition}
    for number, host in enumerate(scenario.hosts):
        for index, group in enumerate(host.cpu_group):
            if group.name not in used:
                at = (HOST, number, "cpu_group", index, "name")
                yield Fault(at, "has no effect: no guest is in this group")
    if scenario.scenario.placement is not None and all(block.host for block in scenario.partition):
        yield Fault(("scenario", "placement"), "has no effect: each guest has a host of its own")
    elif scenario.scenario.placement is not None and len(scenario.hosts) == 1:
        yield Fault(("scenario", "placement"), "has no effect: there is one host")
