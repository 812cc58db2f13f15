"""Samples of the counters: what each sampling interval added, kept column by column until the columns are written."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from components import Component, MemorySample, RequestSample, TierSample, VpSample
from systems.kernels.histogram import BUCKETS
from systems.kernels.numba_ext.by_address import by_address
from systems.state.memory import MEMORY_COMPONENTS, Memory
from systems.state.table_components import COMPONENTS
from systems.state.tables import Table, Tables

CUMULATIVE = (
    "lp_times",
    "lp_traps",
    "vp_times",
    "vp_waits",
    "vp_traps",
    "guest_times",
    "request_times",
    "disk_times",
    "adapter_times",
    "tier_times",
    "migration_times",
)
"""The tables whose columns only grow; a sample holds what its interval added. Of all others it holds what is so when it is taken."""

SAMPLE_COMPONENTS: Mapping[str, type[Component]] = {
    "vp_sample": VpSample,
    "request_sample": RequestSample,
    "memory_sample": MemorySample,
    "tier_sample": TierSample,
}
"""The tables that are filled when a sample is taken."""

SAMPLED_COMPONENTS: Mapping[str, type[Component]] = {
    **COMPONENTS,
    **{f"memory.{name}": component for name, component in MEMORY_COMPONENTS.items()},
    **SAMPLE_COMPONENTS,
}
"""The component of every table that can be sampled, by the name of the table; those of memory are called `memory.…`."""

_WORD = 8  # bytes of a word
_ROWS = 1 << 13


@partial(by_address, views=("small",))
class SampleTables(NamedTuple):
    """A buffer of samples as kernels take it. `s` is the customary name of a value of this type.

    Each table that is sampled is a source: a matrix of 64-bit words, a row an entity and a column a field. Each field that is
    sampled has a column of the buffer, in which the values of one sample lie side by side, by entity, and the samples one after the
    other.
    """

    time_ns: Table
    """When each sample was taken."""
    interval_ns: Table
    """How long before it the one before was."""
    taken: Table
    """One number: the samples in the buffer."""

    sources: Any
    """The matrices, in a tuple."""
    rows: Table
    """How many entities each source has."""
    grows: Table
    """1 for each source whose fields only grow."""
    first_field: Table
    """First of the fields of each source; one more at the end."""

    columns: Table
    """Where each field stands in its source."""
    starts: Table
    """Where its column of the buffer begins."""
    earlier: Table
    """Where the values of the sample before begin in `before`."""

    values: Table
    """The buffer: every column of it, one after the other."""
    before: Table
    """Each field that grows, by entity, at the last sample."""

    vp_sample: Table
    request_sample: Table
    memory_sample: Table
    tier_sample: Table
    small: Table
    """The column of `memory_sample`, by partition."""
    completed: Table
    """Requests completed at the last sample, by open workload."""
    responses: Table
    """Response times of the measured part of the run, one histogram an open workload."""
    tier_completed: Table
    """Requests answered at the last sample, by tier."""
    tier_responses: Table
    """Response times of the measured part of the run, one histogram a tier."""


class Samples:
    """The buffer of samples: which fields are sampled, and where their values are found."""

    def __init__(
        self, w: Tables, m: Memory, own: Mapping[type[Component], Table], fields: Iterable[str]
    ) -> None:
        """Make room for samples of `fields`, each "table.field": for all of the run, or as many as fill a few thousand rows of the largest table.

        `own` has the tables of `SAMPLE_COMPONENTS`.
        """
        self.room = max(1, min(_most(w), _ROWS // max(len(w.lps), len(w.vps), len(w.guests), 1)))
        filled = {name: own[component] for name, component in SAMPLE_COMPONENTS.items()}
        by_table: dict[str, list[str]] = {}
        for field in dict.fromkeys(fields):
            table, _, name = field.rpartition(".")
            by_table.setdefault(table, []).append(name)
        self._places: dict[str, tuple[int, int, Any]] = {}
        layout = _Layout(self.room)
        for table, names in by_table.items():
            component = SAMPLED_COMPONENTS[table]
            matrix = as_matrix(filled[table] if table in filled else _table(w, m, table), component)
            for name in names:
                where = layout.place(component, name, len(matrix))
                self._places[f"{table}.{name}"] = (where, len(matrix), component.dtype[name])
            layout.close(matrix, grows=table in CUMULATIVE)
        self.tables = SampleTables(
            time_ns=np.zeros(self.room, np.int64),
            interval_ns=np.zeros(self.room, np.int64),
            taken=np.zeros(1, np.int64),
            **layout.arrays(),
            **filled,
            small=as_matrix(filled["memory_sample"], MemorySample)[:, 0],
            completed=np.zeros(len(w.open), np.int64),
            responses=np.zeros((len(w.open), BUCKETS), np.int64),
            tier_completed=np.zeros(len(w.tiers), np.int64),
            tier_responses=np.zeros((len(w.tiers), BUCKETS), np.int64),
        )

    @property
    def taken(self) -> int:
        """How many samples the buffer holds."""
        return int(self.tables.taken[0])

    @property
    def responses(self) -> Any:
        """Response times of the measured part of the run, one histogram an open workload."""
        return self.tables.responses

    def clear(self) -> None:
        """Empty the buffer."""
        self.tables.taken[0] = 0

    def field(self, name: str) -> Any:
        """Return the values of a sampled field, "table.field", in the buffer: samples x entities."""
        start, rows, dtype = self._places[name]
        values = self.tables.values[start : start + self.taken * rows]
        return values.view(dtype).reshape(self.taken, rows)


class _Layout:
    """Where each field that is sampled stands, source by source."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._sources: list[Any] = []
        self._grows: list[int] = []
        self._first_field = [0]
        self._columns: list[int] = []
        self._starts: list[int] = []
        self._earlier: list[int] = []
        self._size = self._before = 0

    def place(self, component: type[Component], name: str, rows: int) -> int:
        """Give a field of the present source a column of the buffer, and return where that begins."""
        start = self._size
        self._columns.append((component.dtype.names or ()).index(name))
        self._starts.append(start)
        self._earlier.append(self._before)
        self._size += self._room * rows
        self._before += rows
        return start

    def close(self, matrix: Any, *, grows: bool) -> None:
        """End the present source."""
        self._sources.append(matrix)
        self._grows.append(int(grows))
        self._first_field.append(len(self._columns))

    def arrays(self) -> dict[str, Any]:
        """Return the arrays of `SampleTables` that say so, and the buffer."""
        return {
            "sources": tuple(self._sources),
            "rows": np.array([len(matrix) for matrix in self._sources], np.int64),
            "grows": np.array(self._grows, np.int64),
            "first_field": np.array(self._first_field, np.int64),
            "columns": np.array(self._columns, np.int64),
            "starts": np.array(self._starts, np.int64),
            "earlier": np.array(self._earlier, np.int64),
            "values": np.zeros(self._size, np.int64),
            "before": np.zeros(self._before, np.int64),
        }


def _most(w: Tables) -> int:
    """Return how many samples a run takes at most."""
    clock = w.clock[0]
    return int(clock.end_ns // clock.sample_ns) + 2 if clock.sample_ns > 0 else 1


def _table(w: Tables, m: Memory, name: str) -> Table:
    room, _, within = name.rpartition(".")
    return getattr(m if room == "memory" else w, within)


def _offset(component: type[Component], name: str) -> int:
    fields: Any = component.dtype.fields
    return int(fields[name][1])


def as_matrix(table: Table, component: type[Component]) -> Any:
    """View a table whose fields all have 64 bits as a matrix of words: a row an entity, each field a column, in their order in memory.

    Raises:
        TypeError: a field of the component is narrower.
    """
    record = component.dtype
    if any(record[name].itemsize != _WORD for name in component.fields):
        raise TypeError(f"{component.__name__} has narrow fields and cannot be sampled")
    return table.view(np.int64).view(np.ndarray).reshape(len(table), record.itemsize // _WORD)
