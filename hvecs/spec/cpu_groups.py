"""Rules of CPU groups [WSD manage-hyper-v-cpugroups]: a VM is in one group at most, and runs on its LPs."""

from collections.abc import Iterator

from hvecs.spec.capacity import LP_KEYS, known_lps
from hvecs.spec.problems import Fault, Steps, did_you_mean, show
from hvecs.spec.repeats import twice
from hvecs.spec.scenario import Scenario


def group_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find groups with the same name or absent LPs, and VMs in groups that are absent or elsewhere."""
    lps = known_lps(scenario)
    groups = {group.name: group for group in scenario.host.cpu_group}
    yield from twice(tuple(group.name for group in scenario.host.cpu_group), ("host", "cpu_group"))
    for index, group in enumerate(scenario.host.cpu_group):
        at: Steps = ("host", "cpu_group", index, "logical_processors")
        yield from twice(group.logical_processors, at)
        if lps is not None and group.logical_processors and max(group.logical_processors) >= lps:
            message = f"LP {max(group.logical_processors)} does not exist; expected LPs from 0 to {lps - 1}"
            yield Fault(at, message, LP_KEYS)
    for index, block in enumerate(scenario.partition):
        name = block.processor.group
        if not name:
            continue
        at = ("partition", index, "processor", "group")
        if name not in groups:
            hint = did_you_mean(name, list(groups))
            yield Fault(
                at, f"no CPU group is named {show(name)}{hint}; expected a [[host.cpu_group]] of that name"
            )
            continue
        outside = set(block.processor.affinity) - set(groups[name].logical_processors)
        if groups[name].logical_processors and outside:
            message = f"LP {min(outside)} is not among those of the group; expected LPs of group {show(name)}"
            yield Fault((*at[:-1], "affinity"), message, (at,))
