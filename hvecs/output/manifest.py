"""manifest.json: what a run was, on what it ran, and the hashes of what it read and wrote.

Wall-clock times and places stand here and nowhere else in a run folder.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from hvecs.output.errors import disk
from hvecs.output.parquet import TableFile

FORMAT: Final = "hvecs-run"
MANIFEST_NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of manifest.json.

    `run` is the run id, the key of the hive partitions. `start` and `end` are UTC in ISO 8601. `inputs` gives the
    SHA-256 of every file read, by its path as given. `git_commit` is None unless hvecs runs from a checkout of its own.
    `timings` are CPU seconds by what they went into: import_s, build_s, compile_s, loop_s, sample_s, write_s; `dispatches` those of
    all VPs.
    """

    format: Literal["hvecs-run"] = FORMAT
    schema_version: int
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
    run: str
    seed: int
    inputs: Mapping[str, str]
    tables: Mapping[str, TableFile]
    warnings: tuple[str, ...]
    timings: Mapping[str, float] = field(default_factory=dict)
    dispatches: int | None = None


class ManifestError(ValueError):
    """A manifest is missing or is not one of ours; the message names its path."""


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write `manifest` into `folder` and give its path.

    Raises:
        Unwritable: the disk refuses.
    """
    path = folder / MANIFEST_NAME
    with disk(path):
        path.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return path


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of the run in `folder`.

    Raises:
        ManifestError: it is missing, or does not have the fields of a manifest.
    """
    path = folder / MANIFEST_NAME
    try:
        return TypeAdapter(Manifest).validate_json(path.read_bytes())
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ManifestError(f"{path}: {place or 'content'}: {first['msg']}") from error


def is_ours(folder: Path) -> bool:
    """Say whether `folder` holds a run of hvecs, of whatever version: its manifest names the format."""
    try:
        content = json.loads((folder / MANIFEST_NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT
