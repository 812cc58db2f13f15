"""The columns of traps: intercepts, hypercalls, interrupts and ticks of VPs, partitions and LPs [TLFS2 J.2 to J.4].

Every column that counts a charge, times its cost, with the dispatches, adds up to hypervisor_run_ns + unpaid_ns.
"""

from dataclasses import replace
from typing import Final

from components.charge import HYPERCALL_CLASSES
from components.charges import EVERY_CHARGE
from hvecs.output.source import Cost, from_fields, rate_of
from hvecs.output.table import Column, null, of_field, rate, real, whole

_INTERCEPTS: Final = tuple(charge for charge in EVERY_CHARGE if charge.kind == "intercept")
_HYPERCALLS: Final = tuple(charge for charge in EVERY_CHARGE if charge.kind == "hypercall")
_CALLS: Final = tuple(charge.column for charge in _HYPERCALLS)
_TRAPS: Final = (*(charge.column for charge in _INTERCEPTS), *_CALLS)


def _counted(name: str, unit: str, doc: str, counter: str | None = None) -> Column:
    """Declare the column of a field of VpTraps."""
    return whole(name, unit, doc, counter, from_fields(f"vp_traps.{name}"))


_INTERRUPTS = (
    ("virtual_interrupts", "Virtual Interrupts/sec", "interrupts delivered, synthetic ones included"),
    ("synthetic_interrupts", "Synthetic Interrupts/sec", "interrupts delivered through the SynIC"),
    ("hardware_interrupts", "Hardware Interrupts/sec", "interrupts of devices delivered to a root VP"),
    ("eoi_accesses", "APIC EOI Accesses/sec", "ends of interrupt that exited"),
    ("ipis_sent", "APIC IPIs Sent/sec", "inter-processor interrupts sent, one a target"),
)
_MESSAGES: Final = (
    (
        of_field("total_messages", "count", "messages to the parent", "io_messages"),
        "Total Messages/sec",
    ),
    (
        _counted("io_messages", "count", "messages to the parent about accesses to I/O ports"),
        "IO Intercept Messages/sec",
    ),
)
_SENT: Final = (*_MESSAGES, *((_counted(name, "count", doc), rated) for name, rated, doc in _INTERRUPTS))
"""Messages and interrupts: the column that counts them, and Windows' name of its rate."""

_COSTED_BESIDE: Final = tuple(
    _counted(charge.column, "count", charge.doc) for charge in EVERY_CHARGE if charge.kind == "other"
)
"""What costs hypervisor time beside intercepts and hypercalls."""

_STATES: Final = (
    of_field(
        "unpaid_ns",
        "ns",
        "hypervisor time that the VP's traps and dispatch still cost, at the end of the interval",
        "vp_sample.unpaid_ns",
    ),
    _counted("message_errors", "count", "messages that the VP posted in vain: no buffer was free"),
    _counted("interrupts_raised", "count", "interrupts raised for the VP"),
    _counted("interrupts_coalesced", "count", "interrupts that met one of their kind still pending"),
    _counted("interrupts_lost", "count", "interrupts pending when the machine was turned off or restarted"),
    of_field(
        "interrupts_pending",
        "count",
        "interrupts raised and not delivered, at the end of the interval",
        "vp_sample.interrupts_pending",
    ),
    _counted("ticks_due", "count", "clock interrupts that fell due"),
    _counted("ticks_delivered", "count", "clock interrupts delivered"),
    _counted("ticks_skipped", "count", "clock interrupts skipped"),
    _counted(
        "wakes_skipped",
        "count",
        "wake-ups of an idle root VP that did not take place, as those before took too long: work of its own that is lost",
    ),
    of_field(
        "ticks_backlog",
        "count",
        "clock interrupts still to be caught up, at the end of the interval",
        "trap_state.tick_backlog",
    ),
)
"""What is neither a charge nor a counter of Windows."""

_ALL_CALLS: Final = whole("hypercalls", "count", "hypercalls of all classes", None, from_fields(*_CALLS))
_ALL_TRAPS: Final = whole(
    "total_intercepts",
    "count",
    "intercepts of all classes, hypercalls included",
    None,
    from_fields(*_TRAPS),
)


def _with_parts(*columns: str) -> tuple[str, ...]:
    """Add to the columns of charges those of the charges that are part of what they cost."""
    parts = (charge.column for charge in EVERY_CHARGE if charge.part_of in columns)
    return (*(column for column in columns if column != _ALL_CALLS.name), *parts)


def _mean_cost(name: str, doc: str, counter: str | None, *charges: str) -> Column:
    """Declare the mean cost of what column `name` counts: what `charges` cost together."""
    column = real(f"{name}_cost_ns", "ns", doc, counter, Cost(_with_parts(*charges), name))
    return null(column, "when there was none")


def _costed(counter_set: str, counted: Column, counter: str, *charges: str) -> tuple[Column, ...]:
    """Declare a count, its rate and its mean cost."""
    path, doc = rf"{counter_set}\{counter}", counted.doc
    return (
        counted,
        rate(counted.name, doc, f"{path}/sec"),
        _mean_cost(counted.name, f"mean hypervisor time of one of these: {doc}", f"{path} Cost", *charges),
    )


def vp_trap_columns(counter_set: str) -> tuple[Column, ...]:
    """Columns of a VP in `counter_set`, child or root."""
    columns: tuple[Column, ...] = ()
    for charge in _INTERCEPTS:
        counted = _counted(charge.column, "count", charge.doc)
        columns += _costed(counter_set, counted, charge.windows, charge.column)
    columns += _costed(counter_set, _ALL_CALLS, "Hypercalls", *_CALLS, _ALL_CALLS.name)
    columns += _costed(counter_set, _ALL_TRAPS, "Total Intercepts", *_TRAPS, _ALL_CALLS.name)
    columns += tuple(_counted(charge.column, "count", charge.doc) for charge in _HYPERCALLS)
    for name, (counter, doc) in HYPERCALL_CLASSES.items():
        members = (charge.column for charge in _HYPERCALLS if name in charge.classes)
        path = rf"{counter_set}\{counter}"
        columns += (real(f"{name}_per_sec", "1/s", doc, path, rate_of(*members)),)
    for counted, counter in _SENT:
        columns += (counted, rate(counted.name, counted.doc, rf"{counter_set}\{counter}"))
    return (*columns, *_COSTED_BESIDE, *_STATES)


PARTITION_TRAPS: Final = (
    _ALL_TRAPS,
    _mean_cost(_ALL_TRAPS.name, "mean hypervisor time of an intercept", None, *_TRAPS, _ALL_CALLS.name),
    *(_counted(charge.column, "count", charge.doc) for charge in _INTERCEPTS),
    _ALL_CALLS,
    *(_counted(charge.column, "count", charge.doc) for charge in _HYPERCALLS),
    *(counted for counted, _ in _SENT),
    *_COSTED_BESIDE,
    *(
        replace(
            column,
            counter=r"\Hyper-V Hypervisor Partition(*)\Skipped Timer Ticks",
            root_counter=r"\Hyper-V Hypervisor Root Partition(*)\Skipped Timer Ticks",
        )
        if column.name == "ticks_skipped"
        else column
        for column in _STATES
    ),
)
"""Columns of a partition: sums over its VPs."""

_LP = r"\Hyper-V Hypervisor Logical Processor(*)"
_RECEIVED = ("hardware_interrupts", "ipis", "scheduler_interrupts", "timer_interrupts")
_LP_INTERRUPTS = (
    ("hardware_interrupts", "Hardware Interrupts/sec", "interrupts of devices"),
    ("ipis", "Inter-Processor Interrupts/sec", "inter-processor interrupts received on behalf of guests"),
    (
        "ipis_sent",
        "Inter-Processor Interrupts Sent/sec",
        "inter-processor interrupts sent on behalf of guests",
    ),
    ("scheduler_interrupts", "Scheduler Interrupts/sec", "interrupts that made the LP choose a VP anew"),
    ("timer_interrupts", "Timer Interrupts/sec", "ends of slices, and timers of guests"),
    ("total_interrupts", "Total Interrupts/sec", "all interrupts received"),
    ("halts", "Processor Halts/sec", "entries to idle"),
)


def _lp_columns() -> tuple[Column, ...]:
    columns: tuple[Column, ...] = (
        whole(
            "context_switch_ns",
            "ns",
            "hypervisor time that the context switches cost",
            rf"{_LP}\Context Switch Time",
            Cost(("context_switches",)),
        ),
    )
    for name, counter, doc in _LP_INTERRUPTS:
        parts = _RECEIVED if name == "total_interrupts" else (f"lp_traps.{name}",)
        columns += (
            whole(name, "count", doc, None, from_fields(*parts)),
            rate(name, doc, rf"{_LP}\{counter}"),
        )
    return columns


LP_TRAPS: Final = _lp_columns()
"""Columns of an LP; on a bare machine, where no hypervisor counts, they are zero."""
