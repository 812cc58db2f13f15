"""The world: the only wrapper of esper, and owner of all component tables.

esper's world is global to the process, so one world lives at a time; making a new one ends the last.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import esper
import numpy as np

from components import Component, PageFrame, PartitionLayout
from components.archetypes import ARCHETYPES
from components.name import Name
from hvecs.engine.clock_view import ClockView
from hvecs.engine.stopwatch import Stopwatch
from hvecs.engine.turns import Turn
from hvecs.output.schema import sampled_fields
from systems import System
from systems.kernels.heap import Heap
from systems.kernels.jit import direct
from systems.loop import advance, prepare
from systems.policy import Policy
from systems.schedule import Schedule
from systems.state.memory import MEMORY_COMPONENTS, Memory
from systems.state.rings import make_rings
from systems.state.samples import SAMPLE_COMPONENTS, Samples
from systems.state.tables import BUFFER_FULL, COMPONENTS, OPERATIONS_FULL, POOL, POOL_EMPTY, TIER_POOL, Tables

_CONTEXT = "hvecs"
_SIMULATION = ARCHETYPES["simulation"][0]
_OF_SEVERAL = ("layouts.host", "migration_ends.host", "migration_ends.under_way")
"""Fields that are sampled where there are several hosts, for they say which host a row is of, and whether there is one."""

Drain = Callable[[], None]
Write = Callable[[str, Mapping[str, Any]], None]


class World:
    """The entities of all hosts, their component tables, and the systems that work on them."""

    tables: Tables
    memory: Memory
    samples: Samples
    clock: ClockView

    def __init__(self, schedule: Schedule, stopwatch: Stopwatch, context: str = _CONTEXT) -> None:
        """Begin an empty world, in which `schedule` says what runs; the last one of the same `context`, if any, ends."""
        self._context = context
        self.end()
        esper.switch_world(context)
        self.columns: dict[type[Component], Any] = {
            component: component.table(0)
            for components in (COMPONENTS, MEMORY_COMPONENTS, SAMPLE_COMPONENTS)
            for component in components.values()
        }
        self.columns |= {component: component.table(1) for component in _SIMULATION}
        self.entities: dict[str, np.ndarray[Any, np.dtype[np.int64]]] = {}
        self.names: list[str] = []
        self.device_names: dict[str, list[str]] = {"storage": [], "network": []}
        self.tier_names: list[str] = []
        self.host_names: list[str] = [""]
        self._frame_entities: dict[int, int] = {}
        self.schedule = schedule
        self.turns: list[Turn] = []
        self._acting: list[Turn] = []
        self._stopping: list[Turn] = []
        self.stopwatch = stopwatch
        self._with_rows: dict[int, Tables] = {}
        self._advance = advance
        self.on_rows: Write = _discard
        self.on_samples: Drain = _discard
        self.on_trace: Callable[[str], None] = _discard
        self._relief = {
            POOL_EMPTY: self.grow_pool,
            BUFFER_FULL: self.drain_traces,
            OPERATIONS_FULL: self.drain_operations,
        }

    def end(self) -> None:
        """Have esper forget the world."""
        if esper.current_world == self._context:
            esper.switch_world("default")
        if self._context in esper.list_worlds():
            esper.delete_world(self._context)

    def spawn(self, kind: str, rows: int) -> None:
        """Create `rows` entities of a kind, rows of new tables for each of its components; their ids stand in `entities`."""
        entities = [esper.create_entity() for _ in range(rows)]
        self.entities[kind] = np.array(entities, np.int64)
        self.attach(entities, kind)

    def spawn_simulation(self) -> None:
        """Create the one entity of the simulation, whose tables have stood from the beginning: after those whose ids stand in tables of the output."""
        entity = esper.create_entity()
        self.entities["simulation"] = np.array([entity], np.int64)
        for component in _SIMULATION:
            esper.add_component(entity, self.columns[component][0], type_alias=component)

    def attach(self, entities: Collection[int], kind: str) -> None:
        """Give each of `entities` a row of a new table for each component of a kind of entity."""
        for component in ARCHETYPES[kind][0]:
            table = self.make(component, len(entities))
            for row, entity in enumerate(entities):
                esper.add_component(entity, table[row], type_alias=component)

    def make(self, component: type[Component], rows: int) -> Any:
        """Make, and return, a new table of a component."""
        table = self.columns[component] = component.table(rows)
        return table

    def count(self, kind: str) -> int:
        """Return how many entities of a kind there are (see components.archetypes)."""
        archetype, _ = ARCHETYPES[kind]
        return len(self.columns[archetype[0]])

    def vps_of(self, partition: str) -> list[int]:
        """Return the entities of the VPs of the partition of this name, in order; raises KeyError where there is none."""
        for _, (name, layout) in esper.get_components(Name, PartitionLayout):
            if name.text == partition:
                vps = self.entities["virtual processor"][layout.first_vp :][: layout.vps]
                return [int(vp) for vp in vps]
        raise KeyError(f"no partition is named {partition}")

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
        """Return the entity of a page frame, made when it is first asked for: its component is the frame's row."""
        if not 0 <= frame < len(self.memory.frames):
            raise IndexError(f"there are {len(self.memory.frames)} page frames; no {frame}")
        if frame not in self._frame_entities:
            entity = self._frame_entities[frame] = esper.create_entity()
            esper.add_component(entity, self.memory.frames[frame], type_alias=PageFrame)
        return self._frame_entities[frame]

    def finish(
        self, policy: Policy, heaps: Mapping[str, Heap], arrays: Mapping[str, Any], memory: Memory
    ) -> None:
        """Bind the policy and all tables into the one value that kernels take, and memory into another."""
        tables = {name: self.columns[component] for name, component in COMPONENTS.items()}
        self.tables = Tables(policy=policy, schedule=self.schedule, **tables, **heaps, **arrays)
        self.memory = memory
        further = _OF_SEVERAL if len(self.host_names) > 1 else ()
        self.samples = Samples(self.tables, memory, self.columns, [*sampled_fields(), *further])
        self._first_tables = self.tables
        self.clock = ClockView(self.tables.clock)

    def is_finished(self) -> bool:
        """Tell whether the run has closed workloads and all of them are done."""
        return self.clock.is_finished

    def add_systems(self, systems: Sequence[System]) -> None:
        """Add `systems`, those of the schedule and the user's own, in their order; esper calls higher priorities first."""
        kernels = 0
        for place, system in enumerate(systems):
            its = [number for number, (kind, _) in enumerate(self.schedule.in_step) if kind is type(system)]
            turn = Turn(self, system, first=its[0] if its else kernels, kernels=len(its))
            kernels = max(kernels, turn.last)
            self.turns.append(turn)
            if turn.acts:
                self._acting.append(turn)
                if system.every != "sample":  # at which a stretch ends anyway
                    self._stopping.append(turn)
            system.host = self
            vars(system)["process"] = turn  # what esper calls: it knows whether the system is due
            esper.add_processor(system, priority=-place)

    def again(self, stopwatch: Stopwatch) -> None:
        """Be the world that is run, with the tables that it had before it was: who calls has put back what stands in them."""
        esper.switch_world(self._context)
        self.tables, self.stopwatch = self._first_tables, stopwatch

    def begin(self) -> None:
        """Set the first events. Compiles the kernels, or loads them."""
        with self.stopwatch.timing("compile_s"):
            prepare(self.tables)
            self._advance = direct(advance, self.tables, self.memory, 0, 0)
            self.run_kernels(0, 0)

    def run_kernels(self, until: int, last: int) -> None:
        """Make all steps up to `until`, the last one as far as the kernel before number `last`, and relieve what is full."""
        while (status := self._advance(self.tables, self.memory, until, last)) in self._relief:
            self._relief[status]()

    def advance(self, until: int) -> None:
        """Make all steps up to `until` (ns): kernels in one stretch, interrupted for the systems without one that are due there."""
        reached = -1
        for turn in self._acting:
            # before the first kernel, what a system does may end the step elsewhere
            if turn.first != reached or not reached:
                self.run_kernels(until, turn.first)
                reached = turn.first
            if not self.is_finished() or turn.first > self.clock.place:
                turn(until)
        self.run_kernels(until, self.schedule.kernels)

    def step(self, until: int) -> None:
        """Make all steps up to `until` (ns), in each of which esper calls every system."""
        while self.clock.stepped_ns < until and not self.is_finished():
            esper.process(self.step_end(until))

    def step_end(self, until: int) -> int:
        """Return when the step that is next, or in progress, ends: at `until` at the latest."""
        self.run_kernels(until, -1)
        return self.clock.step_end_ns

    def next_stop(self, until: int) -> int:
        """Return the time, `until` at the latest, at which a system without a kernel is due next."""
        for turn in self._stopping:
            until = turn.next_due(until)
        return until

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Append rows to a table of the output."""
        self.on_rows(table, columns)

    def grow_pool(self) -> None:
        """Replace the pool of tasks by one twice as large; rows keep their numbers."""
        first = len(self.tables.tasks)
        rows = max(1024, 2 * first)
        pool = _longer_pool(self.tables, rows)
        free = np.arange(first, rows)
        pool["tasks"].next_task[free[:-1]] = free[1:]
        pool["tasks"].next_task[rows - 1] = self.tables.scheduler[0].first_free_task
        self.tables.scheduler[0].first_free_task = first
        self.tables.scheduler[0].free_tasks += rows - first
        self.tables = self._with_pool(rows, pool)
        self._advance = direct(advance, self.tables, self.memory, 0, 0)

    def _with_pool(self, rows: int, pool: Mapping[str, Any]) -> Tables:
        """Return the tables with another pool; a world that is run again has them once for each number of rows, as they are unpacked for kernels."""
        if self._context == _CONTEXT:
            return self.tables._replace(**pool)
        if rows not in self._with_rows:
            self._with_rows[rows] = self.tables._replace(**pool)
        for name, table in pool.items():
            getattr(self._with_rows[rows], name)[:] = table
        return self._with_rows[rows]

    def drain_samples(self) -> None:
        """Hand the buffered samples on and empty the buffer."""
        if self.samples.taken:
            self.on_samples()
        self.samples.clear()

    def drain_traces(self) -> None:
        """Hand the buffered rows of the event tables on and empty their buffers."""
        scheduler, cluster = self.tables.scheduler[0], self.tables.cluster[0]
        traces = {
            "dispatch": scheduler.dispatch_rows,
            "intercept": scheduler.intercept_rows,
            "migration": cluster.rows,
        }
        for table, rows in traces.items():
            if rows:
                self.on_trace(table)
        scheduler.dispatch_rows = scheduler.intercept_rows = cluster.rows = 0

    def drain_operations(self) -> None:
        """Hand the buffered rows of the trace of memory operations on and empty the buffer."""
        if self.memory.progress[0].operations:
            self.on_trace("memory_operation")
        self.memory.progress[0].operations = 0


def _discard(*_: Any) -> None:
    """Drop what was buffered, or rows of a table."""


def _longer_pool(tables: Tables, rows: int) -> dict[str, Any]:
    """Return the tables of a pool of so many rows, which begin as those of the present one; what tiers keep only where there are any."""
    pool = POOL | (TIER_POOL if len(tables.tiers) else {})
    longer = {name: _longer(getattr(tables, name), component.table(rows)) for name, component in pool.items()}
    if not len(tables.tiers):
        return longer
    lists = len(tables.tiers) + len(tables.members)
    return longer | {
        "tier_lists": _longer(tables.tier_lists, make_rings(rows, lists)),
        "due_lists": _longer(tables.due_lists, make_rings(rows, len(tables.tiers))),
    }


def _longer(old: Any, new: Any) -> Any:
    new[: len(old)] = old
    return new
