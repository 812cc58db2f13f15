"""The verdict on a folder of tables: the files of a run, or of a capture, read as they would have been written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.labels import Labels
from hvecs.verdict.by_host import Hosts
from hvecs.verdict.judging import Verdict
from hvecs.verdict.own import Own
from hvecs.verdict.sufferers import NOBODY_WITHOUT, WithoutMemory

_ENOUGH_ROWS: Final = 65_536

Open = Callable[[str], AbstractContextManager[Any]]
"""Opens the file of a table, by the table's name, for reading."""


def judge_tables(
    tables: Sequence[str],
    opened: Open,
    *,
    warm_up_ns: int = 0,
    own: Sequence[Own] = (),
    absent: WithoutMemory = NOBODY_WITHOUT,
) -> Verdict:
    """Judge what the files of `tables` hold; the other arguments are as for a run.

    Raises:
        OSError, pyarrow.ArrowException: a file cannot be read.
    """
    observer = Hosts(warm_up_ns, [measure for _, measure in own])
    for table, names in observer.wanted.items():
        if table in tables:
            with opened(table) as file:
                for columns in _groups(file, names):
                    observer.write(table, columns)
    return observer.verdict(own, absent)


def _groups(file: Any, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Read a file some row groups at a time."""
    with pq.ParquetFile(file, pre_buffer=False) as parquet:
        held = [name for name in names if name in parquet.schema_arrow.names]
        for groups in _together(parquet):
            read = parquet.read_row_groups(groups, columns=held, use_threads=False)
            if read.num_rows:
                yield {name: _column(read[name].combine_chunks()) for name in held}


def _together(parquet: pq.ParquetFile) -> Iterator[list[int]]:
    """Give the numbers of row groups in order, as many together as have enough rows: small reads cost more than their rows."""
    groups: list[int] = []
    rows = 0
    for group in range(parquet.num_row_groups):
        groups.append(group)
        rows += parquet.metadata.row_group(group).num_rows
        if rows >= _ENOUGH_ROWS:
            yield groups
            groups, rows = [], 0
    if groups:
        yield groups


def _column(values: pa.Array) -> Any:
    if pa.types.is_string(values.type) or pa.types.is_dictionary(values.type):
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        names = np.array(encoded.dictionary.to_pylist(), object)
        return Labels(encoded.indices.to_numpy().astype(np.int32), names)
    return values.cast(pa.float64()).to_numpy(zero_copy_only=False)
