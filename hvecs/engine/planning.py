"""How the partitions of a scenario are planned: what of its host, its block, its tiers and its events makes each what it is."""

from collections.abc import Mapping
from dataclasses import replace

from components import NEVER, NOBODY
from hvecs.engine.hosts import plan_hosts
from hvecs.engine.later import Later
from hvecs.engine.measured import native_closed, native_distribution, native_of_guest
from hvecs.engine.plan import ROOT, OpenPlan, PartitionPlan, VpPlan, is_native
from hvecs.engine.traps import TrapPlan, traps_of
from hvecs.spec.costs import Costs
from hvecs.spec.distributions import Distribution, Exponential
from hvecs.spec.host import Host, Root
from hvecs.spec.io import Io
from hvecs.spec.memory import Constant, MemoryDemand
from hvecs.spec.partition import PRIORITIES, GuestSystem
from hvecs.spec.placement import placement
from hvecs.spec.profiles import PROFILES
from hvecs.spec.reserves import kept_reserve
from hvecs.spec.root_load import root_load
from hvecs.spec.scenario import Guest, Scenario
from hvecs.spec.tier import Tier
from hvecs.spec.tier_guests import serving
from hvecs.spec.topology import root_lps
from hvecs.spec.workload import AnyWorkload, ClosedWorkload, IdleWorkload, RequestWorkload, Workload

_ROOT_BACKLOG: int = GuestSystem.model_fields["tick_backlog"].default

_ROOT_QUANTUM = GuestSystem.model_validate({}).quantum
"""Threads of the root take turns as those of a guest with the same system do; its other tasks are short."""


def plan_partitions(scenario: Scenario) -> tuple[PartitionPlan, ...]:
    """Return the partitions in the order of their rows: the root of each host first, then the guests in file order."""
    later = Later(scenario)
    tiers = serving(scenario)
    if is_native(scenario):
        per_node = scenario.host.lps // scenario.host.numa_nodes
        native = (_native(guest, scenario.host, per_node) for guest in scenario.guests())
        return tuple(
            _served(plan, guest, tiers, later) for plan, guest in zip(native, scenario.guests(), strict=True)
        )
    hosts, host_of = plan_hosts(scenario), placement(scenario)
    roots = (replace(_root(host.alone), host=host.number) for host in hosts)
    guests = (plan_guest(guest, host_of[guest.name], scenario) for guest in scenario.guests())
    return (
        *roots,
        *(_served(plan, guest, tiers, later) for plan, guest in zip(guests, scenario.guests(), strict=True)),
    )


def _served(
    plan: PartitionPlan, guest: Guest, tiers: Mapping[str, list[Tier]], later: Later
) -> PartitionPlan:
    """Add to the plan of a guest what events do to it, and that it serves tiers, if it does."""
    plan = replace(plan, **later.of(guest))
    if guest.name not in tiers:
        return plan
    off = NEVER if guest.name in later.started_by_tiers else plan.start_ns
    turns = any(tier.order == "round-robin" for tier in tiers[guest.name])
    return replace(
        plan,
        kind="open",
        start_ns=off,
        workload=OpenPlan(None, None, NEVER, plan.io),
        quantum_ns=guest.block.guest.quantum if turns else NEVER,
    )


def root_vps(scenario: Scenario) -> int:
    """Return how many VPs the root has: one an LP, or fewer (minroot) [WSD minroot]."""
    wanted = scenario.root.virtual_processors
    return scenario.host.lps if wanted == "all" else int(wanted)


def _root(scenario: Scenario) -> PartitionPlan:
    """Plan what the root does of its own beside what it does for guests."""
    own, background = scenario.root.workload, _background(scenario)
    opened = None
    if isinstance(own, RequestWorkload):
        opened = _requests(own, own.service, root_vps(scenario))
    traps = TrapPlan(
        scenario.root.intercepts, tick_ns=scenario.root.tick, tick_backlog=_ROOT_BACKLOG, is_root=True
    )
    lps = root_lps(scenario)
    at = {lp: index for index, lp in enumerate(lps)}
    smt = scenario.host.threads_per_core > 1
    tied = tuple(VpPlan(tied_lp=lp, fellow=at.get(lp ^ 1, NOBODY) if smt else NOBODY) for lp in lps)
    return PartitionPlan(
        ROOT,
        "root",
        opened or background,
        tied,
        quantum_ns=NEVER if own is None or _in_order(own) else _ROOT_QUANTUM,
        root_job=own if isinstance(own, ClosedWorkload) else None,
        background=background if opened else None,
        root_requests=opened is not None,
        traps=traps,
        memory_bytes=scenario.host.root_reserve_bytes,
        memory_demand=_root_demand(scenario.root),
        page_file_bytes=scenario.root.page_file,
        memory_bound_pct=scenario.root.memory_bound,
        working_set_bytes=scenario.root.working_set,
    )


def _background(scenario: Scenario) -> OpenPlan | None:
    """Plan the root's own load: short pieces of work that arrive at random and go round its VPs."""
    load = root_load(scenario) * root_vps(scenario)
    if load <= 0:
        return None
    burst = scenario.root.background_burst
    between = Exponential.model_construct(mean=max(1, round(burst / load)))
    measured = scenario.root.measured_cpu is not None
    return OpenPlan(between, Exponential.model_construct(mean=burst), NEVER, keeps_time=measured)


def _root_demand(root: Root) -> MemoryDemand | None:
    """Return what the root commits of its own; nothing where it is only known what it does for guests."""
    if root.memory_demand is None and root.commit_per_guest:
        return Constant.model_validate({"kind": "constant", "committed": "0 B"})
    return root.memory_demand


def _in_cores(vp: VpPlan, count: int, threads: int) -> tuple[VpPlan, ...]:
    """Return `count` VPs; with two threads a core, VPs 2n and 2n + 1 are fellows."""
    if threads == 1:
        return (vp,) * count
    return tuple(replace(vp, fellow=index ^ 1 if index ^ 1 < count else NOBODY) for index in range(count))


def plan_guest(guest: Guest, number: int, scenario: Scenario) -> PartitionPlan:
    """A VM in a CPU group runs on the group's LPs, or on those of them that its own affinity names; `number` is that of its host."""
    host = scenario.hosts[number]
    groups = {group.name: group.logical_processors for group in host.cpu_group}
    block = guest.block
    vp = VpPlan(
        lps=tuple(sorted(block.processor.affinity or groups.get(block.processor.group, ()))),
        weight=block.processor.weight,
        cap_pct=block.processor.cap,
        reserve_pct=kept_reserve(block, host),
        group=block.processor.group,
    )
    vps = _in_cores(vp, block.virtual_processors, block.processor.threads_per_core or host.threads_per_core)
    return replace(
        _plan(guest, vps, host.costs),
        host=number,
        spin_retry_ns=block.guest.spin_retry_time if block.spins_long else NEVER,
        spin_halts=block.halts_at_locks,
        memory_bytes=block.startup_memory,
        dynamic_memory=block.dynamic_memory,
        virtual_numa=block.virtual_numa != "off" and block.dynamic_memory is None,
        hot_add=block.guest.hot_add,
        restart_ns=NEVER if block.restart is None else block.restart,
        boot_ns=block.guest.boot_ns,
        boot_cpu_ns=block.guest.boot_cpu_ns,
        traps=traps_of(block),
        io=block.io,
        dirty_rate=block.workload.dirty_rate,
        rank=PRIORITIES.index(block.priority),
    )


def _native(guest: Guest, host: Host, per_node: int) -> PartitionPlan:
    """The same workload with an operating system of its own on all LPs: one VP that costs nothing on each."""
    smt = host.threads_per_core > 1
    vps = tuple(
        VpPlan(lps=(lp,), node=lp // per_node, fellow=lp ^ 1 if smt else NOBODY) for lp in range(host.lps)
    )
    return replace(_plan(guest, vps, host.costs), memory_bytes=guest.block.memory, virtual_numa=True)


def _plan(guest: Guest, vps: tuple[VpPlan, ...], costs: Costs) -> PartitionPlan:
    """Plan what a guest has on a host and on the bare machine alike."""
    kind, workload, quantum = _workload(guest, costs)
    block, system = guest.block, guest.block.guest
    profile = PROFILES[system.profile]
    return PartitionPlan(
        guest.name,
        kind,
        workload,
        vps,
        quantum_ns=quantum,
        memory_demand=block.memory_demand,
        page_file_bytes=system.page_file,
        rebalance_ns=system.rebalance,
        profile=profile,
        protect_ns=system.quantum if profile.protects else 0,
        memory_bound_pct=block.workload.memory_bound,
        working_set_bytes=block.workload.working_set,
    )


def _workload(guest: Guest, costs: Costs) -> tuple[str, AnyWorkload | OpenPlan | None, int]:
    """Return kind, workload, its CPU times native ones, and the quantum (ns) at which the guest rotates its tasks."""
    workload: AnyWorkload = guest.block.workload
    quantum = guest.block.guest.quantum
    match workload:
        case IdleWorkload():
            return "idle", None, NEVER
        case ClosedWorkload() as closed:
            return "closed", native_closed(closed, _native_part(guest, closed, costs)), quantum
        case opened if isinstance(opened, RequestWorkload):
            quantum = NEVER if _in_order(opened) else quantum
            service = native_distribution(opened.service, _native_part(guest, opened, costs))
            return "open", _requests(opened, service, guest.block.virtual_processors, guest.block.io), quantum
        case own:
            return own.kind, own, quantum


def _requests(workload: RequestWorkload, service: Distribution, vps: int, io: Io | None = None) -> OpenPlan:
    """Plan requests that take `service` of native CPU time, at a partition of `vps` VPs."""
    return OpenPlan(workload.interarrival, service, workload.threads or NEVER, io, workload.rates(vps))


def _in_order(workload: Workload) -> bool:
    """Tell whether tasks keep a VP until they are done, and do not take turns."""
    return isinstance(workload, RequestWorkload) and workload.order == "fifo"


def _native_part(guest: Guest, workload: ClosedWorkload | RequestWorkload, costs: Costs) -> float:
    return native_of_guest(workload, costs, traps_of(guest.block), guest.block.virtual_processors)
