"""What traps cost: intercepts and hypercalls, each an entry of the table of costs."""

from typing import NamedTuple


class Cost(NamedTuple):
    """One cost of the model: its key, unit, default as written in a file, meaning, and where that is from."""

    name: str
    unit: str
    default: str
    doc: str
    source: str


_WSL = "counter captures in microsoft/WSL issue 6982"
_LIGHT = f"a light intercept: 439 ns of hypervisor time for each timer interrupt or MSR write, {_WSL}"
_SIMPLE = f"a hypercall: 1.0 to 2.5 us, {_WSL}"
_LONGER = (
    f"the upper end of a hypercall's cost, 1.0 to 2.5 us, {_WSL}: it acts on other VPs, or on many pages"
)


def _ns(name: str, default: str, doc: str, source: str) -> Cost:
    return Cost(name, "ns", default, f"{doc}; hypervisor time of the VP", source)


TRAP_COSTS = (
    _ns("page_invalidation", "440 ns", "an INVLPG that exits", _LIGHT),
    _ns("control_register_access", "440 ns", "an access to a control register that exits", _LIGHT),
    _ns("io_instruction", "440 ns", "an access to an I/O port that the hypervisor handles itself", _LIGHT),
    _ns("hlt", "6 us", "a guest VP's transition to idle", f"6.0 to 6.1 us, up to 10.6 us, {_WSL}"),
    _ns("root_hlt", "4 us", "a root VP's transition to idle", f"3.4 to 4.9 us, {_WSL}"),
    _ns("mwait", "6 us", "an MWAIT that exits", "as a HLT, which it stands for; not published, a parameter"),
    _ns("cpuid", "440 ns", "a CPUID", _LIGHT),
    _ns(
        "msr_access",
        "440 ns",
        "an access to a model-specific register that exits, the APIC's included",
        _LIGHT,
    ),
    _ns("other_intercept", "3.5 us", "any other intercept", f"root VPs: 3.5 to 5.8 us, {_WSL}"),
    _ns("external_interrupt", "440 ns", "an interrupt that arrives while guest code runs", _LIGHT),
    _ns("pending_interrupt", "440 ns", "an exit at which a pending interrupt can be delivered", _LIGHT),
    _ns(
        "emulated_instruction",
        "2 us",
        "an instruction that the hypervisor decodes and emulates",
        "not published; a parameter",
    ),
    _ns("debug_register_access", "440 ns", "an access to a debug register that exits", _LIGHT),
    _ns("page_fault", "440 ns", "a guest's page fault that the hypervisor intercepts", _LIGHT),
    _ns(
        "nested_page_fault",
        "1.5 us",
        "a fault of second-level address translation: the first touch of a mapping of guest memory",
        "not published; a parameter: a light intercept took 439 ns in microsoft/WSL issue 6982",
    ),
    _ns("long_spin_wait", "1 us", "a guest's notification of a long spin", _SIMPLE),
    _ns("address_space_switch", "1 us", "HvCallSwitchVirtualAddressSpace", _SIMPLE),
    _ns("local_flush", "1 us", "a flush of the VP's own address translations by hypercall", _SIMPLE),
    _ns("remote_flush", "1 us", "a flush of other VPs' address translations by hypercall", _SIMPLE),
    _ns("cluster_ipi", "1 us", "an interrupt sent to any number of VPs by hypercall", _SIMPLE),
    _ns("post_message", "2.5 us", "HvCallPostMessage: a message of up to 240 bytes", _LONGER),
    _ns("signal_event", "1 us", "HvCallSignalEvent: one event flag", _SIMPLE),
    _ns("retarget_interrupt", "1 us", "HvCallRetargetDeviceInterrupt", _SIMPLE),
    _ns("deposit_memory", "1 us", "HvCallDepositMemory, each entry of it, without its pages", _SIMPLE),
    _ns("withdraw_memory", "1 us", "HvCallWithdrawMemory, each entry of it, without its pages", _SIMPLE),
    _ns("map_gpa", "1 us", "HvCallMapGpaPages, each entry of it, without its pages", _SIMPLE),
    _ns("unmap_gpa", "1 us", "HvCallUnmapGpaPages, each entry of it, without its pages", _SIMPLE),
    _ns("heat_hint", "2.5 us", "HvExtCallMemoryHeatHint", _LONGER),
    _ns(
        "vtl_call",
        "4.3 us",
        "HvCallVtlCall: a switch to a higher trust level",
        "at most 4.3 us for an exit that includes a VTL switch, github glslang/windbg-mcp",
    ),
    _ns(
        "vtl_return",
        "4.3 us",
        "HvCallVtlReturn",
        "at most 4.3 us for an exit that includes a VTL switch, github glslang/windbg-mcp",
    ),
    _ns(
        "rep_element", "200 ns", "each element (page, range) of a rep hypercall", "not published; a parameter"
    ),
    _ns(
        "page_zeroing",
        "400 ns",
        "zeroing 4 KiB of memory for a guest, when it first touches it",
        "not published; a parameter: 4 KiB at 10 GB/s",
    ),
)
"""Every cost of an intercept or a hypercall."""
