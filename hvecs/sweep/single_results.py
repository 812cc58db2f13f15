"""What one run, or one capture, came to, as a sweep of one point; and what any folder of results came to."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from hvecs.output.capture import CAPTURE_SEED, read_capture_manifest
from hvecs.output.errors import Damaged
from hvecs.output.finished import open_table
from hvecs.output.manifest import MANIFEST_NAME, ManifestError, read_manifest
from hvecs.output.outcomes import MEASURED, interval_columns
from hvecs.sweep.manifest import NotASweep, read_sweep_manifest
from hvecs.sweep.place import Store
from hvecs.sweep.reading import numbers, read_table
from hvecs.sweep.results import Results, is_main, of_partition, sweep_results, unit_of
from hvecs.sweep.statistics import Values

_WAIT: Final = "wait_per_dispatch_ns"
_SHARED: Final = ("guest_run_ns", "hypervisor_run_ns")
"""What a run and a capture both have of each partition, beside the wait."""

Outcomes = dict[str, tuple[Values, str]]
"""By name: the value, as a matrix of one, and its unit."""


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


def run_results(store: Store, *, shares: bool = False) -> Results:
    """Read the main outcomes of a run; with `shares` what a capture has instead.

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
    name, value = _one_row(store, path, table)
    if shares:
        return _single(name, manifest.seed, _shares(table, value))
    outcomes = {
        each: (value(each), unit_of(table.schema.field(each))) for each in table.column_names if is_main(each)
    }
    ends = {
        each: (value(low), value(high))
        for each in outcomes
        for low, high in [interval_columns(each)]
        if {low, high} <= set(table.column_names)
    }
    return _single(name, manifest.seed, outcomes, {each: of_partition(each) for each in outcomes}, ends)


def capture_results(store: Store) -> Results:
    """Read what a capture has of each partition, the root among them: run times as shares of one LP, and waits.

    Raises:
        ManifestError: there is no capture.
        Damaged: its table runs cannot be read, or is none.
    """
    folder = store.folder
    if folder is None:
        raise ManifestError(f"{store.place}: a capture is a local folder")
    path = read_capture_manifest(folder).tables["runs"].path
    with open_table(folder, path) as file:
        table = file.read(use_threads=False)
    name, value = _one_row(store, path, table)
    return _single(name, CAPTURE_SEED, _shares(table, value))


def _one_row(store: Store, path: str, table: pa.Table) -> tuple[str, Callable[[str], Values]]:
    """Give the name of what the row of a table runs is about, and what reads a column of it.

    Raises:
        Damaged: it is not the table of one run.
    """
    if table.num_rows != 1 or not {"scenario", MEASURED.name} <= set(table.column_names):
        raise Damaged(store.path(path), "it is not the table of one run")

    def value(name: str) -> Values:
        found: Values = numbers(store, path, table[name]).reshape(1, 1)
        return found

    return str(table["scenario"][0].as_py()), value


def _single(
    name: str,
    seed: int,
    outcomes: Outcomes,
    meanings: Mapping[str, str] | None = None,
    ends: Mapping[str, Any] | None = None,
) -> Results:
    return Results(
        name=name,
        paths=(),
        points=((),),
        seeds=(seed,),
        values={each: values for each, (values, _) in outcomes.items()},
        units={each: unit for each, (_, unit) in outcomes.items()},
        meanings=meanings or {each: each for each in outcomes},
        failed=(),
        runs=1,
        ends=ends or {},
    )


def _shares(table: pa.Table, value: Callable[[str], Values]) -> Outcomes:
    """Give run times as percentages of one LP, and waits: what is alike however long was measured."""
    measured = value(MEASURED.name)
    found: Outcomes = {}
    for name in table.column_names:
        partition, _, outcome = name.rpartition(".")
        if partition and outcome in _SHARED:
            share = f"{partition}.{outcome.removesuffix('_ns')}_pct"
            found[share] = (100 * value(name) / measured, "%")
        elif partition and outcome == _WAIT:
            found[name] = (value(name), unit_of(table.schema.field(name)))
    return found
