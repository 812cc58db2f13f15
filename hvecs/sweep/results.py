"""What a sweep, or one run, came to: its outcomes by point and replication."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa

from hvecs.engine.plan import ROOT
from hvecs.output.errors import Damaged
from hvecs.output.manifest import MANIFEST_NAME, ManifestError, read_manifest
from hvecs.output.outcomes import NOT_STARTED, interval_columns, meaning
from hvecs.spec.problems import show
from hvecs.spec.sweep import SweepOutcome
from hvecs.sweep.manifest import NotASweep, SweepManifest, read_sweep_manifest
from hvecs.sweep.names import RUNS, file_name
from hvecs.sweep.place import Store
from hvecs.sweep.reading import numbers, read_runs, read_table
from hvecs.sweep.records import records_of
from hvecs.sweep.reduction import in_words
from hvecs.sweep.statistics import Estimate, Values, estimate, of_one_run

_HOW_IT_ENDED: Final = ("status", "error", "cause", NOT_STARTED.name)
_MAIN: Final = ("elapsed_ns", "response_mean_ns", "response_p95_ns", "wait_per_dispatch_ns")
"""The outcomes of each guest that are reported when a sweep file names none."""


@dataclass(frozen=True)
class Failed:
    """A run that failed."""

    run: str
    point: int
    replication: int
    error: str
    cause: str


@dataclass(frozen=True)
class Results:
    """Outcomes as one matrix each: a row a point, a column a seed, NaN where there is no value.

    `paths` are the keys that are varied, `points` their values; `meanings` say what an outcome is made of; `ends` are the low and the
    high end of the interval that a run itself gave of it, for outcomes that have one, where each point has a single run.
    `not_started` names, by point, the guests that did not start; such a point has no values.
    """

    name: str
    paths: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]
    seeds: tuple[int, ...]
    values: Mapping[str, Values]
    units: Mapping[str, str]
    meanings: Mapping[str, str]
    failed: tuple[Failed, ...]
    runs: int
    ends: Mapping[str, tuple[Values, Values]] = field(default_factory=dict)
    not_started: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def labels(self, point: int) -> dict[str, Any]:
        """Give the values of a point by path."""
        return dict(zip(self.paths, self.points[point], strict=True))

    def estimate(self, name: str, point: int) -> Estimate:
        """Estimate an outcome at a point: over its runs, or, if that is one, by its batch means."""
        values = self.values[name][point]
        known = ~np.isnan(values)
        if known.sum() != 1 or name not in self.ends:
            return estimate(values)
        low, high = (end[point][known][0] for end in self.ends[name])
        return of_one_run(float(values[known][0]), float(low), float(high))


def sweep_results(store: Store, manifest: SweepManifest) -> Results:
    """Read the outcomes of all batches that are complete.

    Raises:
        Damaged: a file of the table runs is not as it was written.
    """
    names = outcome_names(manifest.sweep["outcome"], manifest.columns)
    own = [name for name in names if set(interval_columns(name)) <= set(manifest.columns)]
    ends = {name: interval_columns(name) for name in (own if len(manifest.seeds) == 1 else [])}
    read = [*names, *chain(*ends.values())]
    records = records_of(store, manifest)
    batches = [batch for batch in manifest.batches if batch.name in records]
    shape = (len(manifest.points), len(manifest.seeds))
    values: dict[str, Values] = {name: np.full(shape, np.nan) for name in read}
    units, failed = dict.fromkeys(names, ""), list[Failed]()
    not_started = dict[int, dict[str, None]]()
    for batch in batches:
        table = read_runs(store, manifest, batch, records[batch.name], [*_HOW_IT_ENDED, *read])
        runs = manifest.runs[batch.start : batch.stop]
        place = ([run.point for run in runs], [run.replication for run in runs])
        for name in read:
            values[name][place] = numbers(store, file_name(RUNS, batch.name), table[name])
        units |= {name: _unit(table.schema.field(name)) for name in names}
        failed += _failed(table)
        _note_not_started(table, not_started)
    return Results(
        name=manifest.name,
        paths=manifest.paths,
        points=manifest.points,
        seeds=manifest.seeds,
        values={name: values[name] for name in names},
        units=units,
        meanings={name: _meaning(name, manifest) for name in names},
        failed=tuple(failed),
        runs=sum(batch.stop - batch.start for batch in batches),
        ends={name: (values[low], values[high]) for name, (low, high) in ends.items()},
        not_started={point: tuple(absent) for point, absent in sorted(not_started.items())},
    )


def run_results(store: Store) -> Results:
    """Read the outcomes of a run, as a sweep of one point.

    Raises:
        ManifestError: there is no run.
        Damaged: its table runs is not as it was written.
    """
    folder = store.folder
    if folder is None:
        raise ManifestError(f"{store.place}: a run is a local folder")
    manifest = read_manifest(folder)
    if "runs" not in manifest.tables or manifest.tables["runs"].path not in manifest.files:
        raise ManifestError(f"{store.path(MANIFEST_NAME)}: it names no table runs")
    path = manifest.tables["runs"].path
    table = read_table(store, path, manifest.files[path])
    names = [name for name in table.column_names if _is_main(name)]
    if table.num_rows != 1 or "scenario" not in table.column_names:
        raise Damaged(store.path(path), "it is not the table of one run")
    return Results(
        name=str(table["scenario"][0].as_py()),
        paths=(),
        points=((),),
        seeds=(manifest.seed,),
        values={name: numbers(store, path, table[name]).reshape(1, 1) for name in names},
        units={name: _unit(table.schema.field(name)) for name in names},
        meanings={name: _of_partition(name) for name in names},
        failed=(),
        runs=1,
        ends={
            name: (
                numbers(store, path, table[low]).reshape(1, 1),
                numbers(store, path, table[high]).reshape(1, 1),
            )
            for name in names
            for low, high in [interval_columns(name)]
            if {low, high} <= set(table.column_names)
        },
    )


def any_results(store: Store) -> Results:
    """Read the outcomes of a sweep or a run, whichever it is.

    Raises:
        ManifestError: it is neither, or a sweep without any complete batch.
        Damaged: a file that is read is not as it was written.
    """
    try:
        manifest = read_sweep_manifest(store)
    except NotASweep:
        return run_results(store)
    if manifest is None:
        raise ManifestError(f"{store.place}/{MANIFEST_NAME}: there is none; expected a run or a sweep")
    results = sweep_results(store, manifest)
    if not results.runs:
        raise ManifestError(f"{store.place}: no batch of this sweep is complete yet")
    return results


def outcome_names(declared: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> list[str]:
    """Name the outcomes that are reported: those of the sweep file, else the main ones among the columns."""
    return [outcome["name"] for outcome in declared] or [name for name in columns if _is_main(name)]


def _is_main(name: str) -> bool:
    partition, _, outcome = name.rpartition(".")
    return outcome in _MAIN and partition not in {"", ROOT}


def _meaning(name: str, manifest: SweepManifest) -> str:
    """Say in words what an outcome is made of; the name says it where the sweep file does not."""
    for given in manifest.sweep["outcome"]:
        if given["name"] == name:
            chosen = " and ".join(f"{column} = {show(value)}" for column, value in given["where"].items())
            where = f" where {chosen}" if chosen else ""
            return in_words(SweepOutcome.model_validate(given)) + where
    return _of_partition(name)


def _of_partition(name: str) -> str:
    """Say what the outcome `partition.outcome` is made of."""
    partition, _, outcome = name.rpartition(".")
    return f"{meaning(outcome)} of {partition}"


def _note_not_started(table: pa.Table, found: dict[int, dict[str, None]]) -> None:
    """Add to `found`, by point, the guests that did not start in the runs of `table`."""
    for row in table.select(["point", NOT_STARTED.name]).to_pylist():
        if row[NOT_STARTED.name] is not None:
            found.setdefault(row["point"], {}).update(dict.fromkeys(json.loads(row[NOT_STARTED.name])))


def _unit(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"unit", b"").decode("utf-8", "replace"))


def _failed(table: pa.Table) -> Iterator[Failed]:
    for row in table.select(["run", "point", "replication", "status", "error", "cause"]).to_pylist():
        if row.pop("status") == "failed":
            yield Failed(**row)
