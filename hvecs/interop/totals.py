"""The instance `_Total` of a counter set, from the other instances [LIST].

| what | `_Total` |
|---|---|
| percentages, and all of the logical processors | mean over the instances |
| averages (ns per dispatch, per intercept) | mean over what they are averages of |
| numbers and rates | sum |
| indices | none |
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from hvecs.interop.run_tables import CounterColumn

TOTAL: Final = "_Total"
TABLES: Final = (
    "logical_processor",
    "virtual_processor",
    "root_virtual_processor",
    "partition",
    "vid_partition",
)
"""Tables whose sets have such an instance in Windows."""


def weight_of(column: CounterColumn, names: Sequence[str]) -> str | None:
    """Name the column that counts what an average is made of; None if the counter is no average."""
    if column.unit != "ns" or not column.name.endswith(("_per_dispatch_ns", "_cost_ns")):
        return None
    name = "dispatches" if column.name.endswith("_per_dispatch_ns") else column.name.removesuffix("_cost_ns")
    return name if name in names else None


def has_total(column: CounterColumn) -> bool:
    """Tell whether there is such an instance of a counter."""
    return column.table in TABLES and column.unit != "index" and not column.of_root


def total(column: CounterColumn, values: Any, weights: Any | None) -> Any:
    """Give the total of each sample; values and weights have a row a sample, a column an instance, NaN where missing."""
    present = ~np.isnan(values)
    some = present.any(axis=1)
    if weights is not None:
        amounts = np.where(present, weights, 0.0)
        value, parts = np.nansum(values * amounts, axis=1), amounts.sum(axis=1)
    elif column.unit in {"%", "ns"} or column.table == "logical_processor":
        value, parts = np.nansum(values, axis=1), present.sum(axis=1)
    else:
        return np.where(some, np.nansum(values, axis=1), np.nan)
    return np.divide(value, parts, out=np.full(len(values), np.nan), where=some & (parts > 0))
