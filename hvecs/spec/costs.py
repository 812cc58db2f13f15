from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import model_validator

from hvecs.spec.kinds import Choice
from hvecs.spec.table import Table, key
from hvecs.spec.units import SECOND, Duration, Percent


class Cost(NamedTuple):
    """One cost of the model: its key, unit, default as written in a file, meaning, and where that is from."""

    name: str
    unit: str
    default: str
    doc: str
    source: str


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
        "long_spin_wait",
        "ns",
        "1 us",
        "a guest's notification of a long spin; hypervisor time of the VP",
        "cost of a hypercall, 1.0 to 2.5 us, counter captures in microsoft/WSL issue 6982",
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
        "nested_page_fault",
        "ns",
        "1.5 us",
        "the first touch of a mapping of guest memory; hypervisor time of the VP",
        "not published; a parameter: a light intercept took 439 ns in microsoft/WSL issue 6982",
    ),
    Cost(
        "page_zeroing",
        "ns",
        "400 ns",
        "zeroing 4 KiB of memory for a guest; hypervisor time of the VP that touches it first",
        "not published; a parameter: 4 KiB at 10 GB/s",
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
        "33 %",
        "how much slower guest and root code runs under the hypervisor than on the bare machine: "
        "second-level address translation, and the intercepts that are not modelled singly",
        "fitted to the published benchmark [Friedman]",
    ),
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
    long_spin_wait: _Time = key(_DOC["long_spin_wait"])
    paging_io: _Time = key(_DOC["paging_io"])
    nested_page_fault: _Time = key(_DOC["nested_page_fault"])
    page_zeroing: _Time = key(_DOC["page_zeroing"])
    small_pages: _Slowdown = key(_DOC["small_pages"])
    interference: _Slowdown = key(_DOC["interference"])
    remote_memory: _Slowdown = key(_DOC["remote_memory"])
    nested_paging: _Slowdown = key(_DOC["nested_paging"])

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        """Fill in from the preset; an invalid one is refused later, by its own key."""
        if not isinstance(given, dict):
            return given
        preset = "none" if given.get("preset") == "none" else "default"
        return _PRESETS[preset] | given
