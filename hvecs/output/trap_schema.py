"""The columns of traps: intercepts, hypercalls, interrupts and ticks of VPs, partitions and LPs [TLFS2 J.2 to J.4].

Every column that counts a charge, times its cost, with the dispatches, adds up to hypervisor_run_ns + unpaid_ns.
"""

from dataclasses import replace
from typing import Final

from hvecs.output.table import Column, real, whole

INTERCEPTS: Final = (
    ("page_invalidations", "Page Invalidations", "INVLPG instructions that exited"),
    ("control_register_accesses", "Control Register Accesses", "accesses to control registers that exited"),
    ("io_instructions", "IO Instructions", "accesses to I/O ports"),
    ("hlt_instructions", "HLT Instructions", "transitions to idle"),
    ("mwait_instructions", "MWAIT Instructions", "MWAIT instructions that exited"),
    ("cpuid_instructions", "CPUID Instructions", "CPUID instructions"),
    ("msr_accesses", "MSR Accesses", "accesses to model-specific registers that exited, the APIC's included"),
    ("other_intercepts", "Other Intercepts", "intercepts of other classes"),
    ("external_interrupts", "External Interrupts", "interrupts that arrived while guest code ran"),
    ("pending_interrupts", "Pending Interrupts", "exits at which a pending interrupt could be delivered"),
    ("emulated_instructions", "Emulated Instructions", "instructions that the hypervisor emulated"),
    ("debug_register_accesses", "Debug Register Accesses", "accesses to debug registers that exited"),
    ("page_faults", "Page Fault Intercepts", "page faults of the guest that the hypervisor intercepted"),
    (
        "nested_page_faults",
        "Nested Page Fault Intercepts",
        "faults of second-level address translation; the zeroing of the page belongs to its cost",
    ),
)
"""Classes of intercepts with a cost each: column, Windows' name, meaning."""

HYPERCALLS: Final = (
    ("long_spin_waits", "notifications of a long spin (HvCallNotifyLongSpinWait)"),
    ("address_space_switches", "address-space switches by hypercall"),
    ("local_flushes", "flushes of the VP's own address translations by hypercall"),
    ("remote_flushes", "flushes of several VPs' address translations by hypercall"),
    ("cluster_ipis", "interrupts sent by hypercall, each to any number of VPs"),
    ("posted_messages", "messages posted over VMBus (HvCallPostMessage), refused ones included"),
    ("signalled_events", "signals over VMBus (HvCallSignalEvent)"),
    ("retargeted_interrupts", "device interrupts moved to another VP by hypercall"),
    ("memory_deposits", "memory deposited with the hypervisor (HvCallDepositMemory), continuations counted"),
    (
        "memory_withdrawals",
        "memory taken back from the hypervisor (HvCallWithdrawMemory), continuations counted",
    ),
    ("gpa_maps", "guest pages mapped (HvCallMapGpaPages), continuations counted"),
    ("gpa_unmaps", "guest pages unmapped (HvCallUnmapGpaPages), continuations counted"),
    ("heat_hints", "hints on hot or cold memory"),
    ("vtl_calls", "calls to a higher trust level"),
    ("vtl_returns", "returns from a higher trust level"),
)
"""Hypercalls with a cost each: column and meaning."""

_HYPERCALL_RATES = (
    ("long_spin_waits_per_sec", "Long Spin Wait Hypercalls/sec", "notifications of a long spin"),
    ("virtual_mmu_hypercalls_per_sec", "Virtual MMU Hypercalls/sec", "address-space switches and flushes"),
    (
        "virtual_interrupt_hypercalls_per_sec",
        "Virtual Interrupt Hypercalls/sec",
        "cluster interrupts and retargets",
    ),
    ("synthetic_interrupt_hypercalls_per_sec", "Synthetic Interrupt Hypercalls/sec", "signals over VMBus"),
    (
        "virtual_processor_hypercalls_per_sec",
        "Virtual Processor Hypercalls/sec",
        "changes of the trust level",
    ),
    ("gpa_space_hypercalls_per_sec", "GPA Space Hypercalls/sec", "guest pages mapped and unmapped"),
    (
        "other_hypercalls_per_sec",
        "Other Hypercalls/sec",
        "memory deposited with the hypervisor and taken back",
    ),
    ("extended_hypercalls_per_sec", "Extended Hypercalls/sec", "memory heat hints"),
    ("address_space_switches_per_sec", "Address Space Switches/sec", "address-space switches by hypercall"),
    (
        "address_space_flushes_per_sec",
        "Address Space Flushes/sec",
        "flushes of address translations by hypercall",
    ),
)
_INTERRUPTS = (
    ("virtual_interrupts", "Virtual Interrupts/sec", "interrupts delivered, synthetic ones included"),
    ("synthetic_interrupts", "Synthetic Interrupts/sec", "interrupts delivered through the SynIC"),
    ("hardware_interrupts", "Hardware Interrupts/sec", "interrupts of devices delivered to a root VP"),
    ("eoi_accesses", "APIC EOI Accesses/sec", "ends of interrupt that exited"),
    ("ipis_sent", "APIC IPIs Sent/sec", "inter-processor interrupts sent, one a target"),
)
_MESSAGES = (
    ("total_messages", "Total Messages/sec", "messages to the parent"),
    ("io_messages", "IO Intercept Messages/sec", "messages to the parent about accesses to I/O ports"),
)
COSTED_BESIDE: Final = (
    whole("rep_elements", "count", "elements (pages, ranges) of hypercalls that have several"),
    whole("zeroed_pages", "count", "4 KiB pages zeroed at first touches"),
    whole("context_switches", "count", "dispatches after another VP had the LP"),
)
"""What costs hypervisor time beside intercepts and hypercalls."""

STATES: Final = (
    whole(
        "unpaid_ns",
        "ns",
        "hypervisor time that the VP's traps and dispatch still cost, at the end of the interval",
    ),
    whole("message_errors", "count", "messages that the VP posted in vain: no buffer was free"),
    whole("interrupts_raised", "count", "interrupts raised for the VP"),
    whole("interrupts_coalesced", "count", "interrupts that met one of their kind still pending"),
    whole("interrupts_pending", "count", "interrupts raised and not delivered, at the end of the interval"),
    whole("ticks_due", "count", "clock interrupts that fell due"),
    whole("ticks_delivered", "count", "clock interrupts delivered"),
    whole("ticks_skipped", "count", "clock interrupts skipped"),
    whole("ticks_backlog", "count", "clock interrupts still to be caught up, at the end of the interval"),
)
"""What is neither a charge nor a counter of Windows."""


def _null(column: Column) -> Column:
    return replace(column, nullable=True, doc=f"{column.doc}; null when there was none")


def _costed(counter_set: str, name: str, counter: str, doc: str) -> tuple[Column, ...]:
    path = rf"{counter_set}\{counter}"
    return (
        whole(name, "count", doc),
        real(f"{name}_per_sec", "1/s", doc, f"{path}/sec"),
        _null(real(f"{name}_cost_ns", "ns", f"mean hypervisor time of one of these: {doc}", f"{path} Cost")),
    )


def vp_trap_columns(counter_set: str) -> tuple[Column, ...]:
    """Columns of a VP in `counter_set`, child or root."""
    columns: tuple[Column, ...] = ()
    for name, counter, doc in INTERCEPTS:
        columns += _costed(counter_set, name, counter, doc)
    columns += _costed(counter_set, "hypercalls", "Hypercalls", "hypercalls of all classes")
    columns += _costed(
        counter_set, "total_intercepts", "Total Intercepts", "intercepts of all classes, hypercalls included"
    )
    columns += tuple(whole(name, "count", doc) for name, doc in HYPERCALLS)
    columns += tuple(
        real(name, "1/s", doc, rf"{counter_set}\{counter}") for name, counter, doc in _HYPERCALL_RATES
    )
    for name, counter, doc in (*_MESSAGES, *_INTERRUPTS):
        columns += (
            whole(name, "count", doc),
            real(f"{name}_per_sec", "1/s", doc, rf"{counter_set}\{counter}"),
        )
    return (*columns, *COSTED_BESIDE, *STATES)


PARTITION_TRAPS: Final = (
    whole("total_intercepts", "count", "intercepts of all classes, hypercalls included"),
    _null(real("total_intercepts_cost_ns", "ns", "mean hypervisor time of an intercept")),
    *(whole(name, "count", doc) for name, _, doc in INTERCEPTS),
    whole("hypercalls", "count", "hypercalls of all classes"),
    *(whole(name, "count", doc) for name, doc in HYPERCALLS),
    *(whole(name, "count", doc) for name, _, doc in (*_MESSAGES, *_INTERRUPTS)),
    *COSTED_BESIDE,
    *(
        replace(
            column,
            counter=r"\Hyper-V Hypervisor Partition(*)\Skipped Timer Ticks",
            root_counter=r"\Hyper-V Hypervisor Root Partition(*)\Skipped Timer Ticks",
        )
        if column.name == "ticks_skipped"
        else column
        for column in STATES
    ),
)
"""Columns of a partition: sums over its VPs."""

_LP = r"\Hyper-V Hypervisor Logical Processor(*)"
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
        ),
    )
    for name, counter, doc in _LP_INTERRUPTS:
        columns += (whole(name, "count", doc), real(f"{name}_per_sec", "1/s", doc, rf"{_LP}\{counter}"))
    return columns


LP_TRAPS: Final = _lp_columns()
"""Columns of an LP."""
