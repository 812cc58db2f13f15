"""Build the CPU groups: their budgets and their members."""

from typing import Any

import numpy as np

from components import CpuGroup, VpControls
from components.archetypes import CPU_GROUP
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.world import World
from hvecs.spec.scenario import Scenario

_ALL_PCT = 100


def build_groups(world: World, plans: tuple[PartitionPlan, ...], scenario: Scenario) -> Any:
    """Make the CPU groups and put the VPs into them; return the VPs by group (see CpuGroup.first_member)."""
    specs = scenario.host.cpu_group
    world.spawn("CPU group", CPU_GROUP, len(specs))
    numbers = {group.name: number for number, group in enumerate(specs)}
    of_vp = np.array([numbers.get(vp.group, -1) for plan in plans for vp in plan.vps], np.int64)
    world.columns[VpControls].cpu_group = of_vp
    period = scenario.host.scheduling.cap_period
    groups = world.columns[CpuGroup]
    for number, group in enumerate(specs):
        lps = len(group.logical_processors) or scenario.host.lps
        if group.cap < _ALL_PCT:
            groups[number].budget_ns = budget = round(period * lps * group.cap / 100)
            groups[number].most = -(-budget // period)
    counts = np.bincount(of_vp[of_vp >= 0], minlength=len(specs))
    groups.members = counts
    groups.first_member = np.cumsum(counts) - counts
    in_group = np.flatnonzero(of_vp >= 0)
    return in_group[np.argsort(of_vp[in_group], kind="stable")]
