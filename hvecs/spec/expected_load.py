"""What guests will ask of processors in the mean while they are on, as far as a scenario tells."""

from collections.abc import Iterator

from hvecs.spec.host import Host
from hvecs.spec.lives import GuestNames
from hvecs.spec.load_faults import load_faults
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Tier
from hvecs.spec.tier_faults import tier_faults
from hvecs.spec.tier_guests import members_of
from hvecs.spec.tier_load import request_rates
from hvecs.spec.workload import ClosedWorkload, RequestWorkload
from hvecs.spec.workload_faults import workload_faults


def expected_loads(scenario: Scenario) -> dict[str, float] | None:
    """Give the LPs at native speed that each guest will use in the mean while it is on, by its name; None if a workload or tier breaks a rule.

    Requests count by their rate and service, at most as many at once as are served; threads by the share of bursts in bursts and sleeps;
    requests of a tier are shared out among its guests, evenly unless it has weights. No guest counts for more than its VPs and their cap.
    """
    if next(_faults(scenario), None) is not None:
        return None
    of_tiers = _of_tiers(scenario)
    loads = {}
    for guest in scenario.guests():
        block = guest.block
        most = block.virtual_processors * block.processor.cap / 100
        loads[guest.name] = min(_own(scenario, block) + of_tiers.get(guest.name, 0.0), most)
    return loads


def worth_of(host: Host) -> float:
    """Give the LPs at native speed that a host is worth with all of them busy."""
    if host.threads_per_core == 1:
        return float(host.lps)
    return host.lps * max(1.0, host.smt_yield) / host.threads_per_core


def offered_lps(scenario: Scenario, block: Partition, workload: RequestWorkload) -> float:
    """Give the CPU time that requests ask for while their guest is on, in the mean, in LPs at native speed."""
    return (
        mean_times(scenario, block, workload) * workload.service.average_ns / workload.interarrival.average_ns
    )


def mean_times(scenario: Scenario, block: Partition, workload: RequestWorkload) -> float:
    """Give how many times the rate of `workload` requests come to a guest while it is on, in the mean."""
    rates = workload.rates(block.virtual_processors)
    end = scenario.scenario.duration if block.stop is None else min(block.stop, scenario.scenario.duration)
    return 1.0 if rates is None else rates.mean(block.start, end)


def _faults(scenario: Scenario) -> Iterator[Fault]:
    yield from tier_faults(scenario)
    for block in scenario.partition:
        yield from workload_faults(block.workload, ())
        yield from load_faults(scenario, block.workload, block.virtual_processors, ())


def _own(scenario: Scenario, block: Partition) -> float:
    match block.workload:
        case load if isinstance(load, RequestWorkload):
            asked = offered_lps(scenario, block, load)
            return min(asked, load.threads) if load.threads else asked
        case ClosedWorkload() as closed:
            burst = max(closed.compute.average_ns, 1.0)
            return closed.threads * burst / (burst + closed.sleep.average_ns)
    return 0.0


def _of_tiers(scenario: Scenario) -> dict[str, float]:
    found: dict[str, float] = {}
    if not scenario.tier:
        return found
    names, coming = GuestNames(scenario), request_rates(scenario)
    for tier in scenario.tier:
        work = coming[tier.name] * (tier.service.average_ns + tier.service_after.average_ns)
        turns = {name: _turns(tier, entry) for name, entry in members_of(names, tier)}
        for name, each in turns.items():
            found[name] = found.get(name, 0.0) + work * each / (sum(turns.values()) or 1.0)
    return found


def _turns(tier: Tier, entry: int) -> float:
    """Give how often a guest of an entry has its turn, in proportion."""
    return tier.weights[entry] if tier.policy == "weighted" and entry < len(tier.weights) else 1.0
