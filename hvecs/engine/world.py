"""The world: the only wrapper of esper, and owner of all component tables.

esper's world is global to the process, so one world lives at a time; making a new one ends the last.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import esper
import numpy as np

from components import Component, PageFrame, Request
from components.archetypes import Archetype
from components.name import Name
from systems import System
from systems.kernels.heap import Heap
from systems.policy import Policy
from systems.state.memory import MEMORY_COMPONENTS, Memory
from systems.state.samples import Samples
from systems.state.tables import COMPONENTS, Tables

_CONTEXT = "hvecs"

FIRST_FRAME_ENTITY = 1 << 40
"""The entity of page frame 0; the others follow. Beyond the ids of all other entities."""

Drain = Callable[[], None]


class World:
    """The entities of one host, their component tables, and the systems that work on them."""

    tables: Tables
    memory: Memory
    samples: Samples

    def __init__(self) -> None:
        """Begin an empty world; the last one, if any, ends."""
        if esper.current_world == _CONTEXT:
            esper.switch_world("default")
        if _CONTEXT in esper.list_worlds():
            esper.delete_world(_CONTEXT)
        esper.switch_world(_CONTEXT)
        self.columns: dict[type[Component], Any] = {
            component: component.table(0) for component in (*COMPONENTS.values(), *MEMORY_COMPONENTS.values())
        }
        self.entities: dict[str, np.ndarray[Any, np.dtype[np.int64]]] = {}
        self.names: list[str] = []
        self.on_samples: Drain = _discard
        self.on_dispatches: Drain = _discard
        self.on_operations: Drain = _discard
        self.on_intercepts: Drain = _discard

    def spawn(self, kind: str, archetype: Archetype, rows: int) -> None:
        """Create `rows` entities, rows of new tables for each component of `archetype`; their ids stand in `entities`."""
        entities = [esper.create_entity() for _ in range(rows)]
        self.entities[kind] = np.array(entities, np.int64)
        self.attach(entities, archetype)

    def attach(self, entities: Iterable[int], archetype: Archetype) -> None:
        """Give each of `entities` a row of a new table for each component of `archetype`."""
        entities = list(entities)
        for component in archetype:
            table = component.table(len(entities))
            self.columns[component] = table
            for row, entity in enumerate(entities):
                esper.add_component(entity, table[row], type_alias=component)

    def name_partitions(self, names: Iterable[str]) -> None:
        """Name the partitions, in order."""
        self.names = list(names)
        for entity, name in zip(self.entities["partition"].tolist(), self.names, strict=True):
            esper.add_component(entity, Name(name))

    def bind_memory(self, **arrays: Any) -> Memory:
        """Bind the tables of memory, with further arrays, into the value that kernels take."""
        tables = {name: self.columns[component] for name, component in MEMORY_COMPONENTS.items()}
        return Memory(**tables, **arrays)

    def frame_entity(self, frame: int) -> int:
        """Return the entity of a page frame, and let esper know it: its component is the frame's row."""
        if not 0 <= frame < len(self.memory.frames):
            raise IndexError(f"there are {len(self.memory.frames)} page frames; no {frame}")
        entity = FIRST_FRAME_ENTITY + frame
        if not esper.entity_exists(entity):
            esper._entities[entity] = {}  # noqa: SLF001  # esper numbers entities itself; these ids are reserved
            esper.add_component(entity, self.memory.frames[frame], type_alias=PageFrame)
        return entity

    def finish(
        self, policy: Policy, heaps: Mapping[str, Heap], arrays: Mapping[str, Any], memory: Memory
    ) -> None:
        """Bind the policy and all tables into the one value that kernels take, and memory into another."""
        tables = {name: self.columns[component] for name, component in COMPONENTS.items()}
        self.tables = Tables(policy=policy, **tables, **heaps, **arrays)
        self.memory = memory
        self.samples = Samples(self.tables, memory)

    def add_systems(self, systems: Iterable[type[System]]) -> None:
        """Add `systems` in their order; esper calls higher priorities first."""
        for place, system in enumerate(systems):
            esper.add_processor(system(self), priority=-place)

    def process(self, until: int) -> None:
        """Let every system make one step, up to `until` (ns)."""
        esper.process(until)

    def system(self, kind: type[System]) -> System:
        """Return the system of this kind."""
        found = esper.get_processor(kind)
        assert isinstance(found, kind)  # noqa: S101  # add_systems put it there
        return found

    def grow_requests(self) -> None:
        """Replace the pool of requests by one twice as large; rows keep their numbers."""
        old = self.tables.requests
        rows = max(1024, 2 * len(old))
        pool = Request.table(rows)
        pool[: len(old)] = old
        free = np.arange(len(old), rows)
        pool.next_task[free[:-1]] = free[1:]
        pool.next_task[rows - 1] = self.tables.scheduler[0].first_free_request
        self.tables.scheduler[0].first_free_request = len(old)
        self.tables = self.tables._replace(requests=pool)

    def drain_samples(self) -> None:
        """Hand the buffered samples on and empty the buffer."""
        if self.samples.taken:
            self.on_samples()
        self.samples.taken = 0

    def drain_traces(self) -> None:
        """Hand the buffered rows of the event tables on and empty their buffers."""
        scheduler = self.tables.scheduler[0]
        if scheduler.dispatch_rows:
            self.on_dispatches()
        if scheduler.intercept_rows:
            self.on_intercepts()
        scheduler.dispatch_rows = scheduler.intercept_rows = 0

    def drain_operations(self) -> None:
        """Hand the buffered rows of the trace of memory operations on and empty the buffer."""
        if self.memory.state[0].operations:
            self.on_operations()
        self.memory.state[0].operations = 0


def _discard() -> None:
    """Drop what was buffered."""
