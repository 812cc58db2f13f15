"""What a run amounts to, as plain data: the object that --json prints, and the row of the table `runs`."""

from dataclasses import asdict
from typing import Any, Final

from hvecs.cli.verdict_text import verdict_data
from hvecs.engine import LpOutcome, Outcome, PartitionOutcome
from hvecs.engine.plan import ROOT
from hvecs.engine.tier_outcome import TierOutcome
from hvecs.output.outcomes import (
    MEASURED,
    NOT_STARTED,
    TIMES,
    WITHOUT_MEMORY,
    interval_cells,
    names_cell,
    partition_cells,
    partition_columns,
    prefix_of,
    tier_cells,
    tier_columns,
    tier_interval_cells,
    wait_per_dispatch,
)
from hvecs.output.table import Column
from hvecs.spec import ClosedWorkload, Scenario
from hvecs.verdict import Verdict

_OF_ANY: Final = {"name", "host", "kind", "started", "vps", "work_total_ns"}
"""What is known of a partition that did not start; it has no outcomes."""

_LP_TIMES: Final = ("guest_run_ns", "hypervisor_run_ns", "idle_ns")

MOST_COLUMNS: Final = 20_000
"""Beyond so many columns a Parquet file of one row is no use to any reader."""

Row = dict[str, Any]


def summary_of(scenario: Scenario, outcome: Outcome, verdict: Verdict) -> Row:
    """Give the summary of a run as plain data; times are of the measured part, after the warm-up."""
    work = _work(scenario)
    return {
        **verdict_data(verdict),
        "scenario": scenario.scenario.name,
        "purpose": scenario.scenario.purpose,
        "seed": scenario.scenario.seed,
        "simulated_ns": outcome.simulated_ns,
        "duration_ns": scenario.scenario.duration,
        "measured_ns": outcome.measured_ns,
        "partitions": [
            _partition(each, outcome.measured_ns, work.get(each.name)) for each in outcome.partitions
        ],
        "tiers": [_tier(each, outcome.measured_ns) for each in outcome.tiers],
        "logical_processors": [_lp(each, outcome.measured_ns) for each in outcome.lps],
        "not_started": list(outcome.not_started),
        "not_restarted": list(outcome.not_restarted),
        "warnings": list(dict.fromkeys((*outcome.warnings, *verdict.warnings))),
    }


def runs_row(scenario: Scenario, outcome: Outcome) -> tuple[Row, tuple[Column, ...]]:
    """Give the row of the table `runs` and its further columns, one an outcome of each partition.

    Where they would be more than MOST_COLUMNS they are left out; the sampled tables have them.
    """
    row: Row = {
        "scenario": scenario.scenario.name,
        "seed": scenario.scenario.seed,
        "status": "ok",
        "error": None,
        "simulated_ns": outcome.simulated_ns,
    }
    declared = [MEASURED, NOT_STARTED, WITHOUT_MEMORY]
    further: Row = {
        MEASURED.name: outcome.measured_ns,
        NOT_STARTED.name: names_cell(outcome.not_started),
        WITHOUT_MEMORY.name: names_cell(outcome.without_memory),
    }
    for partition in outcome.partitions:
        declared += partition_columns(prefix_of(partition), partition.workload)
        further |= partition_cells(partition, partition.workload)
    for tier in outcome.tiers:
        declared += tier_columns(tier.name)
        further |= tier_cells(tier)
    return (row | further, tuple(declared)) if len(declared) <= MOST_COLUMNS else (row, ())


def _work(scenario: Scenario) -> dict[str, int]:
    """Give the work of each partition with a closed workload (ns of CPU time at native speed)."""
    workloads = [(guest.name, guest.block.workload) for guest in scenario.guests()]
    if scenario.root.workload is not None:
        workloads.append((ROOT, scenario.root.workload))
    return {name: workload.work for name, workload in workloads if isinstance(workload, ClosedWorkload)}


def _partition(partition: PartitionOutcome, measured_ns: int, work_ns: int | None) -> Row:
    row = asdict(partition) | {"started": bool(partition.started)}
    _leave_out_no_host(row)
    del row["intervals"]
    row |= dict(interval_cells(partition, partition.workload))
    vp_time_ns = partition.vps * measured_ns
    row |= {_as_share(name): _share(row[name], vp_time_ns) for name in TIMES}
    off_ns = partition.suspended_ns - partition.intercepted_ns
    row |= {
        "intercepted_pct": _share(partition.intercepted_ns, vp_time_ns),
        "off_pct": _share(off_ns, vp_time_ns),
    }
    row["wait_per_dispatch_ns"] = wait_per_dispatch(partition)
    row["work_total_ns"] = work_ns
    row["completions_per_sec"] = None
    if partition.completions is not None:
        row["completions_per_sec"] = _ratio(1e9 * partition.completions, measured_ns)
    return row if partition.started else row | dict.fromkeys(row.keys() - _OF_ANY)


def _tier(tier: TierOutcome, measured_ns: int) -> Row:
    row = asdict(tier)
    del row["intervals"]
    row |= dict(tier_interval_cells(tier))
    return row | {"completions_per_sec": _ratio(1e9 * tier.completions, measured_ns)}


def _lp(lp: LpOutcome, measured_ns: int) -> Row:
    row = asdict(lp)
    _leave_out_no_host(row)
    row |= {_as_share(name): _share(row[name], measured_ns) for name in _LP_TIMES}
    row["context_switches_per_sec"] = _ratio(1e9 * lp.context_switches, measured_ns)
    return row


def _leave_out_no_host(row: Row) -> None:
    """Drop the name of the host where there is one host."""
    if not row["host"]:
        del row["host"]


def _as_share(name: str) -> str:
    return f"{name.removesuffix('_ns')}_pct"


def _ratio(amount: float, of: int) -> float | None:
    return amount / of if of else None


def _share(part_ns: int, whole_ns: int) -> float | None:
    return _ratio(100 * part_ns, whole_ns)
