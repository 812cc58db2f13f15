"""What a system is: an esper processor that says when it has its turn, and what it reads and writes."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal, Protocol

import esper

import components as nouns
from components import Component
from systems.state.memory import Memory
from systems.state.samples import Samples
from systems.state.tables import Tables

Kernel = Callable[..., Any]

Every = Literal["step", "period", "sample"] | int
"""How often: every step, every period of Dynamic Memory, every sample, or every so many ns."""


def components(names: str) -> frozenset[type[Component]]:
    """Return the components of these names, which spaces part; raises AttributeError for one that there is not."""
    return frozenset(getattr(nouns, name) for name in names.split())


class Host(Protocol):
    """What a system knows of the world around it."""

    tables: Tables
    memory: Memory
    samples: Samples

    def run_kernels(self, until: int, last: int) -> None:
        """Call the kernels before number `last` in the step that ends at `until`, and in all steps before."""

    def drain_samples(self) -> None:
        """Hand the buffered samples on and empty the buffer."""

    def vps_of(self, partition: str) -> list[int]:
        """Return the entities of the VPs of the partition of this name, in order; raises KeyError where there is none."""

    def write(self, table: str, columns: dict[str, Any]) -> None:
        """Append rows to a table of the output."""


class System(esper.Processor):
    """A verb of the model.

    It acts once a step, by a kernel, or by `process`, which is then called as often as `every` says; in the events that
    `systems.SCHEDULE` says it owns; or in both.

    Attributes:
        why_here: why it stands at its place in the order.
        reads: the components it only reads.
        writes: those it writes.
        kernel: (w, m, until) -> status; what it does in the step that ends at `until`, compiled.
        begin: (w); sets its first events in a new world.
        ends_step: (w, m, now) -> time; the first time after `now` at which a step must end for its sake.
        every: how often `process` is called, where there is no kernel.
        after: of a system of one's own: the system after which it has its turn.
        table: of a system of one's own: the table of the output that it writes, an hvecs.output.table.Table.
        host: the world; there from the moment at which the system is added to it.
    """

    why_here: ClassVar[str] = ""
    reads: ClassVar[frozenset[type[Component]]] = frozenset()
    writes: ClassVar[frozenset[type[Component]]] = frozenset()
    kernel: ClassVar[Kernel | None] = None
    begin: ClassVar[Kernel | None] = None
    ends_step: ClassVar[Kernel | None] = None
    every: ClassVar[Every] = "step"
    after: ClassVar[str] = ""
    table: ClassVar[Any] = None
    host: Host

    def process(self, until: int) -> None:
        """Do what is to be done at `until` (ns), the end of the step; nothing, for one that only has events."""
