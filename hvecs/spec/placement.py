"""Which host each guest is on when it is started first.

Guests with a host of their own (`partition.host`) are counted first; then each other guest, in the order of the file, is given one of the
hosts that it fits, by `scenario.placement`. What a guest is on a host, it is while it is on (`start`, `stop` and events); what fits is
looked at over that time. Under by-load no guest is placed while a workload or tier breaks a rule. A guest fits a host that has the LPs of
its affinity, the threads of its virtual cores and its CPU group, where
its startup memory is left, on a NUMA node of the host if guests may not span them, and where its reserve is left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from hvecs.spec.expected_load import expected_loads, worth_of
from hvecs.spec.host_room import HostRoom
from hvecs.spec.lives import Lives, Span
from hvecs.spec.problems import Fault, by_host, did_you_mean, listing, show
from hvecs.spec.scenario import BY_LOAD, DEFAULT_PLACEMENT, Scenario, guest_names

Preference = Callable[[HostRoom, Sequence[Span], float], tuple[float, ...]]
"""The place of a host in the order in which a guest that is on in some spans, with some load, prefers those that it fits: the least first."""


def _by_memory(room: HostRoom, spans: Sequence[Span], _: float) -> tuple[float, ...]:
    return (-room.memory_left(spans),)


def _by_load(room: HostRoom, spans: Sequence[Span], load: float) -> tuple[float, ...]:
    return (round((room.load(spans) + load) / worth_of(room.host), _DIGITS), -room.memory_left(spans))


_DIGITS: Final = 9
"""Shares that differ by less are equal: sums of equal loads in another order are."""
_PREFERENCES: Final[Mapping[str, Preference]] = {
    "first-fit": lambda _, __, ___: (),
    "by-memory": _by_memory,
    BY_LOAD: _by_load,
}


class Unplaced(NamedTuple):
    """A guest that fits no host: its block, and what each host lacks."""

    name: str
    block: int
    lacks: tuple[str, ...]


class Placement(NamedTuple):
    """The index of the host of each guest, by its name, and the guests that have none."""

    host_of: dict[str, int]
    unplaced: tuple[Unplaced, ...]


NOWHERE: Final = Placement({}, ())


def placement(scenario: Scenario) -> dict[str, int]:
    """Give the index of the host of each guest, by its name; of a scenario that is valid, of every guest."""
    return placed(scenario).host_of


def placed(scenario: Scenario) -> Placement:
    """Place all guests; a guest of a host that there is not is passed over."""
    if len(scenario.hosts) == 1:
        return Placement({guest.name: 0 for guest in scenario.guests()}, ())
    rule = scenario.scenario.placement or DEFAULT_PLACEMENT
    loads = expected_loads(scenario) if rule == BY_LOAD else {}
    if loads is None:
        return NOWHERE
    rooms, lives, known = [HostRoom(host) for host in scenario.hosts], Lives(scenario), host_indices(scenario)
    found, unplaced = dict[str, int](), list[Unplaced]()
    others = list[tuple[int, str]]()
    for index, block in enumerate(scenario.partition):
        for name in guest_names(block):
            if block.host is None:
                others.append((index, name))
            elif block.host in known:
                found[name] = known[block.host]
                rooms[found[name]].take(block, lives.of(name, block), loads.get(name, 0.0))
    prefer = _PREFERENCES[rule]
    for index, name in others:
        block, load = scenario.partition[index], loads.get(name, 0.0)
        spans = lives.of(name, block)
        lacks = [room.lacks(block, spans) for room in rooms]
        fitting = [at for at, lacking in enumerate(lacks) if not lacking]
        if fitting:
            found[name] = min(fitting, key=lambda at: (*prefer(rooms[at], spans, load), at))
            rooms[found[name]].take(block, spans, load)
        else:
            unplaced.append(Unplaced(name, index, tuple(lacks)))
    order = (guest.name for guest in scenario.guests())
    return Placement({name: found[name] for name in order if name in found}, tuple(unplaced))


def host_indices(scenario: Scenario) -> dict[str, int]:
    """Give the index of each host that has a name; of two of one name that of the first."""
    found: dict[str, int] = {}
    for index, host in enumerate(scenario.hosts):
        if host.name is not None:
            found.setdefault(host.name, index)
    return found


def placement_faults(scenario: Scenario, unplaced: Sequence[Unplaced]) -> Iterator[Fault]:
    """Find guests of hosts that there are not, and guests that fit no host, one a block."""
    known = host_indices(scenario)
    for index, block in enumerate(scenario.partition):
        if block.host is not None and block.host not in known:
            hint = did_you_mean(block.host, known) or _expected(list(known))
            yield Fault(
                ("partition", index, "host"), f"there is no host {show(block.host)}{hint}", (("host",),)
            )
    for index, group in groupby(unplaced, key=lambda each: each.block):
        refused = list(group)
        first, more = refused[0], f" and {len(refused) - 1} more" if len(refused) > 1 else ""
        message = f"{show(first.name)}{more} fits no host: {_reasons(scenario, first)}"
        yield Fault(("partition", index), f"{message}; expected smaller guests, or more room", (("host",),))


def _reasons(scenario: Scenario, unplaced: Unplaced) -> str:
    names = [host.name or f"host[{index}]" for index, host in enumerate(scenario.hosts)]
    return by_host(list(zip(names, unplaced.lacks, strict=True)))


def _expected(known: Sequence[str]) -> str:
    return f"; expected one of {listing(known)}" if known else "; expected a [[host]] with this name"
