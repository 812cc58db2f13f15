"""The verdict on a folder of tables: the files of a run, or of a capture, read as they would have been written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.labels import Labels
from hvecs.verdict.judging import Verdict, judge
from hvecs.verdict.observer import Observer
from hvecs.verdict.own import Own

Open = Callable[[str], AbstractContextManager[Any]]
"""Opens the file of a table, by the table's name, for reading."""


def judge_tables(
    tables: Sequence[str],
    opened: Open,
    *,
    warm_up_ns: int = 0,
    own: Sequence[Own] = (),
    without_memory: Sequence[str] = (),
) -> Verdict:
    """Judge what the files of `tables` hold; the other arguments are as for a run.

    Raises:
        OSError, pyarrow.ArrowException: a file cannot be read.
    """
    observer = Observer(warm_up_ns, [measure for _, measure in own])
    for table, names in observer.wanted.items():
        if table in tables:
            with opened(table) as file:
                for columns in _groups(file, names):
                    observer.write(table, columns)
    return judge(observer.observed(), own, without_memory)


def _groups(file: Any, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Read a file a row group at a time."""
    with pq.ParquetFile(file) as parquet:
        held = [name for name in names if name in parquet.schema_arrow.names]
        for group in range(parquet.num_row_groups):
            read = parquet.read_row_group(group, columns=held, use_pandas_metadata=False)
            if read.num_rows:
                yield {name: _column(read[name].combine_chunks()) for name in held}


def _column(values: pa.Array) -> Any:
    if pa.types.is_string(values.type) or pa.types.is_dictionary(values.type):
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        names = np.array(encoded.dictionary.to_pylist(), object)
        return Labels(encoded.indices.to_numpy().astype(np.int32), names)
    return values.cast(pa.float64()).to_numpy(zero_copy_only=False)
