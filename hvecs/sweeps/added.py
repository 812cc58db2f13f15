"""Outcomes that are added to a sweep after its runs, computed from the tables that it kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hvecs.engine.plan import ROOT
from hvecs.output.outcomes import NOT_STARTED, tier_prefix
from hvecs.output.record import FileRecord
from hvecs.output.schema import TABLES
from hvecs.output.table import Column, Table, whole
from hvecs.spec.sweep import SweepOutcome
from hvecs.sweeps.columns import RUN
from hvecs.sweeps.manifest import Added, SweepManifest, write_manifest
from hvecs.sweeps.names import OUTCOMES_FILE, RUNS, file_name
from hvecs.sweeps.one_file import write_rows
from hvecs.sweeps.place import Store
from hvecs.sweeps.plan import Batch
from hvecs.sweeps.reading import numbers, read_runs
from hvecs.sweeps.records import BatchRecord, records_of
from hvecs.sweeps.reduction import Reduction, in_words, is_percentile
from hvecs.sweeps.results import is_of_root
from hvecs.sweeps.tables import outcome_faults

_OF_ANY: Final = ".dispatches"
"""An outcome that every partition has."""
_TIMES: Final = ("time_ns", "interval_ns", "start_ns")
_OF_RUN: Final = ("status", NOT_STARTED.name, "simulated_ns", "measured_ns")


class CannotAdd(ValueError):  # noqa: N818 - named for what it says
    """An outcome cannot be computed from what is on disk; the message says why."""


def check_outcome(outcome: SweepOutcome, manifest: SweepManifest) -> None:
    """Raise CannotAdd unless the outcome can be computed from the tables of this sweep."""
    if outcome.name in manifest.columns:
        raise CannotAdd(f"the table runs has a column {outcome.name} already; give it another name: NAME = …")
    if outcome.table in TABLES and outcome.table not in manifest.tables:
        raise CannotAdd(f"this sweep has kept no table {outcome.table}; it has {', '.join(manifest.tables)}")
    if outcome.table in manifest.tables and outcome.table not in TABLES:
        raise CannotAdd(
            f"{outcome.table} is the table of a system of your own: name its outcomes in the sweep file"
        )
    declared = {name: TABLES[name] for name in manifest.tables if name in TABLES}
    for _, message in outcome_faults(outcome, declared, _partitions(outcome, manifest)):
        raise CannotAdd(message)
    if is_percentile(outcome) and _counted(outcome) not in manifest.columns:
        raise CannotAdd(
            "a percentile over the run of several partitions together is counted while runs are made alone; expected where partition = …, "
            "or an aggregate of samples such as max of"
        )


def _partitions(outcome: SweepOutcome, manifest: SweepManifest) -> list[str]:
    """Name the partitions of all points; beyond MOST_COLUMNS, where the table runs does not know them, any is taken to be one."""
    found = [name.removesuffix(_OF_ANY) for name in manifest.columns if name.endswith(_OF_ANY)]
    named = found or [str(outcome.where.get("partition", ""))]
    return [ROOT, *(name for name in named if not is_of_root(name))]


def add_outcomes(store: Store, manifest: SweepManifest, outcomes: Sequence[SweepOutcome]) -> SweepManifest:
    """Compute outcomes, and those that were added before, of all runs; write their file and enter it in the manifest.

    The files are those that the manifest names, and have been verified.

    Raises:
        Damaged: a table is not what was written.
        Unwritable: the system refuses.
    """
    known = {each.name: SweepOutcome.model_validate(asdict(each)) for each in manifest.added}
    wanted = [*{**known, **{each.name: each for each in outcomes}}.values()]
    records = records_of(store, manifest)
    rows = [
        row
        for batch in manifest.batches
        for row in _rows(store, manifest, batch, records[batch.name], wanted)
    ]
    record = _write(store, wanted, rows)
    added = tuple(Added(each.name, each.table, each.column, each.aggregate, each.where) for each in wanted)
    changed = replace(manifest, added=added, files={**manifest.files, OUTCOMES_FILE: record})
    write_manifest(store, changed)
    return changed


def _rows(
    store: Store, manifest: SweepManifest, batch: Batch, record: BatchRecord, outcomes: Sequence[SweepOutcome]
) -> Iterator[dict[str, Any]]:
    """Give a row for each run of a batch."""
    counted = [_counted(each) for each in outcomes if is_percentile(each)]
    table = read_runs(store, manifest, batch, record, [*_OF_RUN, *counted])
    read = {
        name: numbers(store, file_name(RUNS, batch.name), table[name]) for name in (*_OF_RUN[2:], *counted)
    }
    warm_up = dict(zip(table["run"].to_pylist(), read["simulated_ns"] - read["measured_ns"], strict=True))
    values = {each.name: _values(store, batch, each, warm_up) for each in outcomes if not is_percentile(each)}
    whole_run = zip(table["status"].to_pylist(), table[NOT_STARTED.name].to_pylist(), strict=True)
    for index, (run, (status, absent)) in enumerate(
        zip(manifest.runs[batch.start : batch.stop], whole_run, strict=True)
    ):
        row: dict[str, Any] = run._asdict()
        for each in outcomes if status == "ok" and absent is None else ():
            found = read[_counted(each)][index] if is_percentile(each) else values[each.name].get(run.run)
            row[each.name] = None if found is None or np.isnan(found) else float(found)
        yield row


def _values(
    store: Store, batch: Batch, outcome: SweepOutcome, warm_up: Mapping[str, float]
) -> dict[str, float | None]:
    """Reduce the rows of one table to a value for each run."""
    found = {run: Reduction(outcome, int(warm)) for run, warm in warm_up.items() if not np.isnan(warm)}
    with store.open(file_name(outcome.table, batch.name)) as file:
        parquet = pq.ParquetFile(file, pre_buffer=False)
        columns = [name for name in _needed(outcome) if name in parquet.schema_arrow.names]
        for group in range(parquet.num_row_groups):
            rows = parquet.read_row_group(group, [RUN.name, *columns], use_threads=False).combine_chunks()
            for run, of_run in _by_run(rows):
                if run in found:
                    found[run].add({name: _array(of_run[name]) for name in columns})
    return {run: reduction.of_rows() for run, reduction in found.items()}


def _by_run(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Cut rows into those of each run, which follow each other."""
    if not rows.num_rows:
        return
    runs = pc.run_end_encode(rows[RUN.name].combine_chunks())
    start = 0
    for run, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield run, rows.slice(start, end - start)
        start = end


def _needed(outcome: SweepOutcome) -> list[str]:
    weight = Reduction(outcome, 0).weight
    names = [outcome.column, *outcome.where, *_TIMES, *([weight] if weight else [])]
    return list(dict.fromkeys(names))


def _array(column: pa.ChunkedArray) -> Any:
    """Give a column as the engine gives it: masked where it is null."""
    if not column.null_count:
        return column.to_numpy()
    filled = column.fill_null("" if pa.types.is_string(column.type) else 0)
    return np.ma.MaskedArray(filled.to_numpy(), mask=column.is_null().to_numpy())


def _counted(outcome: SweepOutcome) -> str:
    """Name the column of the table runs that has a percentile of all requests of one partition, or tier."""
    if outcome.table == "tier":
        return f"{tier_prefix(str(outcome.where.get('tier', '')))}.{outcome.column}"
    return f"{outcome.where.get('partition', '')}.{outcome.column}"


def _write(store: Store, outcomes: Sequence[SweepOutcome], rows: Sequence[Mapping[str, Any]]) -> FileRecord:
    columns = [
        Column(each.name, "float64", _unit(each), None, in_words(each), nullable=True) for each in outcomes
    ]
    numbered = (
        whole("point", "index", "number of the point, from 0"),
        whole("replication", "index", "number of the run among those of its point, from 0"),
    )
    table = Table(
        "outcomes", "One row a run: the outcomes that were added after it.", (RUN, *numbered, *columns)
    )
    return write_rows(store, OUTCOMES_FILE, table, rows)


def _unit(outcome: SweepOutcome) -> str:
    return next(column.unit for column in TABLES[outcome.table].columns if column.name == outcome.column)
