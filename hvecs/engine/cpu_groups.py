"""Build the CPU groups: their budgets and their members."""

from typing import Any

import numpy as np

from components import CpuGroup, VpControls
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.pools import is_by_core
from hvecs.engine.world import World
from hvecs.spec.scenario import Scenario

_ALL_PCT = 100


def group_rows(scenario: Scenario) -> dict[tuple[int, str], int]:
    """Return the row of each CPU group, by the number of its host and its name."""
    names = [(number, group.name) for number, host in enumerate(scenario.hosts) for group in host.cpu_group]
    return {name: row for row, name in enumerate(names)}


def build_groups(world: World, plans: tuple[PartitionPlan, ...], scenario: Scenario) -> Any:
    """Make the CPU groups of each host and put the VPs into them; return the VPs by group (see CpuGroup.first_member)."""
    specs = [(number, group) for number, host in enumerate(scenario.hosts) for group in host.cpu_group]
    world.spawn("CPU group", len(specs))
    rows = group_rows(scenario)
    of_vp = np.array([rows.get((plan.host, vp.group), -1) for plan in plans for vp in plan.vps], np.int64)
    world.columns[VpControls].cpu_group = of_vp
    fellows = np.array([vp.fellow for plan in plans for vp in plan.vps], np.int64)
    groups = world.columns[CpuGroup]
    for number, (host_number, group) in enumerate(specs):
        host = scenario.hosts[host_number]
        period, lps = host.scheduling.cap_period, len(group.logical_processors) or host.lps
        groups[number].host = host_number
        threads = 2 if is_by_core(host) and (fellows[of_vp == number] >= 0).any() else 1
        groups[number].threads = threads
        if group.cap < _ALL_PCT:
            groups[number].budget_ns = budget = round(period * lps * group.cap / 100)
            groups[number].most = -(-budget // (period * threads)) * threads
    counts = np.bincount(of_vp[of_vp >= 0], minlength=len(specs))
    groups.members = counts
    groups.first_member = np.cumsum(counts) - counts
    in_group = np.flatnonzero(of_vp >= 0)
    return in_group[np.argsort(of_vp[in_group], kind="stable")]
