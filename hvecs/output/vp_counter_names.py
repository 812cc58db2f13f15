"""The names of the counters of a virtual processor, which the child and the root set share [TLFS2 J.4, TV4, WE, LIST]."""

from typing import Final

_SCHEDULING = (
    "% Total Run Time",
    "% Guest Run Time",
    "% Hypervisor Run Time",
    "% Remote Run Time",
    "% Guest Idle Time",
    "% Total Core Run Time",
    "CPU Wait Time Per Dispatch",
    "Logical Processor Dispatches/sec",
    "Logical Processor Migrations/sec",
    "CPU Contention Time Per Dispatch",
    "CPU Wake Up Time Per Dispatch",
    *(f"CPU Wait Time Bucket X{edge}" for edge in range(7, 0, -1)),
    *(f"CPU Wait Time Bucket {edge}" for edge in range(7)),
)

_INTERCEPT_CLASSES = (
    "Hypercalls",
    "Page Invalidations",
    "Control Register Accesses",
    "IO Instructions",
    "HLT Instructions",
    "MWAIT Instructions",
    "CPUID Instructions",
    "MSR Accesses",
    "Other Intercepts",
    "External Interrupts",
    "Pending Interrupts",
    "Emulated Instructions",
    "Debug Register Accesses",
    "Page Fault Intercepts",
    "Nested Page Fault Intercepts",
)

_EMULATED_WHEN_NESTED = (
    "VMCLEAR",
    "VMPTRLD",
    "VMPTRST",
    "VMREAD",
    "VMWRITE",
    "VMXOFF",
    "VMXON",
    "InvEpt All Context",
    "InvEpt Single Context",
    "InvVpid All Context",
    "InvVpid Single Context",
    "InvVpid Single Address",
)


def _pairs(names: tuple[str, ...], count: str, cost: str) -> tuple[str, ...]:
    """Give for each name the rate of its events and their mean cost, which end in `count` and `cost`."""
    return tuple(name + suffix for name in names for suffix in (count, cost))


_INTERCEPTS = (
    *_pairs(_INTERCEPT_CLASSES, "/sec", " Cost"),
    *_pairs(("Total Intercepts",), "/sec", " Cost"),
    "Total Messages/sec",
    "IO Intercept Messages/sec",
    "Memory Intercept Messages/sec",
    "Other Messages/sec",
)

_INTERRUPTS = (
    "Synthetic Interrupts/sec",
    "Virtual Interrupts/sec",
    "Hardware Interrupts/sec",
    "APIC MMIO Accesses/sec",
    "APIC EOI Accesses/sec",
    "APIC TPR Accesses/sec",
    "APIC IPIs Sent/sec",
    "APIC Self IPIs Sent/sec",
)

_ADDRESS_TRANSLATION = (
    "Guest Page Table Maps/sec",
    "Large Page TLB Fills/sec",
    "Small Page TLB Fills/sec",
    "Reflected Guest Page Faults/sec",
    "Page Table Allocations/sec",
    "Page Table Evictions/sec",
    "Page Table Reclamations/sec",
    "Page Table Resets/sec",
    "Page Table Validations/sec",
    "Page Table Write Intercepts/sec",
    "Address Space Evictions/sec",
    "Address Space Switches/sec",
    "Address Domain Flushes/sec",
    "Address Space Flushes/sec",
    "Global GVA Range Flushes/sec",
    "Local Flushed GVA Ranges/sec",
)

_HYPERCALL_CLASSES = (
    "GPA Space Hypercalls/sec",
    "Logical Processor Hypercalls/sec",
    "Long Spin Wait Hypercalls/sec",
    "Other Hypercalls/sec",
    "Synthetic Interrupt Hypercalls/sec",
    "Virtual Interrupt Hypercalls/sec",
    "Virtual MMU Hypercalls/sec",
    "Virtual Processor Hypercalls/sec",
)

_SINCE_2016 = (
    "Extended Hypercalls/sec",
    "Extended Hypercall Intercept Messages/sec",
    "MBEC Nested Page Table Switches/sec",
    "Other Reflected Guest Exceptions/sec",
    *_pairs(("Global I/O TLB Flush",), "es/sec", " Cost"),
    *_pairs(("Local I/O TLB Flush",), "es/sec", " Cost"),
    "Posted Interrupt Notifications/sec",
    "Posted Interrupt Scans/sec",
    "Flush Physical Address Space Hypercalls/sec",
    "Flush Physical Address List Hypercalls/sec",
    *_pairs(("Total Virtualization Instructions",), " Emulated/sec", " Emulation Cost"),
)

_NESTED = (
    *_pairs(_INTERCEPT_CLASSES, " Forwarded/sec", " Forwarding Cost"),
    *_pairs(_EMULATED_WHEN_NESTED, " Emulation Intercepts/sec", " Instruction Emulation Cost"),
    *_pairs(("Nested VM Entries",), "/sec", " Cost"),
    *_pairs(("Nested SLAT Soft Page Faults", "Nested SLAT Hard Page Faults"), "/sec", " Cost"),
    "Nested TLB Page Table Reclamations/sec",
    "Nested TLB Page Table Evictions/sec",
)

VIRTUAL_PROCESSOR: Final = (
    *_SCHEDULING,
    *_INTERCEPTS,
    *_INTERRUPTS,
    *_ADDRESS_TRANSLATION,
    *_HYPERCALL_CLASSES,
    *_SINCE_2016,
    *_NESTED,
)
