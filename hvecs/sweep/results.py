"""What a sweep, or one run, came to: its outcomes by point and replication."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hvecs.engine.plan import ROOT
from hvecs.output.manifest import MANIFEST_NAME, ManifestError, read_manifest
from hvecs.output.outcomes import NOT_STARTED, interval_columns, meaning
from hvecs.spec.problems import show
from hvecs.spec.sweep import SweepOutcome
from hvecs.sweep.manifest import SweepManifest, read_sweep_manifest
from hvecs.sweep.reduction import in_words
from hvecs.sweep.statistics import Estimate, Values, estimate, of_one_run
from hvecs.sweep.store import Store

_MAIN: Final = ("elapsed_ns", "response_mean_ns", "response_p95_ns", "wait_per_dispatch_ns")
"""The outcomes of each guest that are reported when a sweep file names none."""


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
    """Read the outcomes of all batches that are complete."""
    names = outcome_names(manifest.sweep["outcome"], manifest.columns)
    own = [name for name in names if set(interval_columns(name)) <= set(manifest.columns)]
    own = own if len(manifest.seeds) == 1 else []
    ends = {name: interval_columns(name) for name in own}
    columns = [
        "run",
        "point",
        "replication",
        "status",
        "error",
        NOT_STARTED.name,
        *names,
        *chain(*ends.values()),
    ]
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
        meanings={name: _meaning(name, manifest) for name in names},
        failed=tuple(_failed(table)),
        runs=table.num_rows,
        ends={name: _ends(table, each, place, shape) for name, each in ends.items()},
        not_started=_not_started(table),
    )


def run_results(store: Store) -> Results:
    """Read the outcomes of a run, as a sweep of one point.

    Raises:
        ManifestError: there is no run.
    """
    folder = store.folder
    if folder is None:
        raise ManifestError(f"{store.place}: a run is a local folder")
    manifest = read_manifest(folder)
    table = pq.read_table(folder / manifest.tables["runs"].path, partitioning=None)
    names = [name for name in table.column_names if _is_main(name)]
    place = (np.zeros(1, np.int64), np.zeros(1, np.int64))
    return Results(
        name=table["scenario"][0].as_py(),
        paths=(),
        points=((),),
        seeds=(manifest.seed,),
        values={name: _matrix(table[name], place, (1, 1)) for name in names},
        units={name: _unit(table.schema.field(name)) for name in names},
        meanings={name: _of_partition(name) for name in names},
        failed=(),
        runs=1,
        ends={
            name: _ends(table, interval_columns(name), place, (1, 1))
            for name in names
            if set(interval_columns(name)) <= set(table.column_names)
        },
    )


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


def _not_started(table: pa.Table) -> dict[int, tuple[str, ...]]:
    """Give the guests that did not start, in any run of a point, by point."""
    found: dict[int, dict[str, None]] = {}
    if NOT_STARTED.name not in table.column_names:  # written before there was such a column
        return {}
    for row in table.filter(pc.is_valid(table[NOT_STARTED.name])).to_pylist():
        found.setdefault(row["point"], {}).update(dict.fromkeys(json.loads(row[NOT_STARTED.name])))
    return {point: tuple(names) for point, names in sorted(found.items())}


def _matrix(column: pa.ChunkedArray, place: tuple[Any, Any], shape: tuple[int, int]) -> Values:
    matrix: npt.NDArray[np.float64] = np.full(shape, np.nan)
    matrix[place] = column.cast(pa.float64()).to_numpy()
    return matrix


def _ends(
    table: pa.Table, columns: tuple[str, str], place: tuple[Any, Any], shape: tuple[int, int]
) -> tuple[Values, Values]:
    low, high = (_matrix(table[name], place, shape) for name in columns)
    return low, high


def _unit(column: pa.Field) -> str:
    return str((column.metadata or {}).get(b"unit", b"").decode())


def _failed(table: pa.Table) -> Iterator[Failed]:
    rows = table.filter(pc.equal(table["status"], "failed"))
    for row in rows.select(["run", "point", "replication", "error"]).to_pylist():
        yield Failed(**row)
