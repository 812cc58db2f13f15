"""Figures: what rules compare with their limits, measures and what follows from several of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hvecs.verdict.measures import MEASURES, Measure
from hvecs.verdict.observer import ALL, Observed

Figures = Mapping[str, Mapping[str, float]]
"""By name the value of each subject: an instance, a partition, or `ALL`."""

_PAGES_A_MIB: Final = 256
"""Pages of 4 KiB."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A figure that is made of more than the rows of one table; `counter` names what it rests on."""

    name: str
    counter: str
    unit: str
    doc: str
    value: Callable[[Observed], Mapping[str, float]]


def _queue_per_vp(observed: Observed) -> Mapping[str, float]:
    vps = observed.vps
    return {name: queue / vps[name] for name, queue in observed.values["queue"].items() if vps.get(name)}


def _least_busy_vp(observed: Observed) -> Mapping[str, float]:
    """Of the VPs of each guest give the time in which the least busy was busy, or would have been but for a cap."""
    least: dict[str, float] = {}
    capped = observed.values["vp_capped"]
    for instance, busy in observed.values["vp_busy"].items():
        owner, taken = observed.owners[instance], busy + capped.get(instance, 0.0)
        least[owner] = min(taken, least.get(owner, taken))
    return least


def _wanted(observed: Observed) -> Mapping[str, float]:
    """Add up for how long VPs wanted an LP: ran, waited or were held back by a cap."""
    parts = [observed.values[name] for name in ("run", "ready", "capped")]
    return {name: sum(part.get(name, 0.0) for part in parts) for name in set().union(*parts)}


def _cap_share(observed: Observed) -> Mapping[str, float]:
    wanted = _wanted(observed)
    return {
        name: 100 * capped / wanted[name]
        for name, capped in observed.values["capped"].items()
        if wanted.get(name)
    }


def _available_share(observed: Observed) -> Mapping[str, float]:
    """Compare the least that was available with the most that guests held: of a host whose memory nobody counts."""
    available = observed.values["available"].get(ALL)
    pages = observed.values["held"]
    held = sum(pages.values()) / _PAGES_A_MIB if pages else sum(observed.values["held_dynamic"].values())
    if available is None or not (pages or observed.values["held_dynamic"]):
        return {}
    return {ALL: 100 * available / (available + held)}


def _paging_of_all(observed: Observed) -> Mapping[str, float]:
    """Add up what guests read, of each while it was on this host, and divide by the time of the host."""
    means, covered = observed.values["mean_paging"], observed.covered_ns["mean_paging"]
    longest = max((max(of.values(), default=0.0) for of in observed.covered_ns.values()), default=0.0)
    return {ALL: sum(mean * covered[name] for name, mean in means.items()) / longest} if means else {}


def _completed(observed: Observed) -> Mapping[str, float]:
    return {name: 100 * each.completed for name, each in observed.growths.items()}


def _lost(observed: Observed) -> Mapping[str, float]:
    return observed.lost


def _growth(observed: Observed) -> Mapping[str, float]:
    return {name: each.per_sec for name, each in observed.growths.items()}


def _excess(observed: Observed) -> Mapping[str, float]:
    return {name: each.excess for name, each in observed.growths.items()}


QUEUE_PER_VP = Derived(
    "queue_per_vp", "guest.processor_queue_mean", "", "Processor Queue Length for each VP", _queue_per_vp
)
LEAST_VP = Derived(
    "least_vp",
    "virtual_processor.total_run_pct",
    "%",
    "% Total Run Time of the least busy VP of a guest, and time in which a cap holds it back",
    _least_busy_vp,
)
WANTED = Derived(
    "wanted",
    "virtual_processor.guest_run_ns",
    "%",
    "time that the VPs of a guest ran, waited for an LP or were held back by a cap, mean of its VPs",
    _wanted,
)
CAP_SHARE = Derived(
    "cap_share",
    "virtual_processor.capped_ns",
    "%",
    "time that the VPs of a guest were held back by a cap, of that in which they wanted an LP",
    _cap_share,
)
AVAILABLE_SHARE = Derived(
    "available_share",
    "dynamic_memory_balancer.available_memory_mib",
    "%",
    "Available Memory as a share of it and of what guests hold",
    _available_share,
)
PAGING_OF_ALL = Derived(
    "paging_of_all",
    "guest.pages_input_per_sec",
    "1/s",
    "Pages Input/sec of all guests together, over the time of the host",
    _paging_of_all,
)
COMPLETED = Derived("completed", "request.completions", "%", "completions over arrivals", _completed)
LOST = Derived(
    "lost",
    "request.failed",
    "%",
    "requests that failed or were dropped, as a share of those that came",
    _lost,
)
GROWTH = Derived(
    "growth", "request.in_system", "/s", "by how much the requests in the system grow each second", _growth
)
EXCESS = Derived(
    "excess",
    "request.in_system",
    "x noise",
    "that growth over what chance exceeds once in a hundred, by batch means",
    _excess,
)
DERIVED: Final = (
    QUEUE_PER_VP,
    LEAST_VP,
    WANTED,
    CAP_SHARE,
    AVAILABLE_SHARE,
    PAGING_OF_ALL,
    COMPLETED,
    LOST,
    GROWTH,
    EXCESS,
)

KNOWN: Final[Mapping[str, Measure | Derived]] = {each.name: each for each in (*MEASURES, *DERIVED)}
"""The figures of the rules that come with the product, by name."""


def figures_of(observed: Observed, further: Iterable[Measure] = ()) -> Figures:
    """Work out all figures of what was observed."""
    found = {measure.name: observed.values[measure.name] for measure in (*MEASURES, *further)}
    return found | {each.name: each.value(observed) for each in DERIVED}
