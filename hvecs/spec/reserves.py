"""What a reserve is worth on a host: how much of it is kept, and whose do not fit beside those of the guests before them.

The sum of the reserves of all VPs is at most the number of LPs, and a guest with more VPs than LPs has no guarantee: its reserve
may be set to 0 [TLFS2 18.2], and is set to that here.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hvecs.spec.capacity import known_lps, lps_for_guest
from hvecs.spec.changes import given
from hvecs.spec.host import Host
from hvecs.spec.lives import Lives, Span
from hvecs.spec.partition import Partition
from hvecs.spec.problems import Fault, Steps, not_starting, show
from hvecs.spec.scenario import Scenario, guest_names
from hvecs.spec.tier_guests import started_by_tiers
from hvecs.spec.units import Percent

_ALL_PCT = 100
_ROUNDING = 1e-6


class Unreserved(NamedTuple):
    """A guest that does not start: its own reserve, and those of the guests that are on (in LPs)."""

    name: str
    block: int
    own: float
    others: float


def kept_reserve(block: Partition, host: Host, reserve: float | None = None) -> float:
    """Return the reserve (%) that each VP of a guest keeps: none if the guest has more VPs than LPs of `host` that it may use.

    Without `reserve` it is that of the block.
    """
    wanted = block.processor.reserve if reserve is None else reserve
    return wanted if block.virtual_processors <= lps_for_guest(host, block) else 0.0


def unreserved(scenario: Scenario) -> Iterator[Unreserved]:
    """Find the guests whose reserve does not fit when they are started: starts and stops in the order of time, then of the file.

    A guest that is not started for want of memory is counted here, but reserves nothing in the run.
    """
    lps = known_lps(scenario)
    if lps is None or scenario.host.hypervisor == "none":
        return
    on: dict[str, tuple[int | None, float]] = {}
    held: dict[str, float] = {}
    for name, index, span, reserve in _in_turn(scenario):
        block = scenario.partition[index]
        if isinstance(span, int):  # a reserve is changed, and stays as it is where the new one does not fit
            on = _on_at(on, span)
            own = kept_reserve(block, scenario.host, reserve) * block.virtual_processors
            others = sum(each for other, (_, each) in on.items() if other != name)
            if name not in on or own + others <= 100 * lps + _ROUNDING:
                held[name] = own
                on |= {name: (on[name][0], own)} if name in on else {}
            continue
        own = held.get(name, kept_reserve(block, scenario.host) * block.virtual_processors)
        if own == 0:
            continue
        on = _on_at(on, span.start)
        others = sum(each for _, each in on.values())
        if own + others > 100 * lps + _ROUNDING:
            yield Unreserved(name, index, own / 100, others / 100)
        else:
            on[name] = (span.stop, own)


def _in_turn(scenario: Scenario) -> list[tuple[str, int, Span | int, float]]:
    """List all starts, each with its span, and all changes of reserves, each with its time and the new one; at one time, starts first."""
    lives, found = Lives(scenario), list[tuple[int, int, str, int, Span | int, float]]()
    index_of, later = {}, started_by_tiers(scenario)
    for index, block in enumerate(scenario.partition):
        for name in guest_names(block):
            index_of[name] = index
            if name not in later:
                found += [(span.start, 0, name, index, span, 0.0) for span in lives.of(name, block)]
    for change in given(scenario, "processor", "reserve"):
        found.append((change.at, 1, change.target, index_of[change.target], change.at, change.value))
    return [each[2:] for each in sorted(found, key=lambda each: each[:2])]


def _on_at(on: Mapping[str, tuple[int | None, float]], now: int) -> dict[str, tuple[int | None, float]]:
    return {each: held for each, held in on.items() if held[0] is None or held[0] > now}


def reserve_advice(scenario: Scenario) -> Iterator[Fault]:
    """Warn of reserves that are not kept, and of guests that will not be started for theirs, once a block."""
    lps = known_lps(scenario)
    if lps is None or scenario.host.hypervisor == "none":
        return
    for index, block in enumerate(scenario.partition):
        kept = kept_reserve(block, scenario.host)
        if kept < block.processor.reserve:
            message = f"not guaranteed, as a guest has more VPs than LPs [TLFS2 18.2]; taken as {_pct(kept)}"
            yield Fault(_at(index), message)
    yield from _beyond_caps(scenario, lps)
    by_block: dict[int, list[Unreserved]] = {}
    for found in unreserved(scenario):
        by_block.setdefault(found.block, []).append(found)
    for index, refused in by_block.items():
        first = refused[0]
        why = f"its reserve of {first.own:g} LPs does not fit beside the {first.others:g} of the guests before it, on {lps} LPs"
        yield Fault(_at(index), not_starting([each.name for each in refused], why))


def _beyond_caps(scenario: Scenario, lps: int) -> Iterator[Fault]:
    """Warn of CPU groups whose caps do not pay for the reserves of all their guests."""
    for number, group in enumerate(scenario.host.cpu_group):
        cap = (len(group.logical_processors) or lps) * group.cap
        reserved = sum(
            kept_reserve(block, scenario.host) * block.virtual_processors * len(guest_names(block))
            for block in scenario.partition
            if block.processor.group == group.name
        )
        if group.cap < _ALL_PCT and reserved > cap + _ROUNDING:
            message = f"pays for {cap / 100:g} LPs, and the reserves of its guests come to {reserved / 100:g}: each counts for its part"
            yield Fault(("host", "cpu_group", number, "cap"), message)


def _at(index: int) -> Steps:
    return ("partition", index, "processor", "reserve")


def _pct(share_pct: float) -> str:
    return show(Percent().write(share_pct))
