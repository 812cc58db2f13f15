"""What a system is: an esper processor that declares its phase, its place, and what it reads and writes."""

from enum import IntEnum
from typing import ClassVar, Protocol

import esper

from components import Component
from systems.state.memory import Memory
from systems.state.samples import Samples
from systems.state.tables import Tables


class Phase(IntEnum):
    """The phases of a step, in order."""

    DEMAND = 1
    INTERRUPTS = 2
    INTERCEPTS = 3
    HYPERCALLS = 4
    SCHEDULING = 5
    MEMORY_DEMAND = 6
    PAGING = 7
    MEMORY_BALANCING = 8
    COUNTERS = 9
    TRACES = 10


class Host(Protocol):
    """What a system knows of the world around it."""

    tables: Tables
    memory: Memory
    samples: Samples

    def grow_requests(self) -> None:
        """Replace the pool of requests by one twice as large."""

    def drain_traces(self) -> None:
        """Hand the buffered rows of the event tables on and empty their buffers."""

    def drain_operations(self) -> None:
        """Hand the buffered rows of the trace of memory operations on and empty the buffer."""

    def drain_samples(self) -> None:
        """Hand the buffered samples on and empty the buffer."""


class System(esper.Processor):
    """A verb of the model.

    `process(until)` advances the system's part of the world to the end of the step, `until` (ns).
    """

    phase: ClassVar[Phase]
    why_here: ClassVar[str]
    reads: ClassVar[frozenset[type[Component]]]
    writes: ClassVar[frozenset[type[Component]]]

    def __init__(self, host: Host) -> None:
        """Let the system work on `host`."""
        self.host = host

    def process(self, until: int) -> None:
        """Advance to `until` (ns)."""
        raise NotImplementedError


def is_finished(w: Tables) -> bool:
    """Tell whether the run has closed workloads and all of them are done."""
    clock = w.clock[0]
    return bool(clock.has_jobs) and clock.unfinished_jobs == 0
