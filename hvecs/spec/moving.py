"""Whether guests may change hosts in a run: what that needs is built only where they may."""

from hvecs.spec.event import MIGRATE, OF_HOST
from hvecs.spec.scenario import Scenario


def guests_may_move(scenario: Scenario) -> bool:
    """Tell whether any event, or the cluster's balancing, may send a guest to another host."""
    if len(scenario.hosts) == 1:
        return False
    asked = any(event.action == MIGRATE or event.action in OF_HOST for event in scenario.event)
    return asked or scenario.cluster.balancing != "off"
