"""Rows of a table by what they are about, in one pass however many those are."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa


def groups(keys: Any) -> Iterator[tuple[str, Any]]:
    """Give each key and its rows, ascending, in the order in which the keys appear; rows without a key are left out."""
    encoded = pa.array(np.asarray(keys, object), pa.string()).dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy()
    ends = np.cumsum(np.bincount(codes, minlength=len(encoded.dictionary)))
    rows = np.split(np.argsort(codes, kind="stable"), ends)
    yield from zip(encoded.dictionary.to_pylist(), rows, strict=False)  # what comes last has no key
