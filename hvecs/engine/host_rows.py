"""Fill the rows of the hosts: what their schedulers and hypervisors are like, and where their other rows lie."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import components
from components import NOBODY, host
from components.charges import HLT_INSTRUCTIONS, MSR_ACCESSES, SIGNALLED_EVENTS
from hvecs.engine.affinity import SetPlan
from hvecs.engine.hosts import HostPlan
from hvecs.engine.named import constant
from hvecs.engine.plan import PartitionPlan, is_native
from hvecs.engine.run_lists import set_slack
from hvecs.engine.traps import charge_costs
from hvecs.engine.world import World
from hvecs.spec.host import Scheduling
from hvecs.spec.scenario import Scenario
from hvecs.spec.units import SECOND
from systems.guest.cache_domain import FULL_SPEED

_ROOT_COSTS = 1
"""The row of the root in the table of costs."""


def fill_host(world: World, of: HostPlan, parent_work: int) -> None:
    """Fill what a host is like; `parent_work` is the distribution of its root's work for an intercept."""
    _fill_parameters(world, of, parent_work)
    costs, given = world.columns[components.Costs][of.number], of.host.costs
    costs.paging_io_ns = given.paging_io
    if not is_native(of.alone):
        costs.dispatch_ns = given.dispatch
        costs.lp_wake_up_ns, costs.root_wake_up_ns = given.lp_wake_up, given.root_wake_up
        costs.cache_refill_ns = given.cache_refill
        costs.ipi_answer_ns = given.ipi_answer
        _fill_root_activity(world.columns[components.RootActivity][of.number], of.alone)
    costs.interference = round(FULL_SPEED * given.interference / 100)


def _fill_parameters(world: World, of: HostPlan, parent_work: int) -> None:
    parameters, given = world.columns[components.SchedulingParameters][of.number], of.host.scheduling
    parameters.parent_work = parent_work
    parameters.slice_ns = given.slice
    parameters.cap_period_ns = given.cap_period
    parameters.reserve_mode = constant(host, given.reserve)
    parameters.wake = constant(host, given.wake)
    parameters.rebalance_ns = given.rebalance
    parameters.slack_ns = given.slack
    here = world.columns[components.VpIdentity].host == of.number
    reserving = int((here & (world.columns[components.VpControls].reserve_ns > 0)).sum())
    world.columns[components.HostState][of.number].reserving = reserving
    budgets = parameters.reserve_mode == host.PERIOD_BUDGET and reserving > 0
    set_slack(world, of.number, given.slack, by_weight=not budgets)
    parameters.wake_boost = given.wake_boost
    parameters.long_spin = constant(host, given.long_spin)
    parameters.longest_stay_ns = given.longest_stay
    if of.host.scheduler_used != "root" and not is_native(of.alone):
        _fill_refinements(parameters, given)


def _fill_refinements(parameters: Any, given: Scheduling) -> None:
    """Fill what the hypervisor's own schedulers may do beyond the usual, by default nothing."""
    parameters.lock_extension_ns = given.lock_extension
    parameters.recent_ns = given.recent
    if given.interrupt_threshold > 0:
        parameters.interrupt_window_ns = given.interrupt_window
        parameters.most_interrupts = int(given.interrupt_threshold * given.interrupt_window / SECOND)


def _fill_root_activity(row: Any, scenario: Scenario) -> None:
    """Fill period and costs of a wake-up, which comes no sooner than the last one is over, and where the root works for guests."""
    root, costs = scenario.root, scenario.host.costs
    row.first_share = round(FULL_SPEED * root.io_on_first / 100)
    if root.idle_wakes == 0:
        return
    charge_ns = charge_costs(costs)[_ROOT_COSTS]
    row.hypercalls, row.accesses = root.wake_hypercalls, root.wake_accesses
    row.hlt_every, row.signal_every = root.wakes_per_hlt, root.wakes_per_interrupt
    row.hlt_ns = charge_ns[HLT_INSTRUCTIONS]
    calls = root.wake_hypercalls * charge_ns[SIGNALLED_EVENTS] + root.wake_accesses * charge_ns[MSR_ACCESSES]
    row.cost_ns = costs.dispatch + calls
    least = costs.root_wake_up + row.cost_ns + row.hlt_ns + 1
    row.wanted_ns = round(1e9 / root.idle_wakes)
    row.period_ns = max(row.wanted_ns, int(least))


def identify(
    world: World, hosts: Sequence[HostPlan], plans: Sequence[PartitionPlan], sets: Sequence[SetPlan]
) -> Any:
    """Say where the rows of each host lie; return the partitions by host."""
    identity, states = world.columns[components.HostIdentity], world.columns[components.HostState]
    for each, row in zip(hosts, identity, strict=True):
        row.root = NOBODY if is_native(each.alone) else each.root
        row.first_lp, row.lps = each.first_lp, len(each.lps)
        row.first_node, row.nodes = each.first_node, len(each.nodes)
        row.channels = each.host.paging_channels
    identity.first_channel = np.cumsum(identity.channels) - identity.channels
    identity.sets = np.bincount([each.host for each in sets], minlength=len(hosts))
    identity.first_set = np.cumsum(identity.sets) - identity.sets
    on = np.array([plan.host for plan in plans], np.int64)
    states.residents = np.bincount(on, minlength=len(hosts))
    states.first_resident = np.cumsum(states.residents) - states.residents
    return np.argsort(on, kind="stable")
