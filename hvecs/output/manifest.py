"""manifest.json: what a run was, on what it ran, and the hashes of what it read and wrote.

Wall-clock times and places stand here and nowhere else in a run folder. A manifest may come from elsewhere: every name
in it is checked to be one that a run writes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from hvecs.output.errors import OutputError, disk
from hvecs.output.inside import open_inside
from hvecs.output.parquet import TableFile
from hvecs.output.record import MOST_MANIFEST_BYTES, FileRecord
from hvecs.output.sealed import printable, sealed

FORMAT: Final = "hvecs-run"
MANIFEST_NAME: Final = "manifest.json"
SCENARIO_NAME: Final = "scenario.toml"
RESOLVED_NAME: Final = "resolved.toml"

_TABLE: Final = r"[a-z][a-z0-9_]{0,63}"
RUN: Final = r"r[0-9a-f]{12}"
"""What ids of runs look like."""
_WRITTEN: Final = re.compile(
    rf"{re.escape(SCENARIO_NAME)}|{re.escape(RESOLVED_NAME)}|{_TABLE}/run={RUN}/part-0\.parquet"
)

TableName = Annotated[str, Field(pattern=rf"^{_TABLE}$")]
RunId = Annotated[str, Field(pattern=rf"^{RUN}$")]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of manifest.json.

    `run` is the run id, the key of the hive partitions. `start` and `end` are UTC in ISO 8601. `inputs` gives the
    SHA-256 of every file read, by its path as given. `files` has a record for every file of the folder but the manifest:
    these, and no others, are ours. `git_commit` is None unless hvecs runs from a checkout of its own.
    `timings` are CPU seconds by what they went into: import_s, build_s, compile_s, loop_s, sample_s, write_s; `dispatches` those of
    all VPs.
    """

    format: Literal["hvecs-run"] = FORMAT
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
    end: str
    status: str
    run: RunId
    seed: Seed
    inputs: Mapping[str, str]
    tables: Mapping[TableName, TableFile]
    warnings: tuple[str, ...]
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    dispatches: int | None = None


@dataclass(frozen=True, slots=True)
class _Path:
    path: str


@dataclass(frozen=True, slots=True)
class _Names:
    """What manifests of all versions have in common."""

    format: Literal["hvecs-run"]
    tables: Mapping[str, _Path] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)


_FORMATS: Final = {"hvecs-run": "a run", "hvecs-sweep": "a sweep", "hvecs-capture": "a capture"}


class ManifestError(ValueError):
    """A manifest is missing or is not one of ours; the message names its path."""


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write `manifest` into `folder` and give its path.

    Raises:
        Unwritable: the disk refuses.
    """
    path = folder / MANIFEST_NAME
    with disk(path):
        path.write_text(sealed(json.dumps(printable(asdict(manifest)), indent=2)).decode(), encoding="utf-8")
    return path


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of the run in `folder`.

    Raises:
        ManifestError: it is missing, does not have the fields of a manifest, or names a file that no run writes.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest = TypeAdapter(Manifest).validate_json(manifest_bytes(folder))
    except ValidationError as error:
        raise ManifestError(f"{path}: {first_problem(error)}") from error
    _check_names(path, manifest)
    return manifest


def manifest_bytes(folder: Path) -> bytes:
    """Read a manifest's bytes, of a size that manifests have.

    Raises:
        ManifestError: there is none, it cannot be read, or is too large.
    """
    path = folder / MANIFEST_NAME
    try:
        with open_inside(folder, MANIFEST_NAME) as file:
            size = file.seek(0, 2)
            file.seek(0)
            content = file.read(size) if size <= MOST_MANIFEST_BYTES else b""
    except OutputError as error:
        raise ManifestError(str(error)) from error
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from error
    if size > MOST_MANIFEST_BYTES:
        raise ManifestError(f"{path}: larger than {MOST_MANIFEST_BYTES} bytes")
    return content


def first_problem(error: ValidationError) -> str:
    """Say what is the first thing wrong with a manifest, and where in it."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if place == "format" and first["type"] == "literal_error":
        expected = str(first["ctx"]["expected"]).strip("'")
        return f"it is that of {_thing(first['input'])}, not of {_thing(expected)}"
    return f"{place or 'content'}: {first['msg']}"


def _thing(name: object) -> str:
    """Say what a format is of."""
    return _FORMATS.get(name, f"the format {name[:60]!r}") if isinstance(name, str) else "no format"


def is_ours(folder: Path) -> bool:
    """Say whether `folder` holds a run of hvecs, of whatever version: its manifest names the format."""
    return _names(folder) is not None


def owned_names(folder: Path) -> frozenset[str]:
    """Give the names of the files that are ours by the manifest, of whatever version, of the run in `folder`; empty if there is none."""
    names = _names(folder)
    if names is None:
        return frozenset()
    given = {*names.files, *(table.path for table in names.tables.values())}
    return frozenset({MANIFEST_NAME, *(name for name in given if is_written(name))})


def is_written(name: str) -> bool:
    """Say whether a name is one of those that runs give their files, the manifest's aside."""
    return _WRITTEN.fullmatch(name) is not None


def _names(folder: Path) -> _Names | None:
    try:
        return TypeAdapter(_Names).validate_json(manifest_bytes(folder))
    except (ManifestError, ValidationError):
        return None


def _check_names(path: Path, manifest: Manifest) -> None:
    for name in manifest.files:
        if not is_written(name):
            raise ManifestError(f"{path}: files: {name!r} is no file that a run writes")
    for table, file in manifest.tables.items():
        expected = f"{table}/run={manifest.run}/part-0.parquet"
        if file.path != expected:
            raise ManifestError(f"{path}: tables.{table}.path: expected {expected!r}; got {file.path!r}")
        if manifest.files and file.path not in manifest.files:
            raise ManifestError(f"{path}: tables.{table}.path: there is no such file in files")
