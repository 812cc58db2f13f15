"""manifest.json of a sweep: what is to be run, written before the first run and again, with the end, after the last."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from hvecs.output.manifest import MANIFEST_NAME, ManifestError
from hvecs.output.software import software
from hvecs.sweep.plan import Batch, Plan, Run, describe
from hvecs.sweep.store import Store

FORMAT: Final = "hvecs-sweep"
RUNNING: Final = "running"
COMPLETE: Final = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepManifest:
    """The content of manifest.json.

    `sweep` is the sweep file and `base` the scenario without any axis, both resolved. `points` hold a value for each
    axis of `paths`; `runs` are (id, point, replication), and a batch is (name, first run, the run after its last).
    `columns` are those of the table runs, by name. `failed` counts the runs that failed, once `status` is "complete".
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
    seeds: tuple[int, ...]
    tables: tuple[str, ...]
    columns: Mapping[str, str]
    runs: tuple[Run, ...]
    batches: tuple[Batch, ...]

    def ended(self, failed: int) -> "SweepManifest":
        """Give the manifest of a sweep that has all its runs."""
        return replace(self, status=COMPLETE, failed=failed, end=now())


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
    content = asdict(manifest)
    rows = {key: content.pop(key) for key in ("points", "runs", "batches")}
    text = json.dumps(content, indent=2).removesuffix("\n}")
    for key, values in rows.items():
        lines = ",\n    ".join(json.dumps(value) for value in values)
        text += f',\n  "{key}": [\n    {lines}\n  ]'
    store.put(MANIFEST_NAME, f"{text}\n}}\n".encode())


def read_sweep_manifest(store: Store) -> SweepManifest | None:
    """Read the manifest; None if there is none.

    Raises:
        ManifestError: it is not that of a sweep.
    """
    content = store.read(MANIFEST_NAME)
    if content is None:
        return None
    path = f"{store.place}/{MANIFEST_NAME}"
    try:
        return TypeAdapter(SweepManifest).validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"] == ("format",):
            raise ManifestError(f"{path} is not that of a sweep") from error
        place = ".".join(str(part) for part in first["loc"])
        raise ManifestError(f"{path}: {place or 'content'}: {first['msg']}") from error


def now() -> str:
    """Give the time of day in UTC in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
