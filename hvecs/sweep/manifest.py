"""manifest.json of a sweep: what is to be run, written before the first run and again, with the end, after the last.

It may come from elsewhere: all names and numbers in it are checked before they are used.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from hvecs.output.errors import Damaged
from hvecs.output.manifest import MANIFEST_NAME, RUN, ManifestError, Seed, first_problem
from hvecs.output.record import FileRecord, Size
from hvecs.output.sealed import is_sealed, printable, sealed
from hvecs.output.software import software
from hvecs.spec.paths import read_path
from hvecs.spec.sweep import SweepOutcome
from hvecs.sweep.names import BATCH, OUTCOMES_FILE, SUMMARY_FILE, TABLE, batch_files
from hvecs.sweep.place import Store
from hvecs.sweep.plan import Batch, Plan, Run, describe

FORMAT: Final = "hvecs-sweep"
RUNNING: Final = "running"
COMPLETE: Final = "complete"
MOST_CELLS: Final = 100_000_000
"""Points times replications: an outcome is held as a matrix of so many numbers."""


@dataclass(frozen=True, slots=True)
class Added:
    """An outcome that was added after the runs: what an [[outcome]] says."""

    name: str
    table: str
    column: str
    aggregate: str
    where: Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepManifest:
    """The content of manifest.json.

    `sweep` is the sweep file and `base` the scenario without any axis, both resolved. `points` hold a value for each
    axis of `paths`; `runs` are (id, point, replication), and a batch is (name, first run, the run after its last).
    `columns` are those of the table runs, by name. `failed` counts the runs that failed, once `status` is "complete";
    `failures` counts them by batch and cause, and `files` has a record for each Parquet file. `baseline` is the point that
    the summary's differences are against; `added` are the outcomes in the file of those that were computed after the runs.
    """

    format: Literal["hvecs-sweep"] = FORMAT
    schema_version: int | str
    version: str
    git_commit: str | None
    python: str
    numpy: str | None
    numba: str | None
    pyarrow: str | None
    platform: str
    argv: tuple[str, ...]
    start: str
    end: str | None
    status: str
    failed: int | None
    name: str
    inputs: Mapping[str, str]
    sweep: Mapping[str, Any]
    base: str | None
    paths: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]
    seeds: tuple[Seed, ...]
    tables: tuple[str, ...]
    columns: Mapping[str, str]
    runs: tuple[Run, ...]
    batches: tuple[Batch, ...]
    baseline: int | None = None
    failures: Mapping[str, Mapping[str, Size]] = field(default_factory=dict)
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    added: tuple[Added, ...] = ()

    def ended(self) -> "SweepManifest":
        """Give the manifest of a sweep that has all its runs."""
        return replace(self, status=COMPLETE, end=now())

    def reopened(self, *, same_runs: bool = False) -> "SweepManifest":
        """Give the manifest of a sweep that has no summary until it ends again, nor outcomes that were added, unless its runs stay."""
        gone = {SUMMARY_FILE} if same_runs else {SUMMARY_FILE, OUTCOMES_FILE}
        files = {name: file for name, file in self.files.items() if name not in gone}
        added = self.added if same_runs else ()
        return replace(self, status=RUNNING, failed=None, end=None, files=files, added=added)


class NotASweep(ManifestError):  # noqa: N818 - named for what it says of the place
    """A manifest is that of something else, a run perhaps."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    name: str
    table: str
    column: str
    aggregate: str
    where: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class _Axis:
    path: str | None
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Design:
    design: str
    points: int


@dataclass(frozen=True, slots=True)
class _Sweep:
    """What is read of the sweep file in a manifest."""

    sweep: _Design
    axis: tuple[_Axis, ...]
    outcome: tuple[_Outcome, ...]


def manifest_of(plan: Plan, argv: tuple[str, ...], inputs: Mapping[str, str]) -> SweepManifest:
    """Give the manifest of a sweep that is to begin."""
    return SweepManifest(
        **software(),
        argv=argv,
        start=now(),
        end=None,
        status=RUNNING,
        failed=None,
        name=plan.sweep.sweep.name,
        inputs=inputs,
        sweep=describe(plan.sweep),
        base=plan.base,
        paths=plan.paths,
        points=plan.points,
        seeds=plan.seeds,
        tables=plan.tables,
        columns={column.name: column.type for column in plan.runs_table.columns},
        runs=plan.runs,
        batches=plan.batches,
    )


def write_manifest(store: Store, manifest: SweepManifest) -> None:
    """Write the manifest; each run and each batch has a line of its own. Raises Unwritable."""
    lines = {
        "points": map(json.dumps, printable(manifest.points)),
        "runs": map(json.dumps, manifest.runs),
        "batches": map(json.dumps, manifest.batches),
        "files": (f"{json.dumps(name)}: {json.dumps(asdict(file))}" for name, file in manifest.files.items()),
    }
    content = asdict(replace(manifest, points=(), runs=(), batches=(), files={}))
    text = json.dumps(printable({key: content[key] for key in content if key not in lines}), indent=2)
    text = text.removesuffix("\n}")
    for key, each in lines.items():
        begin, end = "{}" if key == "files" else "[]"
        inside = ",\n    ".join(each)
        text += f',\n  "{key}": {begin}\n    {inside}\n  {end}'
    store.put(MANIFEST_NAME, sealed(f"{text}\n}}"))


def read_sweep_manifest(store: Store) -> SweepManifest | None:
    """Read the manifest; None if there is none.

    Raises:
        NotASweep: it is that of something else.
        ManifestError: it cannot be read, or says what no sweep has.
    """
    try:
        content = store.read(MANIFEST_NAME)
    except Damaged as error:
        raise ManifestError(str(error)) from error
    if content is None:
        return None
    path = store.path(MANIFEST_NAME)
    try:
        manifest = TypeAdapter(SweepManifest).validate_json(content)
        TypeAdapter(_Sweep).validate_python(manifest.sweep)
    except ValidationError as error:
        if error.errors()[0]["loc"] == ("format",):
            raise NotASweep(f"{path} is not that of a sweep") from error
        raise ManifestError(f"{path}: {first_problem(error)}") from error
    for problem in _problems(manifest):
        raise ManifestError(f"{path}: {problem}")
    return manifest


def is_damaged(store: Store) -> bool:
    """Say whether the manifest differs from its own checksum."""
    return not is_sealed(store.read(MANIFEST_NAME) or b"")


def _problems(manifest: SweepManifest) -> Iterator[str]:
    """Find numbers and names that no sweep has."""
    points, seeds = len(manifest.points), len(manifest.seeds)
    if points * seeds > MOST_CELLS:
        yield f"seeds: {points} points of {seeds} runs each; expected {MOST_CELLS} runs at most"
    if any(len(point) != len(manifest.paths) for point in manifest.points):
        yield f"points: expected a value for each of {len(manifest.paths)} paths"
    if any(not (0 <= run.point < points and 0 <= run.replication < seeds) for run in manifest.runs):
        yield "runs: a point or a replication that there is not"
    if not (manifest.baseline is None or 0 <= manifest.baseline < points):
        yield "baseline: a point that there is not"
    yield from _name_problems(manifest)
    yield from _batch_problems(manifest)
    files = {
        SUMMARY_FILE,
        OUTCOMES_FILE,
        *(name for each in manifest.batches for name in batch_files(manifest.tables, each.name)),
    }
    for name, file in manifest.files.items():
        if name not in files or file.rows is None:
            yield f"files: {name!r} is no file that this sweep writes"


def _name_problems(manifest: SweepManifest) -> Iterator[str]:
    if any(read_path(path) is None for path in manifest.paths):
        yield "paths: expected paths of keys"
    if any(re.fullmatch(TABLE, table) is None for table in manifest.tables):
        yield "tables: expected names of tables"
    if any(re.fullmatch(RUN, run.run) is None for run in manifest.runs):
        yield "runs: expected ids of runs"
    for what, names in (
        ("paths", manifest.paths),
        ("tables", manifest.tables),
        ("runs", [run.run for run in manifest.runs]),
        ("added", [each.name for each in manifest.added]),
    ):
        if len(set(names)) < len(names):
            yield f"{what}: one name twice"
    for each in manifest.added:
        try:
            SweepOutcome.model_validate(asdict(each))
        except ValidationError:
            yield f"added: {each.name!r} is no outcome"


def _batch_problems(manifest: SweepManifest) -> Iterator[str]:
    batches = manifest.batches
    if any(re.fullmatch(BATCH, batch.name) is None for batch in batches):
        yield "batches: expected names such as b00000"
    if len({batch.name for batch in batches}) < len(batches):
        yield "batches: one name twice"
    ends = [0, *(end for batch in batches for end in (batch.start, batch.stop)), len(manifest.runs)]
    joined = all(ends[at] == ends[at + 1] for at in range(0, len(ends), 2))
    if not joined or any(batch.start >= batch.stop for batch in batches):
        yield "batches: expected each run in one of them"


def now() -> str:
    """Give the time of day in UTC in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
