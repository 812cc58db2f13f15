"""What a sweep, or one run, came to: its outcomes by point and replication."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from hvecs.engine.plan import ROOT
from hvecs.output.errors import Damaged
from hvecs.output.manifest import MANIFEST_NAME, ManifestError, read_manifest
from hvecs.spec.problems import show
from hvecs.sweep.manifest import NotASweep, SweepManifest, read_sweep_manifest
from hvecs.sweep.names import RUNS, file_name
from hvecs.sweep.place import Store
from hvecs.sweep.reading import numbers, read_runs, read_table
from hvecs.sweep.records import records_of
from hvecs.sweep.statistics import Method, Values

_MAIN: Final = ("elapsed_ns", "response_mean_ns", "response_p95_ns", "wait_per_dispatch_ns")
"""The outcomes of each guest that are reported when a sweep file names none."""
_PERCENTILES: Final = ("p50", "p95", "p99")


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

    `paths` are the keys that are varied, `points` their values; `methods` say how the interval of an outcome is found,
    `meanings` what it is made of.
    """

    name: str
    paths: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]
    seeds: tuple[int, ...]
    values: Mapping[str, Values]
    units: Mapping[str, str]
    methods: Mapping[str, Method]
    meanings: Mapping[str, str]
    failed: tuple[Failed, ...]
    runs: int

    def labels(self, point: int) -> dict[str, Any]:
        """Give the values of a point by path."""
        return dict(zip(self.paths, self.points[point], strict=True))


def sweep_results(store: Store, manifest: SweepManifest) -> Results:
    """Read the outcomes of all batches that are complete.

    Raises:
        Damaged: a file of the table runs is not as it was written.
    """
    names = outcome_names(manifest.sweep["outcome"], manifest.columns)
    records = records_of(store, manifest)
    batches = [batch for batch in manifest.batches if batch.name in records]
    shape = (len(manifest.points), len(manifest.seeds))
    values: dict[str, Values] = {name: np.full(shape, np.nan) for name in names}
    units, failed = dict.fromkeys(names, ""), list[Failed]()
    for batch in batches:
        table = read_runs(store, manifest, batch, records[batch.name], ["status", "error", "cause", *names])
        runs = manifest.runs[batch.start : batch.stop]
        place = ([run.point for run in runs], [run.replication for run in runs])
        for name in names:
            values[name][place] = numbers(store, file_name(RUNS, batch.name), table[name])
            units[name] = _unit(table.schema.field(name))
        failed += _failed(table)
    return Results(
        name=manifest.name,
        paths=manifest.paths,
        points=manifest.points,
        seeds=manifest.seeds,
        values=values,
        units=units,
        methods={name: _method(name, manifest) for name in names},
        meanings={name: _meaning(name, manifest) for name in names},
        failed=tuple(failed),
        runs=sum(batch.stop - batch.start for batch in batches),
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
        methods=dict.fromkeys(names, "t"),
        meanings={name: name for name in names},
        failed=(),
        runs=1,
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
    for outcome in manifest.sweep["outcome"]:
        if outcome["name"] == name:
            chosen = " and ".join(f"{column} = {show(value)}" for column, value in outcome["where"].items())
            where = f" where {chosen}" if chosen else ""
            return f"{outcome['aggregate']} of {outcome['table']}.{outcome['column']}{where}"
    return name


def _method(name: str, manifest: SweepManifest) -> Method:
    """Give the bootstrap for percentiles, of rows or of what rows count, and Student's t for anything else."""
    measures = {each["name"]: (each["aggregate"], each["column"]) for each in manifest.sweep["outcome"]}
    found = measures.get(name, (name,))
    return "bootstrap" if any(each in measure for measure in found for each in _PERCENTILES) else "t"


def _unit(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"unit", b"").decode("utf-8", "replace"))


def _failed(table: pa.Table) -> Iterator[Failed]:
    for row in table.select(["run", "point", "replication", "status", "error", "cause"]).to_pylist():
        if row.pop("status") == "failed":
            yield Failed(**row)
