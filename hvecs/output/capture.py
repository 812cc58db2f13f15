"""manifest.json of a capture: measured data in the layout of a run folder, and what it was made from."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from hvecs.output.errors import disk
from hvecs.output.manifest import MANIFEST_NAME, ManifestError, first_problem, manifest_bytes
from hvecs.output.parquet import TableFile
from hvecs.output.staging import Ownership

CAPTURE_FORMAT: Final = "hvecs-capture"
CAPTURE_SEED: Final = -1
"""The seed of a capture in the table runs: nothing was drawn."""
_WRITTEN: Final = re.compile(r"[a-z_]{1,60}/run=c[0-9a-f]{12}/part-0\.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureManifest:
    """The content of manifest.json of a capture.

    `capture` is the key of the hive partitions. `start` is what time 0 of the tables is, in UTC; `zone` as the logs name it.
    `machines` are those that were logged, the host, where there is one, first. `inputs` gives the SHA-256 of every file read.
    `skipped` counts what was left out, by reason; `unknown` counters have no column in any table.
    """

    format: Literal["hvecs-capture"] = CAPTURE_FORMAT
    schema_version: int | str
    version: str
    capture: str
    start: str
    zone: str
    machines: tuple[str, ...]
    inputs: Mapping[str, str]
    tables: Mapping[str, TableFile]
    skipped: Mapping[str, int]
    unknown: tuple[str, ...]


def write_capture_manifest(folder: Path, manifest: CaptureManifest) -> None:
    """Write `manifest` into `folder`. Raises Unwritable."""
    path = folder / MANIFEST_NAME
    with disk(path):
        path.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")


def read_capture_manifest(folder: Path) -> CaptureManifest:
    """Read the manifest of the capture in `folder`.

    Raises:
        ManifestError: it is missing, not that of a capture, names a file that no capture has, or no table runs.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest = TypeAdapter(CaptureManifest).validate_json(manifest_bytes(folder))
    except ValidationError as error:
        raise ManifestError(f"{path}: not the manifest of a capture: {first_problem(error)}") from error
    for table, file in manifest.tables.items():
        expected = f"{table}/run={manifest.capture}/part-0.parquet"
        if file.path != expected or not _WRITTEN.fullmatch(file.path):
            raise ManifestError(f"{path}: tables.{table}.path: {file.path!r} is no file of a capture")
    if "runs" not in manifest.tables:
        raise ManifestError(f"{path}: it names no table runs")
    return manifest


def owned_capture_names(folder: Path) -> frozenset[str]:
    """Give the names of the files of the capture in `folder`; none if there is none."""
    try:
        tables = read_capture_manifest(folder).tables.values()
    except ManifestError:
        return frozenset()
    return frozenset({MANIFEST_NAME, *(table.path for table in tables)})


def is_capture(folder: Path) -> bool:
    """Tell whether `folder` holds a capture, of whatever version."""
    try:
        content = json.loads(manifest_bytes(folder))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == CAPTURE_FORMAT


CAPTURES: Final = Ownership(
    "a capture",
    owned_capture_names,
    lambda name: name == MANIFEST_NAME or _WRITTEN.fullmatch(name) is not None,
    MANIFEST_NAME,
)
"""The files of the folder of a capture."""
