"""Outcomes of partitions as columns of the table `runs`, named `partition.outcome`, alike for one run and for a sweep."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, Protocol

from hvecs.output.judged import host_prefix
from hvecs.output.table import Column
from hvecs.output.tier_schema import PARTS

Workload = Literal["closed", "open", "idle"]
"""What a partition does; it decides which outcomes there are."""

Cell = int | float | None

MEASURED: Final = Column(
    "measured_ns", "int64", "ns", None, "simulated time after the warm-up", nullable=True
)
"""The column that stands before those of the partitions."""

NOT_STARTED: Final = Column(
    "not_started",
    "string",
    "text",
    None,
    "guests that did not start because their memory, CPU reserve or host was not to be had, a JSON array of names; null when all did",
    nullable=True,
)
"""The column after it."""

WITHOUT_MEMORY: Final = Column(
    "without_memory",
    "string",
    "text",
    None,
    "guests that are off because their memory was not to be had: those of not_started, and those that no other host could take after their host "
    "failed, a JSON array of names; null when there are none",
    nullable=True,
)
"""The column after that."""

TIMES: Final = ("guest_run_ns", "hypervisor_run_ns", "ready_ns", "idle_ns", "capped_ns", "suspended_ns")
"""Where the time of a partition's VPs went."""

_COUNTS: Final = ("dispatches", "migrations", "wait_ns")
_PER_DISPATCH: Final = "wait_per_dispatch_ns"
_RESPONSES: Final = ("response_mean_ns", "response_p50_ns", "response_p95_ns", "response_p99_ns")
GONE: Final = ("completions", "failed", "dropped")
"""How requests leave the system: what has arrived and is none of these is in it."""

_OF_WORKLOAD: Final[Mapping[Workload, tuple[str, ...]]] = {
    "closed": ("elapsed_ns", "finished_ns", "work_ns"),
    "open": ("arrivals", *GONE, "in_system", *_RESPONSES),
    "idle": (),
}


_OF_TIER: Final = (
    "arrivals",
    "completions",
    "failed",
    "rejected",
    "retried",
    "timed_out",
    "in_system",
    *_RESPONSES,
    *(f"{part.removesuffix('_ns')}_mean_ns" for part in PARTS),
)

_MEANINGS: Final[Mapping[str, str]] = {
    "response_mean_ns": "mean response time of all requests",
    **{f"{part.removesuffix('_ns')}_mean_ns": f"mean part of it: {doc}" for part, doc in PARTS.items()},
    **{f"response_p{p}_ns": f"{p}th percentile of the response times of all requests" for p in (50, 95, 99)},
}

_WITH_INTERVAL: Final = ("elapsed_ns", *_RESPONSES, _PER_DISPATCH)


class TierFigures(Protocol):
    """The outcome of a tier, as the engine gives it: an attribute for each outcome."""

    @property
    def name(self) -> str:
        """The name of the tier."""

    @property
    def intervals(self) -> Mapping[str, tuple[float, float]]:
        """The low and high end of the 95 % interval of some of its outcomes."""


class PartitionFigures(Protocol):
    """The outcome of a partition, as the engine gives it: an attribute for each outcome."""

    @property
    def name(self) -> str:
        """The name of the partition."""

    @property
    def kind(self) -> str:
        """What it does, or "root"."""

    @property
    def host(self) -> str:
        """The name of its host, where there are several; else empty."""

    @property
    def started(self) -> bool:
        """Whether it was started at all."""

    @property
    def intervals(self) -> Mapping[str, tuple[float, float]]:
        """The low and high end of the 95 % interval of some of its outcomes."""

    @property
    def dispatches(self) -> int:
        """The number of its dispatches."""

    @property
    def wait_ns(self) -> int:
        """The time from ready to dispatched, summed over them."""


def partition_columns(name: str, workload: Workload) -> Iterator[Column]:
    """Declare a column for each outcome of one partition, and for the ends of the intervals of some."""
    return _columns(name, (*TIMES, *_COUNTS, _PER_DISPATCH, *_OF_WORKLOAD[workload]))


def root_prefix(name: str, host: str) -> str:
    """Give what the outcomes of the root `name` of one of several hosts are found under: `host.a.Root`."""
    return f"{host_prefix(host)}{name}"


def prefix_of(partition: PartitionFigures) -> str:
    """Give what the outcomes of a partition are found under: its name, which guests have wherever they are."""
    of_host = partition.kind == "root" and partition.host
    return root_prefix(partition.name, partition.host) if of_host else partition.name


def tier_columns(name: str) -> Iterator[Column]:
    """Declare a column for each outcome of the tier `name`, and for the ends of the intervals of some: `tier.shop.response_p95_ns`."""
    return _columns(tier_prefix(name), _OF_TIER)


def tier_prefix(name: str) -> str:
    """Give what the outcomes of a tier are found under."""
    return f"tier.{name}"


def _columns(name: str, outcomes: Sequence[str]) -> Iterator[Column]:
    for outcome in outcomes:
        kind: Literal["int64", "float64"] = "float64" if _is_real(outcome) else "int64"
        unit = "ns" if outcome.endswith("_ns") else "count"
        yield Column(f"{name}.{outcome}", kind, unit, None, meaning(outcome), nullable=True)
        if outcome in _WITH_INTERVAL:
            for end, column in zip(("low", "high"), interval_columns(f"{name}.{outcome}"), strict=True):
                doc = f"{end} end of the 95 % interval of {outcome}, by the batch means of the run"
                yield Column(column, "float64", "ns", None, doc, nullable=True)


def names_cell(names: Sequence[str]) -> str | None:
    """Give the value of the columns NOT_STARTED and WITHOUT_MEMORY."""
    return json.dumps(list(names), ensure_ascii=False) if names else None


def interval_columns(outcome: str) -> tuple[str, str]:
    """Name the columns of the ends of an outcome's interval: `web.response_mean_low_ns`, and `_high_ns`."""
    name = outcome.removesuffix("_ns")
    return f"{name}_low_ns", f"{name}_high_ns"


def meaning(outcome: str) -> str:
    """Say what an outcome of a partition is made of; percentiles are those of all requests of the measured part."""
    if outcome == _PER_DISPATCH:
        return "mean wait of all dispatches"
    return _MEANINGS.get(outcome, outcome)


def partition_cells(partition: PartitionFigures, workload: Workload) -> Iterator[tuple[str, Cell]]:
    """Give the value of each of these columns by its name; None where there is none, and all of them if it did not start."""
    prefix = prefix_of(partition)
    for outcome in (*TIMES, *_COUNTS, *_OF_WORKLOAD[workload]):
        yield f"{prefix}.{outcome}", _cell(partition, getattr(partition, outcome))
    yield f"{prefix}.{_PER_DISPATCH}", _cell(partition, wait_per_dispatch(partition))
    for column, end in interval_cells(partition, workload):
        yield f"{prefix}.{column}", _cell(partition, end)


def tier_cells(tier: TierFigures) -> Iterator[tuple[str, Cell]]:
    """Give the value of each column of a tier by its name; None where there is none."""
    prefix = tier_prefix(tier.name)
    for outcome in _OF_TIER:
        yield f"{prefix}.{outcome}", _unless_nan(getattr(tier, outcome))
    for column, end in tier_interval_cells(tier):
        yield f"{prefix}.{column}", _unless_nan(end)


def tier_interval_cells(tier: TierFigures) -> Iterator[tuple[str, float]]:
    """Give the ends of the intervals of a tier by the names of their columns, NaN where there are none."""
    for outcome in _RESPONSES:
        yield from zip(
            interval_columns(outcome), tier.intervals.get(outcome, (math.nan, math.nan)), strict=True
        )


def interval_cells(partition: PartitionFigures, workload: Workload) -> Iterator[tuple[str, float]]:
    """Give the ends of the intervals of a partition by the names of their columns, NaN where there are none."""
    for outcome in _with_interval(workload):
        yield from zip(
            interval_columns(outcome), partition.intervals.get(outcome, (math.nan, math.nan)), strict=True
        )


def _with_interval(workload: Workload) -> Iterator[str]:
    """Name the outcomes that come with the interval of their batch means."""
    return (name for name in (_PER_DISPATCH, *_OF_WORKLOAD[workload]) if name in _WITH_INTERVAL)


def _cell(partition: PartitionFigures, value: Cell) -> Cell:
    return _unless_nan(value) if partition.started else None


def _unless_nan(value: Cell) -> Cell:
    return None if isinstance(value, float) and math.isnan(value) else value


def wait_per_dispatch(partition: PartitionFigures) -> float | None:
    """Give the mean time from ready to dispatched (ns); None without any dispatch."""
    return partition.wait_ns / partition.dispatches if partition.dispatches else None


def _is_real(outcome: str) -> bool:
    return outcome in (_PER_DISPATCH, *_RESPONSES) or outcome.endswith("_mean_ns")
