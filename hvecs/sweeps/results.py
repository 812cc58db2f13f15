"""What a sweep, or one run, came to: its outcomes by point and replication."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa

from hvecs.engine.plan import ROOT
from hvecs.output.errors import Damaged
from hvecs.output.judged import HOST_FIGURES, VERDICT
from hvecs.output.outcomes import NOT_STARTED, interval_columns, meaning
from hvecs.spec.problems import show
from hvecs.spec.sweep import SweepOutcome
from hvecs.sweeps.manifest import SweepManifest
from hvecs.sweeps.names import OUTCOMES_FILE, RUNS, file_name
from hvecs.sweeps.place import Store
from hvecs.sweeps.reading import numbers, read_runs, read_table
from hvecs.sweeps.records import records_of
from hvecs.sweeps.reduction import in_words
from hvecs.sweeps.statistics import Estimate, Values, estimate, of_one_run
from hvecs.verdict.rules import VERDICTS

_HOW_IT_ENDED: Final = ("status", "error", "cause", NOT_STARTED.name, VERDICT.name)
_MAIN: Final = ("elapsed_ns", "response_mean_ns", "response_p95_ns", "wait_per_dispatch_ns")
"""The outcomes of each guest that are reported when a sweep file names none."""
_HOSTS: Final = "host."
"""How the names of outcomes of one of several hosts begin."""
_OF_HOST: Final = {column.name: column.doc.partition(";")[0] for column in HOST_FIGURES}


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
    `not_started` names, by point, the guests that did not start; such a point has no values. `verdicts` is the gravest of each point's
    runs.
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
    verdicts: Mapping[int, str] = field(default_factory=dict)

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


def sweep_results(store: Store, manifest: SweepManifest, also: Sequence[str] = ()) -> Results:
    """Read the outcomes of all batches that are complete: those that are reported, and `also` other ones of the table runs.

    Raises:
        Damaged: a file of the table runs is not as it was written.
    """
    names = list(dict.fromkeys((*reported(manifest), *also)))
    own = [name for name in names if set(interval_columns(name)) <= set(manifest.columns)]
    ends = {name: interval_columns(name) for name in (own if len(manifest.seeds) == 1 else [])}
    read = [*names, *chain(*ends.values())]
    records = records_of(store, manifest)
    batches = [batch for batch in manifest.batches if batch.name in records]
    shape = (len(manifest.points), len(manifest.seeds))
    values: dict[str, Values] = {name: np.full(shape, np.nan) for name in read}
    units, failed = dict.fromkeys(names, ""), list[Failed]()
    not_started, verdicts = dict[int, dict[str, None]](), dict[int, str]()
    for batch in batches:
        table = read_runs(store, manifest, batch, records[batch.name], [*_HOW_IT_ENDED, *read])
        runs = manifest.runs[batch.start : batch.stop]
        place = ([run.point for run in runs], [run.replication for run in runs])
        for name in read:
            values[name][place] = numbers(store, file_name(RUNS, batch.name), table[name])
        units |= {name: unit_of(table.schema.field(name)) for name in names}
        failed += _failed(table)
        _note_not_started(table, not_started)
        _note_verdicts(table, verdicts)
    names = [name for name in names if not (is_of_host(name) and np.isnan(values[name]).all())]
    added = _added(store, manifest)
    return Results(
        name=manifest.name,
        paths=manifest.paths,
        points=manifest.points,
        seeds=manifest.seeds,
        values={name: values[name] for name in names} | {name: each for name, (each, _) in added.items()},
        units=units | {name: unit for name, (_, unit) in added.items()},
        meanings={name: _meaning(name, manifest) for name in (*names, *added)},
        failed=tuple(failed),
        runs=sum(batch.stop - batch.start for batch in batches),
        ends={name: (values[low], values[high]) for name, (low, high) in ends.items()},
        not_started={point: tuple(absent) for point, absent in sorted(not_started.items())},
        verdicts=dict(sorted(verdicts.items())),
    )


def _added(store: Store, manifest: SweepManifest) -> dict[str, tuple[Values, str]]:
    """Read the outcomes that were added after the runs, and their units."""
    record = manifest.files.get(OUTCOMES_FILE)
    if record is None:
        return {}
    names = [each.name for each in manifest.added]
    table = read_table(store, OUTCOMES_FILE, record, ["point", "replication", *names])
    place = (numbers(store, OUTCOMES_FILE, table[name]).astype(np.int64) for name in ("point", "replication"))
    points, replications = place
    if len(points) and not (
        0 <= points.min() <= points.max() < len(manifest.points)
        and 0 <= replications.min() <= replications.max() < len(manifest.seeds)
    ):
        raise Damaged(store.path(OUTCOMES_FILE), "it has points or replications that this sweep has not")
    found = {}
    for name in names:
        matrix = np.full((len(manifest.points), len(manifest.seeds)), np.nan)
        matrix[points, replications] = numbers(store, OUTCOMES_FILE, table[name])
        found[name] = matrix, unit_of(table.schema.field(name))
    return found


def reported(manifest: SweepManifest) -> list[str]:
    """Name the outcomes that the summary of a sweep holds."""
    return outcome_names(manifest.sweep["outcome"], manifest.columns)


def outcome_names(declared: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> list[str]:
    """Name the outcomes that are reported: those of the sweep file, else the main ones among the columns."""
    return [outcome["name"] for outcome in declared] or [name for name in columns if is_main(name)]


def is_main(name: str) -> bool:
    """Tell whether an outcome is reported when nobody says which are: those of the host, and the main ones of each guest."""
    if is_of_host(name):
        return True
    partition, _, outcome = name.rpartition(".")
    return outcome in _MAIN and partition != "" and not is_of_root(partition)


def is_of_root(partition: str) -> bool:
    """Tell whether outcomes under this name are those of a root, of the only host or of one of several."""
    return partition == ROOT or (partition.startswith(_HOSTS) and partition.endswith(f".{ROOT}"))


def is_of_host(name: str) -> bool:
    """Tell whether an outcome is a figure of the host, or of one of several; one that no run knows is not reported."""
    return _figure_of_host(name) is not None


def _figure_of_host(name: str) -> str | None:
    """Give the figure that an outcome of a host is, without the name of the host."""
    of, _, figure = name.rpartition(".")
    return figure if figure in _OF_HOST and (not of or of.startswith(_HOSTS)) else None


def _meaning(name: str, manifest: SweepManifest) -> str:
    """Say in words what an outcome is made of; the name says it where the sweep file does not."""
    for given in (*manifest.sweep["outcome"], *map(asdict, manifest.added)):
        if given["name"] == name:
            chosen = " and ".join(f"{column} = {show(value)}" for column, value in given["where"].items())
            where = f" where {chosen}" if chosen else ""
            return in_words(SweepOutcome.model_validate(given)) + where
    return of_partition(name)


def of_partition(name: str) -> str:
    """Say what the outcome `partition.outcome` is made of."""
    partition, _, outcome = name.rpartition(".")
    figure = _figure_of_host(name)
    if figure is not None:
        return _OF_HOST[figure] + (f" of {partition.removeprefix(_HOSTS)}" if partition else "")
    return f"{meaning(outcome)} of {partition}"


def _note_not_started(table: pa.Table, found: dict[int, dict[str, None]]) -> None:
    """Add to `found`, by point, the guests that did not start in the runs of `table`."""
    for row in table.select(["point", NOT_STARTED.name]).to_pylist():
        if row[NOT_STARTED.name] is not None:
            found.setdefault(row["point"], {}).update(dict.fromkeys(json.loads(row[NOT_STARTED.name])))


def _note_verdicts(table: pa.Table, found: dict[int, str]) -> None:
    """Keep in `found`, by point, the gravest verdict."""
    for row in table.select(["point", VERDICT.name]).to_pylist():
        verdict = row[VERDICT.name]
        if verdict in VERDICTS:
            found[row["point"]] = min(verdict, found.get(row["point"], verdict), key=VERDICTS.index)


def unit_of(field: pa.Field) -> str:
    """Give the unit that the metadata of a column say."""
    return str((field.metadata or {}).get(b"unit", b"").decode("utf-8", "replace"))


def _failed(table: pa.Table) -> Iterator[Failed]:
    for row in table.select(["run", "point", "replication", "status", "error", "cause"]).to_pylist():
        if row.pop("status") == "failed":
            yield Failed(**row)
