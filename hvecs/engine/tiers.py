"""Build the tiers: their members, calls and balancers."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

import components
from components import NEVER, NOBODY
from components import tier as policies
from hvecs.engine.distributions import DistributionTable
from hvecs.engine.named import constant
from hvecs.engine.plan import PartitionPlan
from hvecs.engine.streams import stable_id
from hvecs.engine.world import World
from hvecs.spec.lives import GuestNames
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Scaling, Tier, most_at_once
from hvecs.spec.tier_guests import members_of
from systems.kernels.heap import Heap, make_heap
from systems.kernels.histogram import BUCKETS
from systems.state.rings import make_rings

_UNIT: Final = 2**32


def build_tiers(
    world: World, plans: Sequence[PartitionPlan], scenario: Scenario, distributions: DistributionTable
) -> None:
    """Make the tiers, in file order, and the rows of their guests and calls."""
    world.spawn("tier", len(scenario.tier))
    world.tier_names = [tier.name for tier in scenario.tier]
    rows = {plan.name: row for row, plan in enumerate(plans)}
    names = GuestNames(scenario)
    numbers = {tier.name: number for number, tier in enumerate(scenario.tier)}
    found = [(number, *each) for number, tier in enumerate(scenario.tier) for each in members_of(names, tier)]
    members = world.make(components.TierGuest, len(found))
    for row, (number, name, entry) in enumerate(found):
        _fill_member(world, row, rows[name], number)
        _weigh(members[row], scenario.tier[number], entry)
    calls = [(number, call) for number, tier in enumerate(scenario.tier) for call in tier.calls]
    table = world.make(components.TierCall, len(calls))
    for row, (_, call) in zip(table, calls, strict=True):
        row.tier, row.times, row.parallel = numbers[call.tier], call.times, int(call.mode == "parallel")
    world.make(components.OutstandingGroup, len(found) + len(scenario.tier))
    for number, tier in enumerate(scenario.tier):
        row = world.columns[components.Tier][number]
        _fill(row, tier, distributions)
        of_tier = [index for index, each in enumerate(found) if each[0] == number]
        row.first_member, row.members = (of_tier or [0])[0], len(of_tier)
        row.first_call = sum(1 for owner, _ in calls if owner < number)
        row.calls = len(tier.calls)
        _free_groups(world, row, number)
        if tier.scaling is not None:
            _fill_scaling(world.columns[components.TierScaling][number], tier.scaling, len(of_tier))
    if scenario.tier:
        most = max(most_at_once(tier.calls) for tier in scenario.tier)
        world.columns[components.SchedulerState][0].spare_tasks = 2 * (most + 1)


def _fill(row: Any, tier: Tier, distributions: DistributionTable) -> None:
    row.stable_id = stable_id(tier.name, "tier", 0)
    if tier.interarrival is not None:
        row.interarrival = distributions.row_of(tier.interarrival)
    row.service = distributions.row_of(tier.service)
    if tier.service_after.average_ns > 0:
        row.service_after = distributions.row_of(tier.service_after)
    row.policy = constant(policies, tier.policy)
    row.limit = tier.limit or NEVER
    row.most_waiting = NEVER if tier.queue is None else tier.queue
    row.timeout_ns = NEVER if tier.timeout is None else tier.timeout
    row.retries, row.holds_thread = tier.retries, int(tier.holds_thread)


def _fill_scaling(row: Any, scaling: Scaling, members: int) -> None:
    row.every_ns, row.cooldown_ns = scaling.every, scaling.cooldown
    row.delay_ns, row.drain_ns = scaling.delay, scaling.drain
    row.metric = policies.REQUESTS if scaling.metric == "requests" else policies.CPU_BUSY
    row.above, row.below = scaling.above, scaling.below
    row.least, row.most = scaling.min, scaling.max or members
    row.on = scaling.first


def _fill_member(world: World, row: int, partition: int, tier: int) -> None:
    """Fill the row of a guest as a member, and put it first among those of the guest."""
    layout, member = (
        world.columns[components.PartitionLayout][partition],
        world.columns[components.TierGuest][row],
    )
    member.tier, member.guest, member.workload = tier, partition, layout.requests
    member.next_of_guest, layout.first_member = layout.first_member, row


def _weigh(member: Any, tier: Tier, entry: int) -> None:
    member.threads = tier.threads or NEVER
    member.stride = round(_UNIT / (tier.weights[entry] if tier.weights else 1.0))


def _free_groups(world: World, row: Any, tier: int) -> None:
    """Make room for one group more than the tier has members: one joins before another is left."""
    first, count = int(row.first_member) + tier, int(row.members) + 1
    following = np.arange(first + 1, first + count + 1)
    following[-1] = NOBODY
    world.columns[components.OutstandingGroup].next_free[first : first + count] = following
    row.free_group = first


def tier_arrays(world: World) -> tuple[dict[str, Any], dict[str, Heap]]:
    """Return the lists and histograms of tiers, and the heaps of their members by weight and of guests by orders."""
    tiers, members = world.columns[components.Tier], world.columns[components.TierGuest]
    arrays = {
        "tier_lists": make_rings(0, len(tiers) + len(members)),
        "due_lists": make_rings(0, len(tiers)),
        "turns": make_rings(len(members), len(tiers)),
        "by_outstanding": np.full(len(members), NOBODY),
        "tier_responses": np.zeros((len(tiers), BUCKETS), np.int64),
    }
    partitions = len(world.columns[components.PartitionLayout])
    return arrays, {
        "weighted": make_heap(tiers.members.tolist(), len(members)),
        "orders": make_heap([partitions], partitions),
    }
