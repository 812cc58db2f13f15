"""Where the VPs of each guest belong on hosts that it may come to: as if it had been started there, apart from the guests that were."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np

from components import NumaNode, VpIdentity
from hvecs.engine.affinity import SetPlan
from hvecs.engine.hosts import HostPlan
from hvecs.engine.numa import place_on_nodes
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.planning import plan_guest
from hvecs.engine.pools import lps_taken, pools_of_lps
from hvecs.engine.run_lists import candidates
from hvecs.engine.world import World
from hvecs.spec.moving import guests_may_move, why_unsuited
from hvecs.spec.scenario import Guest, Scenario
from systems.state.places import HOME, LPS, NODE, POOL, SET, SUITS

_COLUMNS = 6

Plans = tuple[PartitionPlan, ...]


def plans_elsewhere(scenario: Scenario, hosts: Sequence[HostPlan], plans: Plans) -> list[Plans]:
    """Give for each host the plans of all partitions, with guests of other hosts as they would be on it; nothing where no guest moves."""
    if not guests_may_move(scenario):
        return []
    guests = [None] * len(hosts) + list(scenario.guests())
    return [
        tuple(
            plan
            if guest is None
            or plan.host == each.number
            or why_unsuited(guest.block, scenario.hosts[plan.host], each.host)
            else there
            for plan, guest, there in zip(plans, guests, _placed(scenario, each, plans, guests), strict=True)
        )
        for each in hosts
    ]


def _placed(
    scenario: Scenario, each: HostPlan, plans: Plans, guests: Sequence[Guest | None]
) -> list[PartitionPlan]:
    """Give the guests of other hosts places on the nodes of a host, in the order of their starts."""
    rows = [row for row, plan in enumerate(plans) if guests[row] is not None and plan.host != each.number]
    own = tuple(
        plan_guest(guest, each.number, scenario) for row in rows if (guest := guests[row]) is not None
    )
    found = list(plans)
    for row, plan in zip(rows, place_on_nodes(each.host, own), strict=True):
        found[row] = plan.placed(each)
    return found


def build_places(
    world: World, hosts: Sequence[HostPlan], elsewhere: Sequence[Plans], sets: Sequence[SetPlan], numbers: Any
) -> Any:
    """Return where each VP belongs on each host, a row a host and VP; `numbers` are those of its sets there, in the same order."""
    identity = world.columns[VpIdentity]
    table = np.zeros((len(elsewhere) * len(identity), _COLUMNS), np.int64)
    pools = pools_of_lps(sets, sum(len(each.lps) for each in hosts))
    turns: dict[tuple[int, int], Any] = {}
    row = 0
    for each, plans in zip(hosts, elsewhere, strict=False):
        for plan in plans:
            for vp in plan.vps:
                if plan.kind != "root" and plan.host == each.number:
                    number = numbers[row]
                    key = number, vp.node
                    if key not in turns:
                        node = world.columns[NumaNode][vp.node]
                        turns[key] = cycle(candidates(world, sets[number].lps, node))
                    table[row, SET], table[row, NODE] = number, vp.node
                    table[row, POOL], table[row, HOME] = pools[sets[number].lps[0]], next(turns[key])
                    table[row, LPS] = lps_taken(each.host, alone=identity[row % len(identity)].fellow < 0)
                    table[row, SUITS] = 1
                row += 1
    return table
