from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import model_validator

from hvecs.spec.kinds import Choice
from hvecs.spec.table import Table, key
from hvecs.spec.trap_costs import TRAP_COSTS, Cost
from hvecs.spec.units import SECOND, Duration, Percent

COSTS = (
    Cost(
        "context_switch",
        "ns",
        "3 us",
        "switching an LP from one VP to another; hypervisor time of the incoming VP",
        "not published; a parameter",
    ),
    Cost(
        "dispatch",
        "ns",
        "1 us",
        "every dispatch of a VP; hypervisor time of the VP",
        "not published; a parameter",
    ),
    Cost(
        "lp_wake_up",
        "ns",
        "1.2 us",
        "what an idle LP takes before it runs a VP; the VP waits meanwhile and the LP is in the hypervisor",
        "CPU Wait Time Per Dispatch without contention, 1,163 ns, microsoft/WSL issue 6982",
    ),
    Cost(
        "cache_refill",
        "ns",
        "30 us",
        "guest time without progress after another VP ran on the LP or the VP moved; "
        "never longer than the others ran",
        "not published; a parameter",
    ),
    Cost(
        "paging_io",
        "ns",
        "5 ms",
        "what a guest's thread waits for a page from disk, when the disk is free; also on the bare machine, and with "
        'preset = "none" no time at all',
        "not published; a parameter: 1 to 15 ms is good for a disk [BTS]",
    ),
    Cost(
        "small_pages",
        "%",
        "10 %",
        "how much slower guest code runs in memory that is mapped 4 KiB by 4 KiB, against 2 MiB by 2 MiB",
        "not published; a parameter",
    ),
    Cost(
        "interference",
        "%",
        "43 %",
        "how much slower code runs when every LP of a socket is busy, against one; "
        "linear in the busy LPs beyond the first",
        "fitted to the published benchmark [Friedman]",
    ),
    Cost(
        "remote_memory",
        "%",
        "30 %",
        "how much slower guest code runs on another NUMA node than that of its memory, against on its own",
        "not published; a parameter",
    ),
    Cost(
        "nested_paging",
        "%",
        "32.8 %",
        "how much slower guest and root code runs under the hypervisor than on the bare machine: "
        "second-level address translation, and what else is not modelled singly",
        "fitted to the published benchmark [Friedman]",
    ),
    *TRAP_COSTS,
)
"""Every cost of the model; the only place where its default stands."""

_DOC = {cost.name: cost.doc for cost in COSTS}
_PRESETS: Mapping[object, dict[str, str]] = {
    "default": {cost.name: cost.default for cost in COSTS},
    "none": {cost.name: "0 %" if cost.unit == "%" else "0 s" for cost in COSTS},
}

_Time = Annotated[int, Duration(high=SECOND)]
_Slowdown = Annotated[float, Percent(high=10_000)]


class Costs(Table):
    """What the hypervisor and shared hardware cost; every key is filled in, from the preset where not given."""

    preset: Annotated[str, Choice(("default", "none"))] = key(
        'costs of the keys not given: "none" makes them zero, for comparison with theory', "default"
    )
    context_switch: _Time = key(_DOC["context_switch"])
    dispatch: _Time = key(_DOC["dispatch"])
    lp_wake_up: _Time = key(_DOC["lp_wake_up"])
    cache_refill: _Time = key(_DOC["cache_refill"])
    paging_io: _Time = key(_DOC["paging_io"])
    small_pages: _Slowdown = key(_DOC["small_pages"])
    interference: _Slowdown = key(_DOC["interference"])
    remote_memory: _Slowdown = key(_DOC["remote_memory"])
    nested_paging: _Slowdown = key(_DOC["nested_paging"])
    page_invalidation: _Time = key(_DOC["page_invalidation"])
    control_register_access: _Time = key(_DOC["control_register_access"])
    io_instruction: _Time = key(_DOC["io_instruction"])
    hlt: _Time = key(_DOC["hlt"])
    root_hlt: _Time = key(_DOC["root_hlt"])
    mwait: _Time = key(_DOC["mwait"])
    cpuid: _Time = key(_DOC["cpuid"])
    msr_access: _Time = key(_DOC["msr_access"])
    other_intercept: _Time = key(_DOC["other_intercept"])
    external_interrupt: _Time = key(_DOC["external_interrupt"])
    pending_interrupt: _Time = key(_DOC["pending_interrupt"])
    emulated_instruction: _Time = key(_DOC["emulated_instruction"])
    debug_register_access: _Time = key(_DOC["debug_register_access"])
    page_fault: _Time = key(_DOC["page_fault"])
    nested_page_fault: _Time = key(_DOC["nested_page_fault"])
    long_spin_wait: _Time = key(_DOC["long_spin_wait"])
    address_space_switch: _Time = key(_DOC["address_space_switch"])
    local_flush: _Time = key(_DOC["local_flush"])
    remote_flush: _Time = key(_DOC["remote_flush"])
    cluster_ipi: _Time = key(_DOC["cluster_ipi"])
    post_message: _Time = key(_DOC["post_message"])
    signal_event: _Time = key(_DOC["signal_event"])
    retarget_interrupt: _Time = key(_DOC["retarget_interrupt"])
    deposit_memory: _Time = key(_DOC["deposit_memory"])
    withdraw_memory: _Time = key(_DOC["withdraw_memory"])
    map_gpa: _Time = key(_DOC["map_gpa"])
    unmap_gpa: _Time = key(_DOC["unmap_gpa"])
    heat_hint: _Time = key(_DOC["heat_hint"])
    vtl_call: _Time = key(_DOC["vtl_call"])
    vtl_return: _Time = key(_DOC["vtl_return"])
    rep_element: _Time = key(_DOC["rep_element"])
    page_zeroing: _Time = key(_DOC["page_zeroing"])

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        """Fill in from the preset; an invalid one is refused later, by its own key."""
        if not isinstance(given, dict):
            return given
        preset = "none" if given.get("preset") == "none" else "default"
        return _PRESETS[preset] | given
