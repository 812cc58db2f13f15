"""A Parquet file beside those of the batches: written whole under a name of its own, then published."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.arrow import arrow_schema
from hvecs.output.errors import disk
from hvecs.output.record import FileRecord, HashedFile
from hvecs.output.table import Table
from hvecs.sweep.place import Store

_AT_ONCE: Final = 10_000
"""Rows that are in memory at a time; the table of a large sweep has a million."""


def write_rows(store: Store, name: str, table: Table, rows: Iterable[Mapping[str, Any]]) -> FileRecord:
    """Write the rows of a table; gives the record of the file. Raises Unwritable, and leaves nothing then."""
    schema, waiting, written = arrow_schema(table), iter(rows), 0
    file = HashedFile(store.begin(name))
    try:
        with disk(store.path(name)):
            with pq.ParquetWriter(pa.PythonFile(file, mode="w"), schema, compression="zstd") as writer:
                while part := list(islice(waiting, _AT_ONCE)):
                    writer.write_table(pa.Table.from_pylist(part, schema=schema))
                    written += len(part)
            file.close()
        store.publish(name)
    except BaseException:
        file.close()
        store.discard(name)
        raise
    return file.record(written)
