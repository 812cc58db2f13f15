"""The system Tiers."""

from systems.system import System, components
from systems.tiers.arrivals import begin_tiers


class Tiers(System):
    """Spreads the requests of tiers over guests, by their balancers, and lets them call further tiers.

    Leaves out: what the balancer itself costs, and the network between tiers, unless a guest's requests come through its root.
    """

    begin = staticmethod(begin_tiers)
    why_here = "in the events inside the step: a balancer acts when a request comes or is done"
    reads = components("""
        AffinitySet GuestTraps HostState IoPath LpTopology OpenWorkload PartitionLayout RandomKeys SchedulingParameters TierCall VpControls
        VpIdentity
    """)
    writes = components("""
        Attempt Clock Company Journey Lifetime LpState LpTimes OutstandingGroup Request RequestTimes SchedulerState Task Tier TierGuest
        TierScaling TierTimes TrapState Visit VpState VpTimes
    """)
