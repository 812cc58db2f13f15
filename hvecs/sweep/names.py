"""The names of the files of a sweep: no other file in its folder is ever read, replaced or removed."""

import re
from collections.abc import Iterable
from typing import Final

from hvecs.output.inside import Entry
from hvecs.output.lock import LOCK_NAME
from hvecs.output.manifest import MANIFEST_NAME
from hvecs.output.staging import PARTIAL, folders_of

RUNS: Final = "runs"
SUMMARY_FILE: Final = "summary/summary.parquet"
OUTCOMES_FILE: Final = "outcomes/outcomes.parquet"
BATCH: Final = r"b\d{5,7}"
TABLE: Final = r"(?!(?:runs|summary|outcomes)$)[a-z][a-z0-9_]{0,63}"

_UNFINISHED: Final = re.compile(rf"(.+?)(?:\.(?:\d+-of-\d+|[0-9a-f]{{32}}))?{re.escape(PARTIAL)}")
_LOCK: Final = re.compile(rf"{LOCK_NAME}(?:-\d+-of-\d+)?")


def file_name(table: str, batch: str) -> str:
    """Name the file of a table and a batch."""
    return f"{table}/{batch}.parquet"


def record_name(batch: str) -> str:
    """Name the record of a batch; readers of Parquet folders pass over names with an underscore."""
    return f"{RUNS}/_{batch}.json"


def batch_files(tables: Iterable[str], batch: str) -> tuple[str, ...]:
    """Name the Parquet files of a batch, that of `runs` last."""
    return tuple(file_name(table, batch) for table in (*tables, RUNS))


def finished(name: str) -> str:
    """Give the name that an unfinished file is going to have; any other name as it is."""
    found = _UNFINISHED.fullmatch(name)
    return found[1] if found else name


class Layout:
    """All names of a sweep of these tables and batches."""

    def __init__(self, tables: Iterable[str], batches: Iterable[str]) -> None:
        tables = tuple(tables)
        names = {MANIFEST_NAME, SUMMARY_FILE, OUTCOMES_FILE}
        for batch in batches:
            names |= {record_name(batch), *batch_files(tables, batch)}
        self._names = frozenset(names)
        self._folders = folders_of(self._names)

    def enters(self, folder: str) -> bool:
        """Say whether a folder is one that the sweep has files in."""
        return folder in self._folders

    def is_ours(self, entry: Entry) -> bool:
        """Say whether something is a file of this sweep, finished or not, or its lock; an empty folder of it is too."""
        if entry.kind == "folder":
            return entry.name in self._folders
        return entry.kind == "file" and (
            finished(entry.name) in self._names or _LOCK.fullmatch(entry.name) is not None
        )
