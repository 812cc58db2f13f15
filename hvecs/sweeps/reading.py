"""The table `runs` of a sweep or a run, read from files that are first held against what was written.

A file is read once, so that what is used is what was checked; nothing is decoded that does not have its size and hash.
"""

import io
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.errors import Damaged
from hvecs.output.record import FileRecord, fault_of, first_line
from hvecs.sweeps.manifest import SweepManifest
from hvecs.sweeps.names import RUNS, file_name
from hvecs.sweeps.place import Store
from hvecs.sweeps.plan import Batch
from hvecs.sweeps.records import BatchRecord

_MOST_BYTES: Final = 2**30
_MOST_ROWS: Final = 1_000_000
_MOST_DECODED_BYTES: Final = 8 * 2**30


def read_table(store: Store, name: str, record: FileRecord, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file, or some of its columns.

    Raises:
        Damaged: the file is missing, differs from its record, lacks a column, or is larger than any of ours.
    """
    content = store.read(name, min(record.size_bytes, _MOST_BYTES))
    if content is None:
        raise Damaged(store.path(name), "it is missing")
    what = fault_of(io.BytesIO(content), record)
    if what is None:
        try:
            return _decoded(content, columns)
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            what = f"it cannot be read: {first_line(error)}"
    raise Damaged(store.path(name), what)


def read_runs(
    store: Store, manifest: SweepManifest, batch: Batch, record: BatchRecord, columns: Sequence[str]
) -> pa.Table:
    """Read columns of the rows of a batch, one a run.

    Raises:
        Damaged: the file differs from its record, or its rows are not the runs of the batch.
    """
    name = file_name(RUNS, batch.name)
    table = read_table(store, name, record.files[name], ["run", "point", "replication", *columns])
    runs = manifest.runs[batch.start : batch.stop]
    for index, key in enumerate(("run", "point", "replication")):
        if table[key].to_pylist() != [run[index] for run in runs]:
            raise Damaged(store.path(name), f"its column {key} is not that of the runs in the manifest")
    return table


def _decoded(content: bytes, columns: Sequence[str] | None) -> pa.Table:
    file = pq.ParquetFile(io.BytesIO(content), pre_buffer=False)
    found = file.metadata
    size = sum(found.row_group(group).total_byte_size for group in range(found.num_row_groups))
    if found.num_rows > _MOST_ROWS or size > _MOST_DECODED_BYTES:
        raise ValueError(f"{found.num_rows} rows of {size} bytes are more than the table runs has")
    if columns is not None:
        names = set(file.schema_arrow.names)
        missing = [name for name in columns if name not in names]
        if missing:
            raise ValueError(f"it has no column {missing[0]!r}")
    table = file.read(columns=None if columns is None else list(columns), use_threads=False)
    table.validate(full=True)
    return table


def numbers(store: Store, name: str, column: pa.ChunkedArray) -> Any:
    """Give a column as float64, NaN for null. Raises Damaged if it holds no numbers."""
    if not (
        pa.types.is_integer(column.type)
        or pa.types.is_floating(column.type)
        or pa.types.is_boolean(column.type)
    ):
        raise Damaged(store.path(name), f"it holds {column.type} where numbers are expected")
    return column.cast(pa.float64(), safe=False).to_numpy()
