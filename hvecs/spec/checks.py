"""Rules that tie several keys of a scenario together; each key by itself is valid when these run."""

from collections.abc import Iterator
from itertools import chain

from hvecs.spec.capacity import LP_KEYS, capacity_faults, known_lps, lps_of, reserve_faults, total_faults
from hvecs.spec.cpu_groups import group_faults
from hvecs.spec.device_faults import device_faults
from hvecs.spec.enlightenments import Enlightenments
from hvecs.spec.event_faults import event_faults
from hvecs.spec.host import Root
from hvecs.spec.host_faults import host_faults
from hvecs.spec.load_faults import load_faults
from hvecs.spec.memory_faults import demand_faults, memory_faults
from hvecs.spec.one_host import one_by_one
from hvecs.spec.partition import MOST_VPS, Partition, Processor
from hvecs.spec.placement import NOWHERE, placed, placement_faults
from hvecs.spec.problems import DIFFERENT, Fault, Steps, show
from hvecs.spec.repeats import twice
from hvecs.spec.rules import rule_key_faults
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.table import kind_of
from hvecs.spec.tier_faults import tier_faults
from hvecs.spec.tier_guests import serving
from hvecs.spec.topology import topology_faults
from hvecs.spec.units import Duration
from hvecs.spec.workload import RequestWorkload, has_spin_lock
from hvecs.spec.workload_faults import distribution_faults, root_workload_faults, workload_faults

_NATIVE = 'the native baseline (host.hypervisor = "none")'
_NATIVE_NEEDS: tuple[Steps, ...] = (("host", "hypervisor"),)


def rule_faults(scenario: Scenario) -> Iterator[Fault]:
    """Find every rule that a scenario of valid keys breaks."""
    yield from _run(scenario)
    yield from host_faults(scenario)
    yield from _of_each_host(scenario)
    yield from total_faults(scenario)
    yield from distribution_faults(scenario.root.intercept_work, ("root", "intercept_work"))
    yield from demand_faults(scenario.root.memory_demand, ("root", "memory_demand"))
    yield from _root_load(scenario)
    yield from _names(scenario)
    yield from rule_key_faults(scenario.rule)
    served = serving(scenario)
    for index, block in enumerate(scenario.partition):
        at: Steps = ("partition", index)
        yield from chain(
            _times(block, at),
            reserve_faults(block, at),
            workload_faults(block.workload, (*at, "workload")),
            load_faults(scenario, block.workload, block.virtual_processors, (*at, "workload")),
            _spins(block, at),
            memory_faults(scenario, block, at),
        )
        takes_requests = any(name in served for name in guest_names(block)) if served else False
        yield from _io(block, at, takes_requests=takes_requests)
    yield from device_faults(scenario, served)
    yield from event_faults(scenario)
    yield from tier_faults(scenario)
    if scenario.host.hypervisor == "none":
        yield from _native(scenario)


def _of_each_host(scenario: Scenario) -> Iterator[Fault]:
    """Find what does not fit the host that it is on; where guests are is not looked at until the LPs of each host are known."""
    guests = sum(block.guests for block in scenario.partition)
    known = all(lps_of(host) is not None for host in scenario.hosts)
    where = placed(scenario) if known and guests <= MOST_VPS else NOWHERE
    yield from placement_faults(scenario, where.unplaced)
    for one in one_by_one(scenario, where.host_of):
        yield from map(one.located, _of_host(one.scenario))


def _of_host(scenario: Scenario) -> Iterator[Fault]:
    """Find what does not fit the only host of a scenario."""
    yield from capacity_faults(scenario)
    yield from group_faults(scenario)
    yield from topology_faults(scenario)
    for index, block in enumerate(scenario.partition):
        yield from _affinity(scenario, block, ("partition", index))
    lps = known_lps(scenario)
    if lps is not None:
        yield from load_faults(scenario, scenario.root.workload, lps, ("root", "workload"))


def _run(scenario: Scenario) -> Iterator[Fault]:
    run = scenario.scenario
    if run.warm_up >= run.duration:
        message = f"expected less than the duration of {_time(run.duration)}; got {_time(run.warm_up)}"
        yield Fault(("scenario", "warm_up"), message, (("scenario", "duration"),))
    yield from twice(run.trace, ("scenario", "trace"))


def _root_load(scenario: Scenario) -> Iterator[Fault]:
    root = scenario.root
    if root.measured_cpu is not None and root.background_cpu != Root().background_cpu:
        yield Fault(("root", "measured_cpu"), "given beside background_cpu; expected one of them")
    yield from root_workload_faults(root.workload)


def _names(scenario: Scenario) -> Iterator[Fault]:
    guests = sum(block.guests for block in scenario.partition)
    if not scenario.partition:
        yield Fault(("partition",), "missing; expected at least one [[partition]]")
    elif not guests:
        yield Fault(("partition", 0, "count"), "no block has any guest; expected at least one guest")
    if guests > MOST_VPS:
        return
    taken: dict[str, tuple[int, str]] = {}
    for index, block in enumerate(scenario.partition):
        names = guest_names(block)
        again = next((name for name in names if name.lower() in taken), None)
        if again is not None:
            first, name = taken[again.lower()]
            other: Steps = ("partition", first)
            message = f"another block has a guest {show(name)} too; expected {DIFFERENT}"
            yield Fault(("partition", index, "name"), message, ((*other, "name"), (*other, "count")))
        for name in names:
            taken.setdefault(name.lower(), (index, name))


def _times(block: Partition, at: Steps) -> Iterator[Fault]:
    if block.stop is not None and block.stop <= block.start:
        message = f"expected more than the start, {_time(block.start)}; got {_time(block.stop)}"
        yield Fault((*at, "stop"), message, ((*at, "start"),))
    if block.restart is not None and block.restart <= block.start:
        message = f"expected more than the start, {_time(block.start)}; got {_time(block.restart)}"
        yield Fault((*at, "restart"), message, ((*at, "start"),))
    elif block.restart is not None and block.stop is not None and block.restart >= block.stop:
        message = f"expected less than the stop, {_time(block.stop)}; got {_time(block.restart)}"
        yield Fault((*at, "restart"), message, ((*at, "stop"),))
    if block.guest.boot_cpu_ns > block.guest.boot_ns:
        message = (
            f"expected at most the boot, {_time(block.guest.boot_ns)}; got {_time(block.guest.boot_cpu_ns)}"
        )
        yield Fault((*at, "guest", "boot_cpu"), message, ((*at, "guest", "boot"),))


def _affinity(scenario: Scenario, block: Partition, at: Steps) -> Iterator[Fault]:
    at = (*at, "processor", "affinity")
    affinity, lps = block.processor.affinity, known_lps(scenario)
    yield from twice(affinity, at)
    if lps is not None and affinity and max(affinity) >= lps:
        message = f"LP {max(affinity)} does not exist; expected LPs from 0 to {lps - 1}"
        yield Fault(at, message, LP_KEYS)


def _spins(block: Partition, at: Steps) -> Iterator[Fault]:
    if not block.enlightenments.long_spin_wait and not has_spin_lock(block.workload):
        message = 'means nothing without a workload.lock of kind = "spin" or "ticket"; expected true'
        yield Fault((*at, "enlightenments", "long_spin_wait"), message, ((*at, "workload"),))


def _io(block: Partition, at: Steps, *, takes_requests: bool) -> Iterator[Fault]:
    at, used = (*at, "io"), block.io
    if used.is_used and not isinstance(block.workload, RequestWorkload) and not takes_requests:
        key = "network" if used.network else "per_request"
        message = 'means nothing without requests: a workload of kind = "open" or "trace", or a tier; expected the default'
        yield Fault((*at, key), message, ((*at[:-1], "workload"),))
    yield from distribution_faults(used.work, (*at, "work"))
    yield from distribution_faults(used.completion, (*at, "completion"), may_be_none=True)
    yield from distribution_faults(used.device, (*at, "device"), may_be_none=True)


def _native(scenario: Scenario) -> Iterator[Fault]:
    guests = sum(block.guests for block in scenario.partition)
    if guests > 1:
        yield Fault(("partition",), f"{_NATIVE} runs one guest alone; got {guests}", _NATIVE_NEEDS)
    if scenario.scenario.trace:
        message = f"{_NATIVE} has no VPs to trace; expected none"
        yield Fault(("scenario", "trace"), message, _NATIVE_NEEDS)
    yield from _native_devices(scenario)
    default = Processor()
    for index, block in enumerate(scenario.partition):
        for name in Enlightenments.model_fields:
            if not getattr(block.enlightenments, name):
                at: Steps = ("partition", index, "enlightenments", name)
                yield Fault(at, f"means nothing in {_NATIVE}; expected true", _NATIVE_NEEDS)
        if block.restart is not None:
            at = ("partition", index, "restart")
            yield Fault(at, f"means nothing in {_NATIVE}; expected none", _NATIVE_NEEDS)
        if block.io.is_used:
            at = ("partition", index, "io")
            yield Fault(at, f"means nothing in {_NATIVE}, which has no root; expected none", _NATIVE_NEEDS)
        for key in ("reserve", "cap", "weight", "affinity", "group"):
            usual = getattr(default, key)
            if getattr(block.processor, key) != usual:
                kind = kind_of(Processor.model_fields[key])
                written = show(kind.write(usual)) if kind and usual != () else "none"
                message = f"means nothing in {_NATIVE}; expected {written}"
                yield Fault(("partition", index, "processor", key), message, _NATIVE_NEEDS)


def _native_devices(scenario: Scenario) -> Iterator[Fault]:
    for table in ("storage", "network"):
        if getattr(scenario, table):
            yield Fault(
                (table, 0), f"means nothing in {_NATIVE}, which has no root; expected none", _NATIVE_NEEDS
            )


def _time(duration_ns: int) -> str:
    return show(Duration().write(duration_ns))
