"""The sections of the report of a run, in the order in which a reader asks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from hvecs.report import (
    cpu,
    devices,
    host,
    inside,
    losses,
    memory,
    requests,
    response_parts,
    traps,
    waiting,
)
from hvecs.report.drawing import Drawing, part_of_page
from hvecs.report.host_sources import HostSource
from hvecs.report.source import RunSource


@dataclass(frozen=True)
class Section:
    """A heading and the figures below it."""

    anchor: str
    title: str
    drawings: tuple[Drawing, ...]


_OF_ALL: Final = ("requests", "response-parts", "devices")
"""Sections of what hosts share, or of guests wherever they are."""

Make = Callable[[RunSource], Iterator[Drawing]]

_SECTIONS: Final[tuple[tuple[str, str, Make], ...]] = (
    ("processors", "Processors", cpu.drawings),
    ("time", "Where the time goes", losses.drawings),
    ("requests", "Requests", requests.drawings),
    ("response-parts", "What responses are made of", response_parts.drawings),
    ("waiting", "Waiting", waiting.drawings),
    ("devices", "Shared storage and networks", devices.drawings),
    ("memory", "Memory", memory.drawings),
    ("traps", "What the hypervisor does", traps.drawings),
    ("inside", "What guests see of it", inside.drawings),
    ("host", "The host", host.drawings),
)


def sections_of(run: RunSource) -> Iterator[Section]:
    """Draw all sections of which the run has tables."""
    for anchor, title, make in _SECTIONS:
        yield from _section(anchor, title, make(run))


def sections_of_hosts(run: RunSource, hosts: Sequence[HostSource]) -> Iterator[Section]:
    """Draw all sections of a run of several hosts: what is of a host for each of `hosts`, side by side."""
    for anchor, title, make in _SECTIONS:
        if anchor in _OF_ALL:
            yield from _section(anchor, title, make(run))
        else:
            yield from _section(anchor, title, _of_each(hosts, make))


def _of_each(hosts: Sequence[HostSource], make: Make) -> Iterator[Drawing]:
    """Draw the figures of each host: the first figure of every host, then the second, and so on."""
    drawn = []
    for one in hosts:
        with part_of_page(f"on{one.number}"):
            drawn.append([replace(each, title=f"{one.name}: {each.title}") for each in make(one)])
    for figures in zip_longest(*drawn):
        yield from (each for each in figures if each is not None)


def _section(anchor: str, title: str, drawings: Iterable[Drawing]) -> Iterator[Section]:
    drawn = tuple(drawings)
    if drawn:
        yield Section(anchor, title, drawn)
