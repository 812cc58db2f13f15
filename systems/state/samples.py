"""Samples of the counters: snapshots of the tables, kept until the columns of the output are worked out of them."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, NamedTuple

import numpy as np

import components
from components import Component
from systems.kernels.histogram import BUCKETS
from systems.kernels.numba_ext.by_address import by_address
from systems.state.memory import MEMORY_COMPONENTS, Memory
from systems.state.table_components import components_of
from systems.state.tables import COMPONENTS, Table, Tables

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
"""The tables whose columns only grow: of these a sample is what its interval added, of all others what is so when it is taken."""

_WORD = 8  # bytes of a word
_ROWS = 1 << 13
_LEAST = 32


@partial(by_address, views=("small",))
class SampleTables(NamedTuple):
    """A buffer of samples as kernels take it. `s` is the customary name of a value of this type.

    Each table that is sampled is a source: an array of 64-bit words, row after row. A snapshot holds the fields that are sampled, source after
    source, in the order of the component's fields, each for row after row: as columns of the output are worked out of them. What an interval
    added to a field that only grows is the difference of two snapshots.
    """

    time_ns: Table
    """When each sample was taken."""
    interval_ns: Table
    """How long before it the one before was."""
    taken: Table
    """One number: the samples in the buffer."""

    sources: Any
    """The arrays of words, in a tuple."""
    rows: Table
    """How many rows each source has."""
    widths: Table
    """How many words a row of each source has."""
    starts: Table
    """Where each source begins in a snapshot."""
    first_field: Table
    """First of the fields of each source that are sampled; one more at the end."""
    columns: Table
    """The place of each field that is sampled among the words of a row."""

    snapshots: Table
    """The buffer: a row a snapshot. The first is that of the sample before those in the buffer."""

    vp_sample: Annotated[Table, components.VpSample]
    request_sample: Annotated[Table, components.RequestSample]
    memory_sample: Annotated[Table, components.MemorySample]
    tier_sample: Annotated[Table, components.TierSample]
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


SAMPLE_COMPONENTS = components_of(SampleTables)
"""The tables that are filled when a sample is taken."""

SAMPLED_COMPONENTS: Mapping[str, type[Component]] = {
    **COMPONENTS,
    **{f"memory.{name}": component for name, component in MEMORY_COMPONENTS.items()},
    **SAMPLE_COMPONENTS,
}
"""The component of every table that can be sampled, by the name of the table; those of memory are called `memory.…`."""


class Place(NamedTuple):
    """Where the values of a field stand in a snapshot: that of row 0 at `start`, those of the other `rows` after it."""

    start: int
    rows: int
    dtype: Any
    grows: bool


class Samples:
    """The buffer of samples: which fields are sampled, and where their values are found."""

    def __init__(
        self, w: Tables, m: Memory, own: Mapping[type[Component], Table], fields: Iterable[str]
    ) -> None:
        """Make room for samples of `fields`, each "table.field": for all of the run, or as many as fill `_ROWS` rows of the largest table.

        For some samples there is room at least. `own` has the tables of `SAMPLE_COMPONENTS`.
        """
        fit = _ROWS // max(len(w.lps), len(w.vps), len(w.guests), 1)
        self.room = max(1, min(_most(w), max(_LEAST, fit)))
        filled = {name: own[component] for name, component in SAMPLE_COMPONENTS.items()}
        by_table: dict[str, set[str]] = {}
        for field in fields:
            table, _, name = field.rpartition(".")
            by_table.setdefault(table, set()).add(name)
        self.places: dict[str, Place] = {}
        layout = _Layout()
        for table, names in by_table.items():
            component = SAMPLED_COMPONENTS[table]
            matrix = as_matrix(filled[table] if table in filled else _table(w, m, table), component)
            every = component.dtype.names or ()  # in their order in memory
            columns = [at for at, name in enumerate(every) if name in names]
            start = layout.add(matrix, columns)
            for at, column in enumerate(columns):
                name = every[column]
                self.places[f"{table}.{name}"] = Place(
                    start + at * len(matrix), len(matrix), component.dtype[name], table in CUMULATIVE
                )
        self.tables = SampleTables(
            time_ns=np.zeros(self.room, np.int64),
            interval_ns=np.zeros(self.room, np.int64),
            taken=np.zeros(1, np.int64),
            **layout.arrays(self.room),
            **filled,
            small=as_matrix(filled["memory_sample"], components.MemorySample)[:, 0],
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
        """Empty the buffer; the last snapshot is what the next sample is compared with."""
        snapshots = self.tables.snapshots
        snapshots[0] = snapshots[self.taken]
        self.tables.taken[0] = 0

    def field(self, name: str) -> Any:
        """Return the values of a sampled field, "table.field", in the buffer: samples x entities."""
        start, rows, dtype, grows = self.places[name]
        snapshots = self.tables.snapshots[: self.taken + 1, start : start + rows]
        return snapshots[1:] - snapshots[:-1] if grows else snapshots[1:].view(dtype)


class _Layout:
    """Where the words of each source stand in a snapshot."""

    def __init__(self) -> None:
        self._sources: list[Any] = []
        self._starts: list[int] = []
        self._first_field = [0]
        self._columns: list[int] = []
        self._size = 0

    def add(self, matrix: Any, columns: list[int]) -> int:
        """Add a source, of which some columns are sampled; return where it begins in a snapshot."""
        start = self._size
        self._sources.append(matrix)
        self._starts.append(start)
        self._columns += columns
        self._first_field.append(len(self._columns))
        self._size += len(columns) * len(matrix)
        return start

    def arrays(self, room: int) -> dict[str, Any]:
        """Return the arrays of `SampleTables` that say so, and the buffer."""
        return {
            "sources": tuple(matrix.reshape(-1) for matrix in self._sources),
            "rows": np.array([len(matrix) for matrix in self._sources], np.int64),
            "widths": np.array([matrix.shape[1] for matrix in self._sources], np.int64),
            "starts": np.array(self._starts, np.int64),
            "first_field": np.array(self._first_field, np.int64),
            "columns": np.array(self._columns, np.int64),
            "snapshots": np.zeros((room + 1, self._size), np.int64),
        }


def _most(w: Tables) -> int:
    """Return how many samples a run takes at most."""
    clock = w.clock[0]
    return int(clock.end_ns // clock.sample_ns) + 2 if clock.sample_ns > 0 else 1


def _table(w: Tables, m: Memory, name: str) -> Table:
    room, _, within = name.rpartition(".")
    return getattr(m if room == "memory" else w, within)


def as_matrix(table: Table, component: type[Component]) -> Any:
    """View a table whose fields all have 64 bits as a matrix of words: a row an entity, each field a column, in their order in memory.

    Raises:
        TypeError: a field of the component is narrower.
    """
    record = component.dtype
    if any(record[name].itemsize != _WORD for name in component.fields):
        raise TypeError(f"{component.__name__} has narrow fields and cannot be sampled")
    return table.view(np.int64).view(np.ndarray).reshape(len(table), record.itemsize // _WORD)
