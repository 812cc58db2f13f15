"""What a run would take, estimated from its scenario alone: rows, bytes on the disk, memory, time.

The figures are rough, within a factor of a few: they tell a run that fits from one that exhausts the machine. A test holds the bytes of
rows of memory against the tables of the engine.
"""

from dataclasses import dataclass
from typing import Final

from hvecs.spec.distributions import Distribution
from hvecs.spec.lives import GuestNames
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Steps
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier import Tier
from hvecs.spec.tier_guests import members_of
from hvecs.spec.topology import root_lps
from hvecs.spec.workload import ClosedWorkload, RequestWorkload

FRAME_BYTES: Final = 20
"""A page frame, its place in the stack of free frames and the guest page that it backs."""
REQUEST_BYTES: Final = 208
"""A request that waits, and its link."""
TIER_REQUEST_BYTES: Final = 1_500
"""A request of a tier: its rows as a visit and as an attempt, and as many that are kept free."""
THREAD_BYTES: Final = 300
STEP_BYTES: Final = 16
VP_BYTES: Final = 4_000
"""A VP, its counters, and the samples that wait to be written."""
PROCESS_BYTES: Final = 400 << 20
ROW_BYTES: Final = 60
"""A row of a sampled table in a Parquet file."""
TRACE_ROW_BYTES: Final = 15
"""A row of a trace: 10 of dispatches."""

_ROW_S: Final = 3e-6
_EVENT_S: Final = 1e-6
_S: Final = 1e9


@dataclass(frozen=True)
class Demand:
    """What a run would take, and the key that has the most to do with each."""

    rows: float
    disk_bytes: float
    memory_bytes: float
    time_s: float
    memory_key: Steps
    time_key: Steps


def demand_of(scenario: Scenario) -> Demand:
    """Estimate what a run would take."""
    sampled = _rows_a_sample(scenario) * (scenario.scenario.duration / scenario.scenario.sample)
    traced = _traced_rows(scenario)
    memory: dict[Steps, float] = {
        ("host", "memory"): FRAME_BYTES * sum(host.memory / host.page for host in scenario.hosts)
    }
    time: dict[Steps, float] = {
        ("scenario", "sample"): sampled * _ROW_S,
        ("scenario", "step"): _steps(scenario) * _EVENT_S,
    }
    for index, block in enumerate(scenario.partition):
        at: Steps = ("partition", index, "workload")
        memory[at] = block.guests * (_load_bytes(scenario, block) + block.virtual_processors * VP_BYTES)
        time[at] = block.guests * _events(scenario, block) * _EVENT_S
    for index, tier in enumerate(scenario.tier):
        visits = _visits(scenario, tier)
        time["tier", index] = 4 * visits * _EVENT_S
        memory["tier", index] = _waiting(scenario, tier) * TIER_REQUEST_BYTES
    return Demand(
        rows=sampled + traced,
        disk_bytes=sampled * ROW_BYTES + traced * TRACE_ROW_BYTES,
        memory_bytes=PROCESS_BYTES + sum(memory.values()),
        time_s=sum(time.values()),
        memory_key=max(memory, key=lambda key: memory[key]),
        time_key=max(time, key=lambda key: time[key]),
    )


def _rows_a_sample(scenario: Scenario) -> float:
    guests = sum(block.guests for block in scenario.partition)
    if scenario.host.hypervisor == "none":
        return scenario.host.lps + 2 * guests + len(scenario.tier)
    vps = sum(block.guests * block.virtual_processors for block in scenario.partition)
    alone = (scenario.model_copy(update={"hosts": (host,)}) for host in scenario.hosts)
    hosts = sum(one.host.lps + len(root_lps(one)) + 4 for one in alone)
    return hosts + vps + 5 * guests + len(scenario.tier)


def _traced_rows(scenario: Scenario) -> float:
    """Give the rows of traces: about one a dispatch or intercept, of which events make about one each."""
    traces = len({"dispatch", "intercept"} & set(scenario.scenario.trace))
    return traces * sum(block.guests * _events(scenario, block) for block in scenario.partition)


def _steps(scenario: Scenario) -> float:
    guests = sum(block.guests for block in scenario.partition)
    return (scenario.scenario.duration / scenario.scenario.step) * (1 + 0.1 * guests)


def _on_ns(scenario: Scenario, block: Partition) -> int:
    """Give how long a guest is on."""
    end = scenario.scenario.duration if block.stop is None else min(block.stop, scenario.scenario.duration)
    return max(0, end - block.start)


def _arrivals(scenario: Scenario, block: Partition, load: RequestWorkload) -> float:
    rates = load.rates(block.virtual_processors)
    times = 1.0 if rates is None else rates.mean(block.start, block.start + _on_ns(scenario, block))
    return times * _on_ns(scenario, block) / max(_mean(load.interarrival), 1.0)


def _visits(scenario: Scenario, tier: Tier) -> float:
    """Give the requests that come to a tier from outside, and those that come of them in the tiers that they call."""
    if tier.interarrival is None:
        return 0.0
    end = scenario.scenario.duration
    times = 1.0 if tier.rates is None else tier.rates.mean(0, end)
    return times * end / max(_mean(tier.interarrival), 1.0) * _calls(scenario, tier)


def _calls(scenario: Scenario, tier: Tier) -> float:
    """Give how many requests one of `tier` comes to, itself included; tiers that call each other without an end are refused elsewhere."""
    tiers = {each.name: each for each in scenario.tier}
    total, made = 0.0, {tier.name: 1.0}
    for _ in tiers:
        total += sum(made.values())
        called: dict[str, float] = {}
        for name, count in made.items():
            for call in tiers[name].calls if name in tiers else ():
                called[call.tier] = called.get(call.tier, 0.0) + count * call.times
        made = called
    return total


def _waiting(scenario: Scenario, tier: Tier) -> float:
    """Give the requests that wait at the end because the VPs of the tier's guests cannot serve them."""
    if tier.interarrival is None:
        return 0.0
    names = {name for name, _ in members_of(GuestNames(scenario), tier)}
    vps = sum(guest.block.virtual_processors for guest in scenario.guests() if guest.name in names)
    work = _mean(tier.service) + _mean(tier.service_after)
    end = scenario.scenario.duration
    served = min(vps, sum(host.lps for host in scenario.hosts)) * end / max(work, 1.0)
    return max(0.0, _visits(scenario, tier) / _calls(scenario, tier) - served)


def _load_bytes(scenario: Scenario, block: Partition) -> float:
    """Give the memory of a guest's threads, or of the requests that wait at the end because its VPs cannot serve them."""
    match block.workload:
        case ClosedWorkload() as closed:
            return closed.threads * THREAD_BYTES
        case load if isinstance(load, RequestWorkload):
            vps = min(block.virtual_processors, _most_lps(scenario))
            served = vps * _on_ns(scenario, block) / max(_mean(load.service), 1.0)
            waiting = max(0.0, _arrivals(scenario, block, load) - served)
            rates = load.rates(block.virtual_processors)
            steps = 0 if rates is None else rates.steps(scenario.scenario.duration)
            return waiting * REQUEST_BYTES + load.threads * THREAD_BYTES + steps * STEP_BYTES
    return 0.0


def _most_lps(scenario: Scenario) -> int:
    """Give the LPs of the largest host."""
    return max(host.lps for host in scenario.hosts)


def _events(scenario: Scenario, block: Partition) -> float:
    """Give the events of a guest: arrivals and what becomes of them, or bursts and sleeps."""
    on_ns = _on_ns(scenario, block)
    match block.workload:
        case load if isinstance(load, RequestWorkload):
            vps = min(block.virtual_processors, _most_lps(scenario))
            arrivals = _arrivals(scenario, block, load)
            return arrivals + 2 * min(arrivals, vps * on_ns / max(_mean(load.service), 1.0))
        case ClosedWorkload() as closed:
            burst = max(_mean(closed.compute), 1.0)
            vps = min(block.virtual_processors, _most_lps(scenario))
            most = min(closed.work, vps * on_ns) / burst
            return 3 * min(most, closed.threads * on_ns / (burst + _mean(closed.sleep)))
    return 0.0


def _mean(distribution: Distribution) -> float:
    return distribution.average_ns
