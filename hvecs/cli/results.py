"""What a run amounts to, as plain data: the object that --json prints, and the row of the table `runs`."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

from hvecs.engine import LpOutcome, Outcome, PartitionOutcome
from hvecs.output.table import ColumnType
from hvecs.spec import ClosedWorkload, Scenario

_SPLIT: Final = ("guest_run", "hypervisor_run", "ready", "idle", "capped", "suspended")
_LP_SPLIT: Final = ("guest_run", "hypervisor_run", "idle")
_JOB: Final = ("elapsed_ns", "finished_ns", "work_ns")
_REQUESTS: Final = ("arrivals", "completions", "in_system")
_RESPONSES: Final = ("response_mean_ns", "response_p50_ns", "response_p95_ns", "response_p99_ns")
_COUNTS: Final = ("dispatches", "migrations", "wait_ns")

MOST_COLUMNS: Final = 20_000
"""Beyond so many columns a Parquet file of one row is no use to any reader."""

Row = dict[str, Any]


def summary_of(scenario: Scenario, outcome: Outcome) -> Row:
    """Give the summary of a run as plain data; times are of the measured part, after the warm-up."""
    work = _work(scenario)
    return {
        "scenario": scenario.scenario.name,
        "purpose": scenario.scenario.purpose,
        "seed": scenario.scenario.seed,
        "simulated_ns": outcome.simulated_ns,
        "measured_ns": outcome.measured_ns,
        "partitions": [
            _partition(each, outcome.measured_ns, work.get(each.name)) for each in outcome.partitions
        ],
        "logical_processors": [_lp(each, outcome.measured_ns) for each in outcome.lps],
        "warnings": list(dict.fromkeys(outcome.warnings)),
    }


def runs_row(scenario: Scenario, outcome: Outcome) -> tuple[Row, dict[str, ColumnType]]:
    """Give the row of the table `runs` and the types of its further columns, one an outcome of each partition.

    Where they would be more than MOST_COLUMNS they are left out; the sampled tables have them.
    """
    row: Row = {
        "scenario": scenario.scenario.name,
        "seed": scenario.scenario.seed,
        "status": "ok",
        "error": None,
        "simulated_ns": outcome.simulated_ns,
    }
    types: dict[str, ColumnType] = {"measured_ns": "int64"}
    further: Row = {"measured_ns": outcome.measured_ns}
    for partition in outcome.partitions:
        for name, value, type_ in _columns(partition):
            further[f"{partition.name}.{name}"] = value
            types[f"{partition.name}.{name}"] = type_
    return (row | further, types) if len(further) <= MOST_COLUMNS else (row, {})


def _columns(partition: PartitionOutcome) -> Iterator[tuple[str, int | float | None, ColumnType]]:
    """Give name, value and type of each outcome of one partition."""
    whole: Iterable[str] = (*(f"{name}_ns" for name in _SPLIT), *_COUNTS)
    real: Iterable[str] = ()
    if partition.kind == "closed":
        whole = (*whole, *_JOB)
    elif partition.arrivals is not None:
        whole, real = (*whole, *_REQUESTS), _RESPONSES
    for name in whole:
        yield name, getattr(partition, name), "int64"
    yield "wait_per_dispatch_ns", _ratio(partition.wait_ns, partition.dispatches), "float64"
    for name in real:
        yield name, getattr(partition, name), "float64"


def _work(scenario: Scenario) -> dict[str, int]:
    """Give the work of each guest with a closed workload (ns of CPU time at native speed)."""
    return {
        guest.name: guest.block.workload.work
        for guest in scenario.guests()
        if isinstance(guest.block.workload, ClosedWorkload)
    }


def _partition(partition: PartitionOutcome, measured_ns: int, work_ns: int | None) -> Row:
    row = asdict(partition) | {"started": bool(partition.started)}
    vp_time_ns = partition.vps * measured_ns
    row |= {f"{name}_pct": _share(row[f"{name}_ns"], vp_time_ns) for name in _SPLIT}
    row["wait_per_dispatch_ns"] = _ratio(partition.wait_ns, partition.dispatches)
    row["work_total_ns"] = work_ns
    row["completions_per_sec"] = None
    if partition.completions is not None:
        row["completions_per_sec"] = _ratio(1e9 * partition.completions, measured_ns)
    return row


def _lp(lp: LpOutcome, measured_ns: int) -> Row:
    row = asdict(lp)
    row |= {f"{name}_pct": _share(row[f"{name}_ns"], measured_ns) for name in _LP_SPLIT}
    row["context_switches_per_sec"] = _ratio(1e9 * lp.context_switches, measured_ns)
    return row


def _ratio(amount: float, of: int) -> float | None:
    return amount / of if of else None


def _share(part_ns: int, whole_ns: int) -> float | None:
    return _ratio(100 * part_ns, whole_ns)
