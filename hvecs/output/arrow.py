"""From declared tables to Arrow schemas."""

from collections.abc import Iterable

import pyarrow as pa

from hvecs.output.schema import SCHEMA_VERSION
from hvecs.output.table import Column, Table

ARROW_TYPES = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}


def arrow_schema(table: Table) -> pa.Schema:
    """Give the Arrow schema of `table`, with its meaning, the schema version and the meaning of every field.

    Table metadata: `table`, `doc`, `schema_version`. Field metadata: `unit`, `doc`, and `counter` (with `root_counter`)
    where Windows has that counter.
    """
    metadata = {"table": table.name, "doc": table.doc, "schema_version": SCHEMA_VERSION}
    return pa.schema(_fields(table.columns), metadata=metadata)


def _fields(columns: Iterable[Column]) -> list[pa.Field]:
    """Give the Arrow fields of `columns`, in their order."""
    return [
        pa.field(column.name, ARROW_TYPES[column.type], nullable=column.nullable, metadata=_metadata(column))
        for column in columns
    ]


def _metadata(column: Column) -> dict[str, str]:
    """Give what a reader of the file needs to know about `column`."""
    optional = {"counter": column.counter, "root_counter": column.root_counter}
    return {"unit": column.unit, "doc": column.doc} | {key: path for key, path in optional.items() if path}
