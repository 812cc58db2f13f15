"""Whether guests may change hosts in a run, which what that needs is built for alone, and which hosts suit a guest at all."""

from hvecs.spec.event import MIGRATE, OF_HOST
from hvecs.spec.host import Host
from hvecs.spec.partition import Partition
from hvecs.spec.scenario import Scenario


def guests_may_move(scenario: Scenario) -> bool:
    """Tell whether any event, or the cluster's balancing, may send a guest to another host."""
    if len(scenario.hosts) == 1:
        return False
    asked = any(event.action == MIGRATE or event.action in OF_HOST for event in scenario.event)
    return asked or scenario.cluster.balancing != "off"


def why_unsuited(block: Partition, before: Host, after: Host) -> str:
    """Say why a guest that was first started on one host may never come to another, however empty that is; nothing if it may.

    Its VPs keep the virtual cores that they were started with: those of two VPs need an SMT host.
    """
    processor = block.processor
    threads = min(processor.threads_per_core or before.threads_per_core, block.virtual_processors)
    if processor.group:
        return "a guest in a CPU group stays with it"
    if block.io.nic:
        return "a guest at a shared NIC stays with it"
    if processor.affinity and max(processor.affinity) >= after.lps:
        return f"there is no LP {max(processor.affinity)}"
    if threads > after.threads_per_core:
        return f"its virtual cores have {threads} VPs, and cores there one thread"
    if before.scheduling.cap_period != after.scheduling.cap_period:
        return "the cap period is another"
    return ""
