"""The sections of the report of a run, in the order in which a reader asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from hvecs.report.drawing import Drawing
from hvecs.report.source import RunSource


@dataclass(frozen=True)
class Section:
    """A heading and the figures below it."""

    anchor: str
    title: str
    drawings: tuple[Drawing, ...]


_SECTIONS: Final[tuple[tuple[str, str, Callable[[RunSource], Iterator[Drawing]]], ...]] = (
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
        drawings = tuple(make(run))
        if drawings:
            yield Section(anchor, title, drawings)
