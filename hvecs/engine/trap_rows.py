"""Rows of traps: intercepts, hypercalls, interrupts and ticks of VPs, partitions and LPs, from the buffered samples."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from components.traps import CHARGES, FIRST_HYPERCALL, LAST_HYPERCALL
from hvecs.engine.traps import CHARGE_NAMES

if TYPE_CHECKING:
    from hvecs.engine.rows import Rows

Array = Any
Columns = dict[str, Array]

_NS_PER_S = 1e9
_INTERCEPTS = CHARGE_NAMES[:FIRST_HYPERCALL]
_HYPERCALLS = CHARGE_NAMES[FIRST_HYPERCALL : LAST_HYPERCALL + 1]
_BESIDE = CHARGE_NAMES[LAST_HYPERCALL + 1 :]
_CALL_CLASSES = {
    "long_spin_waits_per_sec": ("long_spin_waits",),
    "virtual_mmu_hypercalls_per_sec": ("address_space_switches", "local_flushes", "remote_flushes"),
    "virtual_interrupt_hypercalls_per_sec": ("cluster_ipis", "retargeted_interrupts"),
    "synthetic_interrupt_hypercalls_per_sec": ("posted_messages", "signalled_events"),
    "virtual_processor_hypercalls_per_sec": ("vtl_calls", "vtl_returns"),
    "gpa_space_hypercalls_per_sec": ("gpa_maps", "gpa_unmaps"),
    "other_hypercalls_per_sec": ("memory_deposits", "memory_withdrawals"),
    "extended_hypercalls_per_sec": ("heat_hints",),
    "address_space_switches_per_sec": ("address_space_switches",),
    "address_space_flushes_per_sec": ("local_flushes", "remote_flushes"),
}
_INTERRUPTS = (
    "virtual_interrupts",
    "synthetic_interrupts",
    "hardware_interrupts",
    "eoi_accesses",
    "ipis_sent",
)
_MESSAGES = ("total_messages", "io_messages")
_COUNTED = (
    "message_errors",
    "interrupts_raised",
    "interrupts_coalesced",
    "ticks_due",
    "ticks_delivered",
    "ticks_skipped",
)
_HELD = {"unpaid_ns": "unpaid", "interrupts_pending": "pending", "ticks_backlog": "backlog"}
_LP_INTERRUPTS = ("hardware_interrupts", "ipis", "scheduler_interrupts", "timer_interrupts")


def _ratio(numerator: Array, denominator: Array) -> Array:
    out = np.full(np.shape(denominator), np.nan)
    np.divide(numerator, denominator, out=out, where=np.asarray(denominator) != 0)
    return out


def _sums(counts: Mapping[str, Array], costs: Mapping[str, Array]) -> tuple[Columns, Columns]:
    """Return how often, and at what cost (ns), hypercalls and all intercepts happened."""
    calls = sum(counts[name] for name in _HYPERCALLS)
    call_ns = sum(counts[name] * costs[name] for name in (*_HYPERCALLS, "rep_elements"))
    all_ns = call_ns + sum(_cost_ns(name, counts, costs) for name in _INTERCEPTS)
    total = calls + sum(counts[name] for name in _INTERCEPTS)
    return {"hypercalls": calls, "total_intercepts": total}, {
        "hypercalls": call_ns,
        "total_intercepts": all_ns,
    }


def _cost_ns(name: str, counts: Mapping[str, Array], costs: Mapping[str, Array]) -> Array:
    """Return what the intercepts of a class cost (ns); a nested page fault with the zeroing of what it maps."""
    zeroing = counts["zeroed_pages"] * costs["zeroed_pages"] if name == "nested_page_faults" else 0
    return counts[name] * costs[name] + zeroing


def _costs(rows: "Rows", cost_row: int) -> dict[str, Array]:
    return dict(zip(CHARGE_NAMES, rows.world.tables.charge_ns[cost_row].tolist(), strict=True))


def vp_traps(rows: "Rows", vps: Array, cost_row: int, wall: Array) -> Columns:
    """Return the columns of traps for `vps`, all of which have the costs of `cost_row`."""
    counts, costs = rows.buffered("vp_traps", vps), _costs(rows, cost_row)
    sums, sum_ns = _sums(counts, costs)
    columns: Columns = {}
    for name in _INTERCEPTS:
        columns |= _costed(name, counts[name], _cost_ns(name, counts, costs), wall)
    for name in sums:
        columns |= _costed(name, sums[name], sum_ns[name], wall)
    columns |= {name: counts[name] for name in _HYPERCALLS}
    for name, parts in _CALL_CLASSES.items():
        columns[name] = sum(counts[part] for part in parts) * _NS_PER_S / wall
    counts = {**counts, "total_messages": counts["io_messages"]}
    for name in (*_MESSAGES, *_INTERRUPTS):
        columns |= {name: counts[name], f"{name}_per_sec": counts[name] * _NS_PER_S / wall}
    columns |= {name: counts[name] for name in (*_BESIDE, *_COUNTED)}
    return columns | {name: rows.plain(held, vps) for name, held in _HELD.items()}


def _costed(name: str, count: Array, cost_ns: Array, wall: Array) -> Columns:
    return {
        name: count,
        f"{name}_per_sec": count * _NS_PER_S / wall,
        f"{name}_cost_ns": _ratio(cost_ns, count),
    }


def partition_traps(rows: "Rows", by_partition: Callable[[str, str], Array]) -> Columns:
    """Return the sums over the VPs of each partition; `by_partition(table, column)` sums one column."""
    counts = {name: by_partition("vp_traps", name) for name in CHARGE_NAMES}
    w = rows.world.tables
    table = w.charge_ns[w.trap_state.cost_row[w.layouts.first_vp]]
    repeats = rows.world.samples.taken
    costs = {name: np.tile(table[:, at], repeats) for at, name in enumerate(CHARGE_NAMES)}
    sums, sum_ns = _sums(counts, costs)
    columns: Columns = dict(sums)
    columns["total_intercepts_cost_ns"] = _ratio(sum_ns["total_intercepts"], sums["total_intercepts"])
    columns |= {name: counts[name] for name in (*_INTERCEPTS, *_HYPERCALLS, *_BESIDE)}
    columns |= {name: by_partition("vp_traps", name) for name in ("io_messages", *_INTERRUPTS, *_COUNTED)}
    columns["total_messages"] = columns["io_messages"]
    return columns | {name: by_partition(held, "") for name, held in _HELD.items()}


def lp_traps(rows: "Rows", lps: Array, switches: Array, wall: Array) -> Columns:
    """Return the columns of interrupts and halts for `lps`, whose context switches are given; on a bare machine no hypervisor counts."""
    counts = {name: values * (not rows.native) for name, values in rows.buffered("lp_traps", lps).items()}
    counts["total_interrupts"] = sum(counts[name] for name in _LP_INTERRUPTS)
    columns: Columns = {"context_switch_ns": switches * rows.world.tables.charge_ns[0, CHARGES - 1]}
    for name, values in counts.items():
        columns |= {name: values, f"{name}_per_sec": values * _NS_PER_S / wall}
    return columns


def intercept_columns(rows: "Rows") -> Columns:
    """Return the columns of the intercept trace for the rows in its buffer."""
    w = rows.world.tables
    found = w.intercepts[: w.scheduler[0].intercept_rows]
    return {
        "time_ns": found.time_ns.copy(),
        "partition": rows.vp_partition[found.vp],
        "vp": w.vp_identity.vp_index[found.vp],
        "class": np.array(CHARGE_NAMES, object)[found.charge],
        "count": found.times.copy(),
        "cost_ns": found.cost_ns.copy(),
    }
