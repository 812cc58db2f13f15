"""Fill what the idle root does by itself on each idle LP."""

from typing import Any

from components.charges import HLT_INSTRUCTIONS, MSR_ACCESSES, SIGNALLED_EVENTS
from hvecs.engine.traps import charge_costs
from hvecs.spec.scenario import Scenario
from systems.guest.cache_domain import FULL_SPEED

_ROOT_COSTS = 1
"""The row of the root in the table of costs."""


def fill_root_activity(row: Any, scenario: Scenario) -> None:
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
