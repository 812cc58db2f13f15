from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import create_model, model_validator

from components.charge import Cost
from components.charges import EVERY_CHARGE
from hvecs.spec.kinds import Choice
from hvecs.spec.table import Table, key
from hvecs.spec.units import SECOND, Duration, Percent

_CHARGE_COSTS = tuple(
    dict.fromkeys(cost for charge in EVERY_CHARGE for cost in (charge.cost, charge.root_cost))
)
"""What charges cost guests and root, each once."""

COSTS = (
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
        "what an idle LP takes before it runs a guest's VP; the VP waits meanwhile and the LP is in the hypervisor",
        "CPU Wait Time Per Dispatch without contention, 1,163 ns, microsoft/WSL issue 6982",
    ),
    Cost(
        "root_wake_up",
        "ns",
        "3.2 us",
        "what an idle LP takes before it runs its root VP; the VP waits meanwhile and the LP is in the hypervisor",
        "CPU Wait Time Per Dispatch of root VPs without contention, 3,116 to 3,287 ns, microsoft/WSL issue 6982",
    ),
    Cost(
        "cache_refill",
        "ns",
        "250 us",
        "guest time in which a VP that is dispatched fetches 1 MiB of its working set that others have displaced from the cache",
        "not published; a parameter: lines of 64 bytes at 90 ns, 2 to 8 at once, take 700 to 180 us",
    ),
    Cost(
        "ipi_answer",
        "ns",
        "1 us",
        "when a VP that runs guest code has answered an interrupt that wants an answer; the sender spins until then, once it has sent all",
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
        "100 %",
        "how much longer code waits for memory while the other busy LPs of its cache domain ask for all of the bandwidth, or more; "
        "in proportion to what they ask for below that",
        "not published; a parameter: memory under load answers in 1.5 to 3 times the time of idle memory",
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
        "15 %",
        "how much longer guest and root code waits for memory under the hypervisor than on the bare machine: "
        "second-level address translation",
        "not published; a parameter: 5 to 50 %",
    ),
    *_CHARGE_COSTS,
)
"""Every cost of the model; the defaults of charges stand with their declarations, all others here."""

_DOC = {cost.name: cost.doc for cost in COSTS}
_PRESETS: Mapping[object, dict[str, str]] = {
    "default": {cost.name: cost.default for cost in COSTS},
    "none": {cost.name: "0 %" if cost.unit == "%" else "0 s" for cost in COSTS},
}

_Time = Annotated[int, Duration(high=SECOND)]
_Slowdown = Annotated[float, Percent(high=10_000)]


class _Costs(Table):
    """What the hypervisor and shared hardware cost; every key is filled in, from the preset where not given."""

    preset: Annotated[str, Choice(("default", "none"))] = key(
        'costs of the keys not given: "none" makes them zero, for comparison with theory', "default"
    )
    dispatch: _Time = key(_DOC["dispatch"])
    lp_wake_up: _Time = key(_DOC["lp_wake_up"])
    root_wake_up: _Time = key(_DOC["root_wake_up"])
    cache_refill: _Time = key(_DOC["cache_refill"])
    ipi_answer: _Time = key(_DOC["ipi_answer"])
    paging_io: _Time = key(_DOC["paging_io"])
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


if TYPE_CHECKING:
    Costs = _Costs
else:  # the keys of the charges follow from their declarations
    Costs = create_model(
        "Costs",
        __base__=_Costs,
        __module__=__name__,
        __doc__=_Costs.__doc__,
        **{cost.name: (_Time, key(cost.doc)) for cost in _CHARGE_COSTS},
    )
