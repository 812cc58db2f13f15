"""The column that says which host a row is of: in runs of several hosts only."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final

import numpy as np

from hvecs.output.labels import Labels
from hvecs.output.leading_columns import TIME
from hvecs.output.table import Table, text

HOST: Final = text("host", "name of the host; only where there are several")
SHARED: Final = ("storage", "tier", "event", "migration", "runs")
"""Tables whose rows are of no host: volumes and tiers belong to all; paths of events name theirs, and so do migrations."""


def with_host(table: Table) -> Table:
    """Give a table as a run of several hosts has it: the host after the columns of time, or first."""
    if table.name in SHARED:
        return table
    times = {column.name for column in TIME}
    lead = len(list(takewhile(lambda column: column.name in times, table.columns)))
    return replace(table, columns=(*table.columns[:lead], HOST, *table.columns[lead:]))


def by_host(columns: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the host of rows, and which rows are of it, by the column `host`: in the order in which they come."""
    found = columns[HOST.name]
    if not isinstance(found, Labels):
        names, codes = np.unique(np.asarray(found, object), return_inverse=True)
        found = Labels(codes.astype(np.int32), names)
    codes, first = np.unique(found.codes, return_index=True)
    for code in codes[np.argsort(first)]:
        yield str(found.names[code]), found.codes == code
