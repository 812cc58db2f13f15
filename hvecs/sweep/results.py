"""What a sweep, or one run, came to: its outcomes by point and replication."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hvecs.engine.plan import ROOT
from hvecs.output.capture import read_capture_manifest
from hvecs.output.manifest import MANIFEST_NAME, ManifestError, read_manifest
from hvecs.spec.problems import show
from hvecs.sweep.manifest import SweepManifest, read_sweep_manifest
from hvecs.sweep.statistics import Method, Values
from hvecs.sweep.store import Store

_MAIN: Final = ("elapsed_ns", "response_mean_ns", "response_p95_ns", "wait_per_dispatch_ns")
"""The outcomes of each guest that are reported when a sweep file names none."""
_WAIT: Final = "wait_per_dispatch_ns"
_SHARED: Final = ("guest_run_ns", "hypervisor_run_ns")
"""What a run and a capture both have of each partition, beside the wait."""
_PERCENTILES: Final = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Failed:
    """A run that failed."""

    run: str
    point: int
    replication: int
    error: str


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
    """Read the outcomes of all batches that are complete."""
    names = outcome_names(manifest.sweep["outcome"], manifest.columns)
    columns = ["run", "point", "replication", "status", "error", *names]
    table = _runs(store, columns)
    place = (table["point"].to_numpy(), table["replication"].to_numpy())
    shape = (len(manifest.points), len(manifest.seeds))
    return Results(
        name=manifest.name,
        paths=manifest.paths,
        points=manifest.points,
        seeds=manifest.seeds,
        values={name: _matrix(table[name], place, shape) for name in names},
        units={name: _unit(table.schema.field(name)) for name in names},
        methods={name: _method(name, manifest) for name in names},
        meanings={name: _meaning(name, manifest) for name in names},
        failed=tuple(_failed(table)),
        runs=table.num_rows,
    )


def run_results(store: Store, *, shares: bool = False) -> Results:
    """Read the main outcomes of a run, as a sweep of one point; with `shares` what a capture has instead.

    Raises:
        ManifestError: there is no run.
    """
    folder = store.folder
    if folder is None:
        raise ManifestError(f"{store.place}: a run is a local folder")
    manifest = read_manifest(folder)
    table = pq.read_table(folder / manifest.tables["runs"].path, partitioning=None)
    outcomes = _shares(table) if shares else _main(table)
    return _single(table["scenario"][0].as_py(), manifest.seed, outcomes)


def capture_results(folder: Path) -> Results:
    """Read what a capture has of each partition, the root among them: run times as shares of one LP, and waits.

    Raises:
        ManifestError: there is no capture.
    """
    manifest = read_capture_manifest(folder)
    table = pq.read_table(folder / manifest.tables["runs"].path, partitioning=None)
    return _single(table["scenario"][0].as_py(), int(table["seed"][0].as_py()), _shares(table))


def _single(name: str, seed: int, outcomes: Mapping[str, tuple[Values, str]]) -> Results:
    return Results(
        name=name,
        paths=(),
        points=((),),
        seeds=(seed,),
        values={each: values for each, (values, _) in outcomes.items()},
        units={each: unit for each, (_, unit) in outcomes.items()},
        methods=dict.fromkeys(outcomes, "t"),
        meanings={each: each for each in outcomes},
        failed=(),
        runs=1,
    )


def _main(table: pa.Table) -> dict[str, tuple[Values, str]]:
    names = [name for name in table.column_names if _is_main(name)]
    return {name: (_one(table[name]), _unit(table.schema.field(name))) for name in names}


def _shares(table: pa.Table) -> dict[str, tuple[Values, str]]:
    """Give run times as percentages of one LP, and waits: what is alike however long was measured."""
    measured = _one(table["measured_ns"])
    found = {}
    for name in table.column_names:
        partition, _, outcome = name.rpartition(".")
        if partition and outcome in _SHARED:
            found[f"{partition}.{outcome.removesuffix('_ns')}_pct"] = (
                100 * _one(table[name]) / measured,
                "%",
            )
        elif partition and outcome == _WAIT:
            found[name] = (_one(table[name]), _unit(table.schema.field(name)))
    return found


def _one(column: pa.ChunkedArray) -> Values:
    return _matrix(column, (np.zeros(1, np.int64), np.zeros(1, np.int64)), (1, 1))


def any_results(store: Store) -> Results:
    """Read the outcomes of a sweep or a run, whichever it is.

    Raises:
        ManifestError: it is neither, or a sweep without any complete batch.
    """
    try:
        manifest = read_sweep_manifest(store)
    except ManifestError:
        return run_results(store)
    if manifest is None:
        raise ManifestError(f"{store.place}/{MANIFEST_NAME}: there is none; expected a run or a sweep")
    if not runs_files(store):
        raise ManifestError(f"{store.place}: no batch of this sweep is complete yet")
    return sweep_results(store, manifest)


def runs_files(store: Store) -> list[str]:
    """Name the files of the table runs, one for each complete batch."""
    return [name for name in store.names() if name.startswith("runs/") and name.endswith(".parquet")]


def _runs(store: Store, columns: list[str]) -> pa.Table:
    parts = []
    for name in runs_files(store):
        source = store.source(name)
        parts.append(pq.ParquetFile(source).read(columns=columns))
    return pa.concat_tables(parts)


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


def _matrix(column: pa.ChunkedArray, place: tuple[Any, Any], shape: tuple[int, int]) -> Values:
    matrix: npt.NDArray[np.float64] = np.full(shape, np.nan)
    matrix[place] = column.cast(pa.float64()).to_numpy()
    return matrix


def _unit(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"unit", b"").decode())


def _failed(table: pa.Table) -> Iterator[Failed]:
    rows = table.filter(pc.equal(table["status"], "failed"))
    for row in rows.select(["run", "point", "replication", "error"]).to_pylist():
        yield Failed(**row)
