"""Build what traps: costs by charge, rates by partition, the enlightenments of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from components import NOBODY, GuestTraps, InterceptRate, TrapState, VpIdentity, VpTraps, charges, traps
from hvecs.engine.world import World
from hvecs.spec.costs import Costs
from hvecs.spec.enlightenments import Enlightenments
from hvecs.spec.intercepts import Intercepts
from hvecs.spec.partition import Partition
from systems.intercepts.settlement import RATE_BITS, short_time
from systems.state.samples import as_matrix

Array = np.ndarray[Any, np.dtype[np.int64]]

_NS_PER_S = 1_000_000_000

_EXITS = {
    "cpuid": charges.CPUID_INSTRUCTIONS,
    "control_register": charges.CONTROL_REGISTER_ACCESSES,
    "io_port": charges.IO_INSTRUCTIONS,
    "debug_register": charges.DEBUG_REGISTER_ACCESSES,
    "mwait": charges.MWAIT_INSTRUCTIONS,
    "invlpg": charges.PAGE_INVALIDATIONS,
    "page_fault": charges.PAGE_FAULTS,
    "pending_interrupt": charges.PENDING_INTERRUPTS,
    "emulated": charges.EMULATED_INSTRUCTIONS,
    "other": charges.OTHER_INTERCEPTS,
    "address_space_switches": charges.ADDRESS_SPACE_SWITCHES,
    "local_flushes": charges.LOCAL_FLUSHES,
    "retargets": charges.RETARGETED_INTERRUPTS,
    "heat_hints": charges.HEAT_HINTS,
}


@dataclass(frozen=True)
class TrapPlan:
    """How a partition's VPs trap."""

    intercepts: Intercepts
    enlightenments: Enlightenments = field(default_factory=Enlightenments)
    tick_ns: int = 0
    idle_ticks: bool = False
    one_shot_ticks: bool = False
    timer_writes: int = 1
    idle_wakes: float = 0
    wake_accesses: int = 0
    tick_backlog: int = 0
    timer_accesses: int = 0
    is_root: bool = False


def traps_of(block: Partition) -> TrapPlan:
    """Return what the guests of a block trap by."""
    system = block.guest
    return TrapPlan(
        block.intercepts,
        block.enlightenments,
        tick_ns=system.tick,
        idle_ticks=system.idle_ticks and system.tick > 0,
        one_shot_ticks=system.one_shot_ticks,
        timer_writes=system.timer_writes,
        idle_wakes=system.idle_wakes,
        wake_accesses=system.wake_accesses,
        tick_backlog=system.tick_backlog,
        timer_accesses=system.timer_accesses,
    )


class RateRow(NamedTuple):
    """Something that happens `per_s` times in a second of guest time, or as `beside` says."""

    charge: int
    per_s: float
    kind: int = traps.PLAIN
    beside: int = traps.TIME


def rate_rows(plan: TrapPlan, vps: int) -> Iterator[RateRow]:
    """List what a VP of a partition with `vps` VPs does at a rate, by the paths that its enlightenments leave it."""
    mix, knows = plan.intercepts, plan.enlightenments
    for name, charge in _EXITS.items():
        yield RateRow(charge, getattr(mix, name))
    yield RateRow(charges.MSR_ACCESSES, mix.msr + (0 if knows.reference_tsc else mix.time_readings))
    yield RateRow(charges.VTL_CALLS, mix.vtl_switches)
    yield RateRow(charges.VTL_RETURNS, mix.vtl_switches)
    if not plan.is_root:
        yield RateRow(charges.IO_INSTRUCTIONS, mix.emulated_devices, traps.TO_PARENT)
    others = vps - 1
    if others == 0:
        return
    if knows.flush_hypercall:
        yield RateRow(charges.REMOTE_FLUSHES, mix.remote_flushes, traps.PLAIN, traps.CODE)
        yield RateRow(charges.FLUSH_TARGETS, mix.remote_flushes, traps.FLUSHES, traps.RUNNING_OTHERS)
        yield RateRow(charges.EXTERNAL_INTERRUPTS, mix.remote_flushes, traps.FLUSHED, traps.RUNNING_OTHERS)
    each = mix.ipis / others
    by_hypercall = mix.broadcasts if knows.cluster_ipi else 0.0
    yield RateRow(charges.CLUSTER_IPIS, by_hypercall, traps.PLAIN, traps.CODE)
    yield RateRow(NOBODY, by_hypercall, traps.SENDS, traps.BUSY_OTHERS)
    yield RateRow(charges.MSR_ACCESSES, each + mix.broadcasts - by_hypercall, traps.SENDS, traps.BUSY_OTHERS)
    yield RateRow(charges.EXTERNAL_INTERRUPTS, mix.broadcasts + each, traps.RECEIVES, traps.BUSY_OTHERS)


def calls_per_s(plan: TrapPlan, vps: int) -> float:
    """Return how often a VP of a partition with `vps` VPs interrupts all others for an answer, in a second of guest code."""
    if vps == 1:
        return 0.0
    flushes = 0.0 if plan.enlightenments.flush_hypercall else plan.intercepts.remote_flushes
    return plan.intercepts.cross_calls + flushes


def build_traps(world: World, plans: list[tuple[TrapPlan | None, int]]) -> dict[str, Any]:
    """Fill how each partition traps, given with its number of VPs (None: nothing traps); return the arrays beside the components."""
    rows: list[RateRow] = []
    widest = 0
    guests = world.columns[GuestTraps]
    for row, (plan, vps) in zip(guests, plans, strict=True):
        row.modelled = int(plan is not None)
        row.ipi_charge = charges.MSR_ACCESSES
        if plan is None:
            continue
        own = [rate for rate in rate_rows(plan, vps) if rate.per_s > 0]
        row.first_rate, row.rates = len(rows), len(own)
        row.short_ns = min((short_time(_rate_of(rate)) for rate in own), default=short_time(0))
        rows += own
        widest = max(widest, len(own))
        _fill_guest(row, plan)
        calls = calls_per_s(plan, vps)
        row.call_every_ns = round(_NS_PER_S / calls) if calls > 0 else 0
        row.company = int(calls > 0 or any(rate.beside != traps.TIME for rate in own))
    world.spawn("intercept rate", len(rows))
    for filled, rate in zip(world.columns[InterceptRate], rows, strict=True):
        filled.charge, filled.kind, filled.beside = rate.charge, rate.kind, rate.beside
        filled.rate = _rate_of(rate)
    owners = world.columns[VpIdentity].owner
    world.columns[TrapState].call_left_ns = guests.call_every_ns[owners]
    counts = world.columns[VpTraps]
    return {
        "trap_counts": as_matrix(counts, VpTraps),
        "rate_rests": np.zeros((len(counts), max(1, widest)), np.int64),
        "counted_ns": np.zeros(traps.BUSY_OTHERS + 1, np.int64),
        "due_rates": np.zeros(max(1, widest), np.int64),
        "due_times": np.zeros(max(1, widest), np.int64),
    }


def _rate_of(rate: RateRow) -> int:
    return round(rate.per_s * (1 << RATE_BITS) / _NS_PER_S)


def _fill_guest(row: Any, plan: TrapPlan) -> None:
    knows = plan.enlightenments
    row.tick_ns, row.idle_ticks, row.most_backlog = plan.tick_ns, int(plan.idle_ticks), plan.tick_backlog
    row.one_shot_ticks, row.timer_writes = int(plan.one_shot_ticks), plan.timer_writes
    row.idle_wake_ns = round(_NS_PER_S / plan.idle_wakes) if plan.idle_wakes > 0 else 0
    row.wake_accesses = plan.wake_accesses
    row.synthetic_timers, row.timer_accesses = int(knows.synthetic_timers), plan.timer_accesses
    row.eoi_exits = int(not knows.apic_assist)
    row.ipi_charge = charges.CLUSTER_IPIS if knows.cluster_ipi else charges.MSR_ACCESSES


def charge_costs(costs: Costs | None) -> Array:
    """Return what each charge costs (ns), a row for guests and a row for the root; zero where there is no hypervisor."""
    if costs is None:
        return np.zeros((2, charges.CHARGES), np.int64)
    paid = [(charge.cost.name, charge.root_cost.name) for charge in charges.EVERY_CHARGE]
    return np.array([[getattr(costs, name) for name in names] for names in zip(*paid, strict=True)], np.int64)
