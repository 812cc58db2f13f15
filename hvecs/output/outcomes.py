"""Outcomes of partitions as columns of the table `runs`, named `partition.outcome`, alike for one run and for a sweep."""

import math
from collections.abc import Iterator, Mapping
from typing import Final, Literal, Protocol

from hvecs.output.table import Column

Workload = Literal["closed", "open", "idle"]
"""What a partition does; it decides which outcomes there are."""

Cell = int | float | None

MEASURED: Final = Column(
    "measured_ns", "int64", "ns", None, "simulated time after the warm-up", nullable=True
)
"""The column that stands before those of the partitions."""

TIMES: Final = ("guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns")
"""Where the time of a partition's VPs went."""

_COUNTS: Final = ("dispatches", "migrations", "wait_ns")
_PER_DISPATCH: Final = "wait_per_dispatch_ns"
_RESPONSES: Final = ("response_mean_ns", "response_p50_ns", "response_p95_ns", "response_p99_ns")
_OF_WORKLOAD: Final[Mapping[Workload, tuple[str, ...]]] = {
    "closed": ("elapsed_ns", "finished_ns", "work_ns"),
    "open": ("arrivals", "completions", "in_system", *_RESPONSES),
    "idle": (),
}


class PartitionFigures(Protocol):
    """The outcome of a partition, as the engine gives it: an attribute for each outcome."""

    @property
    def name(self) -> str:
        """The name of the partition."""

    @property
    def dispatches(self) -> int:
        """The number of its dispatches."""

    @property
    def wait_ns(self) -> int:
        """The time from ready to dispatched, summed over them."""


def partition_columns(name: str, workload: Workload) -> Iterator[Column]:
    """Declare a column for each outcome of one partition."""
    for outcome in (*TIMES, *_COUNTS, _PER_DISPATCH, *_OF_WORKLOAD[workload]):
        kind: Literal["int64", "float64"] = "float64" if _is_real(outcome) else "int64"
        unit = "ns" if outcome.endswith("_ns") else "count"
        yield Column(f"{name}.{outcome}", kind, unit, None, outcome, nullable=True)


def partition_cells(partition: PartitionFigures, workload: Workload) -> Iterator[tuple[str, Cell]]:
    """Give the value of each of these columns by its name; None where there is none."""
    for outcome in (*TIMES, *_COUNTS, *_OF_WORKLOAD[workload]):
        value: Cell = getattr(partition, outcome)
        absent = isinstance(value, float) and math.isnan(value)
        yield f"{partition.name}.{outcome}", None if absent else value
    yield f"{partition.name}.{_PER_DISPATCH}", wait_per_dispatch(partition)


def wait_per_dispatch(partition: PartitionFigures) -> float | None:
    """Give the mean time from ready to dispatched (ns); None without any dispatch."""
    return partition.wait_ns / partition.dispatches if partition.dispatches else None


def _is_real(outcome: str) -> bool:
    return outcome in (_PER_DISPATCH, *_RESPONSES)
