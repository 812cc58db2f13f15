"""What will go wrong in a run and is known before it: more load than processor time, VPs that cannot run at once, samples too long."""

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from hvecs.spec.capacity import lps_for_guest, sum_changes
from hvecs.spec.event import SAVE
from hvecs.spec.expected_load import offered_lps, worth_of
from hvecs.spec.host import Host
from hvecs.spec.lives import GuestNames, Lives
from hvecs.spec.one_host import OneHost
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault, Steps, show
from hvecs.spec.root_load import root_load, root_requests_load
from hvecs.spec.scenario import Scenario
from hvecs.spec.tier_load import tier_loads
from hvecs.spec.topology import root_lps
from hvecs.spec.units import Duration
from hvecs.spec.workload import OpenWorkload, RequestWorkload


def foreseen(scenario: Scenario, hosts: Sequence[OneHost]) -> Iterator[Fault]:
    """Find what will go wrong in a run of a valid scenario, whatever host it comes of; `hosts` are all of its hosts."""
    yield from _samples(scenario)
    if scenario.host.hypervisor != "none":
        yield from _boots(scenario)
    yield from tier_loads(scenario, lambda names: _room_together(hosts, names))


def foreseen_on_host(scenario: Scenario) -> Iterator[Fault]:
    """Find what will go wrong on the only host of a valid scenario."""
    native = scenario.host.hypervisor == "none"
    if not native:
        yield from _saves(scenario)
    for index, block in enumerate(scenario.partition):
        at: Steps = ("partition", index)
        if not native:
            yield from _wide(scenario, block, at)
        yield from _guest_load(scenario, block, at)
    yield from _host_load(scenario)


def _room_together(hosts: Sequence[OneHost], names: Collection[str]) -> float:
    """Give the LPs that guests of some names can have at most together: on each host no more than it has."""
    total = 0.0
    for _, _, scenario, _ in hosts:
        rooms = (_room(scenario, guest.block) for guest in scenario.guests() if guest.name in names)
        total += min(sum(rooms), scenario.host.lps)
    return total


def _samples(scenario: Scenario) -> Iterator[Fault]:
    run, at = scenario.scenario, ("scenario", "sample")
    if run.sample > run.duration:
        message = f"longer than the run of {_time(run.duration)}: the tables will have one sample, cut short"
        yield Fault(at, message)
    elif -(-run.warm_up // run.sample) * run.sample >= run.duration:
        yield Fault(at, "no sample begins after the warm-up: the run will have no verdict")


def _boots(scenario: Scenario) -> Iterator[Fault]:
    """Warn of guests with work that will not be up before the run ends."""
    for index, block in enumerate(scenario.partition):
        boot, end = block.guest.boot_ns, scenario.scenario.duration
        if boot == 0 or block.workload.kind == "idle":
            continue
        for key, at in (("start", block.start), ("restart", block.restart)):
            if at and at < end <= at + boot:
                message = f"boots for {_time(boot)} (guest.boot), and the run ends before it is up"
                yield Fault(("partition", index, key), message)


def _saves(scenario: Scenario) -> Iterator[Fault]:
    """Warn of guests that are saved for longer than the run lasts."""
    names = GuestNames(scenario)
    for index, event in enumerate(scenario.event):
        if event.action != SAVE or event.partition is None:
            continue
        for guest in names.meant_by(event.partition):
            length = round(names.blocks[guest].startup_memory / scenario.host.save_bandwidth * 1e9)
            if event.at + length >= scenario.scenario.duration:
                message = f"the memory of {show(guest)} takes {length / 1e9:.3g} s to write (host.save_bandwidth), and the run ends before that"
                yield Fault(("event", index, "at"), message)
                break


def _wide(scenario: Scenario, block: Partition, at: Steps) -> Iterator[Fault]:
    """Warn of a guest with more VPs than there are LPs for it."""
    usable = _places(scenario.host, block)
    if block.virtual_processors > usable:
        places = f"{usable} cores" if _takes_cores(scenario.host, block) else _lps(usable)
        message = f"{block.virtual_processors} VPs on {places}: no more than {usable} of them run at once"
        yield Fault((*at, "virtual_processors"), message)


def _guest_load(scenario: Scenario, block: Partition, at: Steps) -> Iterator[Fault]:
    """Warn of requests that ask for more processor time than the guest can have."""
    workload = block.workload
    if not isinstance(workload, RequestWorkload):
        return
    offered, most = offered_lps(scenario, block, workload), _most(scenario, block, workload)
    if offered > most:
        key = _offering_key(workload)
        message = (
            f"offers {_lps(offered)} of work at native speed, and the guest has {_lps(most)} at most: "
            "its queue will grow"
        )
        yield Fault((*at, "workload", key), message)


def _host_load(scenario: Scenario) -> Iterator[Fault]:
    """Warn of requests of all guests that run at one time, and the root's load, that ask for more than the host has.

    A guest counts for no more than it can have.
    """
    host = scenario.host
    capacity = worth_of(host)
    lives, changes = Lives(scenario), list[tuple[int, float]]()
    for block in scenario.partition:
        if isinstance(block.workload, RequestWorkload):
            most = _most(scenario, block, block.workload)
            load = block.guests * min(offered_lps(scenario, block, block.workload), most)
            changes += sum_changes(block, load, lives)
    changes = [each for each in sorted(changes) if each[0] < scenario.scenario.duration]
    peak = max(accumulate(load for _, load in changes), default=0.0)
    if host.hypervisor != "none":
        peak += len(root_lps(scenario)) * root_load(scenario) + root_requests_load(scenario)
    if peak > capacity:
        key = "logical_processors" if host.logical_processors is not None else "sockets"
        message = (
            f"the guests' requests and the root could use {_lps(peak)} at native speed, and the host is worth {_lps(capacity)}: "
            "queues will grow"
        )
        yield Fault(("host", key), message)


def _offering_key(workload: RequestWorkload) -> str:
    if not isinstance(workload, OpenWorkload):
        return "demand"
    return "rate" if workload.rate is not None else "arrivals"


def _most(scenario: Scenario, block: Partition, workload: RequestWorkload) -> float:
    """Give the LPs that the requests of a guest can have at most, by VPs, LPs, caps and threads."""
    most = _room(scenario, block)
    return min(most, workload.threads) if workload.threads else most


def _room(scenario: Scenario, block: Partition) -> float:
    """Give the LPs that a guest can have at most, by VPs, LPs and caps."""
    if scenario.host.hypervisor == "none":
        return float(scenario.host.lps)
    most = min(block.virtual_processors * block.processor.cap / 100, _places(scenario.host, block))
    groups = [group for group in scenario.host.cpu_group if group.name == block.processor.group]
    caps = [(len(group.logical_processors) or scenario.host.lps) * group.cap / 100 for group in groups]
    return min([most, *caps])


def _places(host: Host, block: Partition) -> int:
    """Give how many VPs of a guest can run at once: one an LP that it may use, or one a core."""
    return lps_for_guest(host, block, host.threads_per_core if _takes_cores(host, block) else 1)


def _takes_cores(host: Host, block: Partition) -> bool:
    """Tell whether each VP of a guest takes a core of two LPs for itself."""
    return (
        host.scheduler_used == "core" and host.threads_per_core > 1 and block.processor.threads_per_core == 1
    )


def _lps(amount: float) -> str:
    return f"{amount:.3g} LP" + ("" if amount == 1 else "s")


def _time(duration_ns: int) -> str:
    return show(Duration().write(duration_ns))
