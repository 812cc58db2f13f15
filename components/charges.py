"""Every charge: what costs hypervisor time whenever it happens, declared once.

A charge is a number for kernels, a column of `VpTraps` and of the output tables that counts it, and a key of [host.costs]; all of
them follow from its declaration here. Its number is its place in the list. Classes of intercepts and hypercalls, and their names,
are those of the counters of a virtual processor [TLFS2 J.4].
"""

from typing import Any, Final

from components.charge import Charge, Cost, Kind
from components.charge import hypervisor_cost as _cost

_WSL = "counter captures in microsoft/WSL issue 6982"
_LIGHT = f"a light intercept: 439 ns of hypervisor time for each timer interrupt or MSR write, {_WSL}"
_SIMPLE = f"a hypercall: 1.0 to 2.5 us, {_WSL}"
_LONGER = (
    f"the upper end of a hypercall's cost, 1.0 to 2.5 us, {_WSL}: it acts on other VPs, or on many pages"
)

_charges: list[Charge] = []


def _charge(kind: Kind, column: str, doc: str, cost: Cost, **more: Any) -> int:
    """Append a charge to the list and return its number."""
    _charges.append(Charge(column, kind, doc, cost, **{"root_cost": cost} | more))
    return len(_charges) - 1


def _intercept(windows: str, doc: str, cost: Cost, column: str = "", **more: Any) -> int:
    """Declare a class of intercepts, which Windows counts and whose mean cost it states; the column is named after it, if not otherwise."""
    column = column or windows.lower().replace(" ", "_")
    return _charge("intercept", column, doc, cost, windows=windows, **more)


def _hypercall(column: str, doc: str, cost: Cost, *classes: str) -> int:
    """Declare a hypercall, which Windows counts in `classes`."""
    return _charge("hypercall", column, doc, cost, classes=classes)


def _other(column: str, doc: str, cost: Cost, part_of: str = "") -> int:
    """Declare what costs hypervisor time and is neither."""
    return _charge("other", column, doc, cost, part_of=part_of)


PAGE_INVALIDATIONS = _intercept(
    "Page Invalidations",
    "INVLPG instructions that exited",
    _cost("page_invalidation", "440 ns", "an INVLPG that exits", _LIGHT),
)
CONTROL_REGISTER_ACCESSES = _intercept(
    "Control Register Accesses",
    "accesses to control registers that exited",
    _cost("control_register_access", "440 ns", "an access to a control register that exits", _LIGHT),
)
IO_INSTRUCTIONS = _intercept(
    "IO Instructions",
    "accesses to I/O ports",
    _cost("io_instruction", "440 ns", "an access to an I/O port that the hypervisor handles itself", _LIGHT),
)
HLT_INSTRUCTIONS = _intercept(
    "HLT Instructions",
    "transitions to idle",
    _cost("hlt", "6 us", "a guest VP's transition to idle", f"6.0 to 6.1 us, up to 10.6 us, {_WSL}"),
    root_cost=_cost("root_hlt", "4 us", "a root VP's transition to idle", f"3.4 to 4.9 us, {_WSL}"),
)
MWAIT_INSTRUCTIONS = _intercept(
    "MWAIT Instructions",
    "MWAIT instructions that exited",
    _cost(
        "mwait", "6 us", "an MWAIT that exits", "as a HLT, which it stands for; not published, a parameter"
    ),
)
CPUID_INSTRUCTIONS = _intercept(
    "CPUID Instructions",
    "CPUID instructions",
    _cost("cpuid", "440 ns", "a CPUID", _LIGHT),
)
MSR_ACCESSES = _intercept(
    "MSR Accesses",
    "accesses to model-specific registers that exited, the APIC's included",
    _cost(
        "msr_access",
        "440 ns",
        "an access to a model-specific register that exits, the APIC's included",
        _LIGHT,
    ),
)
OTHER_INTERCEPTS = _intercept(
    "Other Intercepts",
    "intercepts of other classes",
    _cost("other_intercept", "3.5 us", "any other intercept", f"root VPs: 3.5 to 5.8 us, {_WSL}"),
)
EXTERNAL_INTERRUPTS = _intercept(
    "External Interrupts",
    "interrupts that arrived while guest code ran",
    _cost("external_interrupt", "440 ns", "an interrupt that arrives while guest code runs", _LIGHT),
)
PENDING_INTERRUPTS = _intercept(
    "Pending Interrupts",
    "exits at which a pending interrupt could be delivered",
    _cost("pending_interrupt", "440 ns", "an exit at which a pending interrupt can be delivered", _LIGHT),
)
EMULATED_INSTRUCTIONS = _intercept(
    "Emulated Instructions",
    "instructions that the hypervisor emulated",
    _cost(
        "emulated_instruction",
        "2 us",
        "an instruction that the hypervisor decodes and emulates",
        "not published; a parameter",
    ),
)
DEBUG_REGISTER_ACCESSES = _intercept(
    "Debug Register Accesses",
    "accesses to debug registers that exited",
    _cost("debug_register_access", "440 ns", "an access to a debug register that exits", _LIGHT),
)
PAGE_FAULTS = _intercept(
    "Page Fault Intercepts",
    "page faults of the guest that the hypervisor intercepted",
    _cost("page_fault", "440 ns", "a guest's page fault that the hypervisor intercepts", _LIGHT),
    column="page_faults",
)
NESTED_PAGE_FAULTS = _intercept(
    "Nested Page Fault Intercepts",
    "faults of second-level address translation; the zeroing of the page belongs to its cost",
    _cost(
        "nested_page_fault",
        "1.5 us",
        "a fault of second-level address translation: the first touch of a mapping of guest memory",
        "not published; a parameter: a light intercept took 439 ns in microsoft/WSL issue 6982",
    ),
    column="nested_page_faults",
)

LONG_SPIN_WAITS = _hypercall(
    "long_spin_waits",
    "notifications of a long spin (HvCallNotifyLongSpinWait)",
    _cost("long_spin_wait", "1 us", "a guest's notification of a long spin", _SIMPLE),
    "long_spin_waits",
)
ADDRESS_SPACE_SWITCHES = _hypercall(
    "address_space_switches",
    "address-space switches by hypercall",
    _cost("address_space_switch", "1 us", "HvCallSwitchVirtualAddressSpace", _SIMPLE),
    "virtual_mmu_hypercalls",
    "address_space_switches",
)
LOCAL_FLUSHES = _hypercall(
    "local_flushes",
    "flushes of the VP's own address translations by hypercall",
    _cost("local_flush", "1 us", "a flush of the VP's own address translations by hypercall", _SIMPLE),
    "virtual_mmu_hypercalls",
    "address_space_flushes",
)
REMOTE_FLUSHES = _hypercall(
    "remote_flushes",
    "flushes of several VPs' address translations by hypercall",
    _cost("remote_flush", "1 us", "a flush of other VPs' address translations by hypercall", _SIMPLE),
    "virtual_mmu_hypercalls",
    "address_space_flushes",
)
CLUSTER_IPIS = _hypercall(
    "cluster_ipis",
    "interrupts sent by hypercall, each to any number of VPs",
    _cost("cluster_ipi", "1 us", "an interrupt sent to any number of VPs by hypercall", _SIMPLE),
    "virtual_interrupt_hypercalls",
)
POSTED_MESSAGES = _hypercall(
    "posted_messages",
    "messages posted over VMBus (HvCallPostMessage), refused ones included",
    _cost("post_message", "2.5 us", "HvCallPostMessage: a message of up to 240 bytes", _LONGER),
    "synthetic_interrupt_hypercalls",
)
SIGNALLED_EVENTS = _hypercall(
    "signalled_events",
    "signals over VMBus (HvCallSignalEvent)",
    _cost("signal_event", "1 us", "HvCallSignalEvent: one event flag", _SIMPLE),
    "synthetic_interrupt_hypercalls",
)
RETARGETED_INTERRUPTS = _hypercall(
    "retargeted_interrupts",
    "device interrupts moved to another VP by hypercall",
    _cost("retarget_interrupt", "1 us", "HvCallRetargetDeviceInterrupt", _SIMPLE),
    "virtual_interrupt_hypercalls",
)
MEMORY_DEPOSITS = _hypercall(
    "memory_deposits",
    "memory deposited with the hypervisor (HvCallDepositMemory), continuations counted",
    _cost("deposit_memory", "1 us", "HvCallDepositMemory, each entry of it, without its pages", _SIMPLE),
    "other_hypercalls",
)
MEMORY_WITHDRAWALS = _hypercall(
    "memory_withdrawals",
    "memory taken back from the hypervisor (HvCallWithdrawMemory), continuations counted",
    _cost("withdraw_memory", "1 us", "HvCallWithdrawMemory, each entry of it, without its pages", _SIMPLE),
    "other_hypercalls",
)
GPA_MAPS = _hypercall(
    "gpa_maps",
    "guest pages mapped (HvCallMapGpaPages), continuations counted",
    _cost("map_gpa", "1 us", "HvCallMapGpaPages, each entry of it, without its pages", _SIMPLE),
    "gpa_space_hypercalls",
)
GPA_UNMAPS = _hypercall(
    "gpa_unmaps",
    "guest pages unmapped (HvCallUnmapGpaPages), continuations counted",
    _cost("unmap_gpa", "1 us", "HvCallUnmapGpaPages, each entry of it, without its pages", _SIMPLE),
    "gpa_space_hypercalls",
)
HEAT_HINTS = _hypercall(
    "heat_hints",
    "hints on hot or cold memory",
    _cost("heat_hint", "2.5 us", "HvExtCallMemoryHeatHint", _LONGER),
    "extended_hypercalls",
)
VTL_CALLS = _hypercall(
    "vtl_calls",
    "calls to a higher trust level",
    _cost(
        "vtl_call",
        "4.3 us",
        "HvCallVtlCall: a switch to a higher trust level",
        "at most 4.3 us for an exit that includes a VTL switch, github glslang/windbg-mcp",
    ),
    "virtual_processor_hypercalls",
)
VTL_RETURNS = _hypercall(
    "vtl_returns",
    "returns from a higher trust level",
    _cost(
        "vtl_return",
        "4.3 us",
        "HvCallVtlReturn",
        "at most 4.3 us for an exit that includes a VTL switch, github glslang/windbg-mcp",
    ),
    "virtual_processor_hypercalls",
)

REP_ELEMENTS = _other(
    "rep_elements",
    "elements (pages, ranges) of hypercalls that have several",
    _cost(
        "rep_element", "200 ns", "each element (page, range) of a rep hypercall", "not published; a parameter"
    ),
    part_of="hypercalls",
)
FLUSH_TARGETS = _other(
    "flush_targets",
    "VPs that ran when a hypercall flushed their address translations",
    _cost(
        "flush_target",
        "100 ns",
        "each VP that runs when a hypercall flushes its address translations: the flushing VP interrupts it and waits for it",
        "not published; a parameter: with one to fifteen targets a hypercall is then within its 1.0 to 2.5 us, "
        + _WSL,
    ),
    part_of="hypercalls",
)
ZEROED_PAGES = _other(
    "zeroed_pages",
    "4 KiB pages zeroed at first touches",
    _cost(
        "page_zeroing",
        "400 ns",
        "zeroing 4 KiB of memory for a guest, when it first touches it",
        "not published; a parameter: 4 KiB at 10 GB/s",
    ),
    part_of="nested_page_faults",
)
CONTEXT_SWITCHES = _other(
    "context_switches",
    "dispatches after another VP had the LP",
    Cost(
        "context_switch",
        "ns",
        "3 us",
        "switching an LP from one VP to another; hypervisor time of the incoming VP",
        "not published; a parameter",
    ),
)

EVERY_CHARGE: Final = tuple(_charges)
"""All charges, by number."""
CHARGES: Final = len(EVERY_CHARGE)
"""How many there are."""
