"""The files of a finished run or capture, opened for reading: no link inside the folder is followed."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hvecs.output.errors import Damaged, OutputError
from hvecs.output.inside import open_inside
from hvecs.output.manifest import RESOLVED_NAME
from hvecs.output.record import first_line

_MOST_RESOLVED_BYTES: Final = 1 << 30
"""It holds the values of the data files, so it may be larger than what is read as a scenario."""


@contextmanager
def open_table(folder: Path, name: str) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file inside a folder.

    Raises:
        Damaged: it is missing, a link, or cannot be read, also where that shows within the block only.
    """
    try:
        opened = open_inside(folder, name)
    except OSError as error:
        raise _damaged(folder / name, error) from error
    with opened:
        try:
            with pq.ParquetFile(opened, pre_buffer=False) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OutputError) or getattr(error, "errno", None):
                raise  # of what the block writes: errors of Arrow have no number
            raise _damaged(folder / name, error) from error


def read_resolved(folder: Path) -> dict[str, Any]:
    """Read the scenario of a run as it was run, every default filled in, as plain TOML.

    Raises:
        Damaged: it is missing, or no TOML.
    """
    try:
        with open_inside(folder, RESOLVED_NAME) as file:
            return tomllib.loads(file.read(_MOST_RESOLVED_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(folder / RESOLVED_NAME, error) from error


def _damaged(path: Path, error: Exception) -> Damaged:
    reason = error.reason if isinstance(error, OutputError) else getattr(error, "strerror", None)
    return Damaged(path, f"it cannot be read: {reason or first_line(error)}")
