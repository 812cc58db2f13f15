"""The folder of an export: complete or not at all, and never in the place of anything else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hvecs.output.errors import disk
from hvecs.output.staging import Staging

MARK: Final = "hvecs-export.json"
_FORMAT: Final = "hvecs-export"


@contextmanager
def export_folder(out: Path, kind: str, run: str) -> Iterator[Path]:
    """Give a folder to write into; it takes the place of an earlier export at `out` when the block ends without an error.

    Raises:
        NotOurs: `out` holds something else than an export.
        Unwritable: the system refuses.
    """
    staging = Staging(out, is_export)
    staging.open()
    try:
        yield staging.path
        path = staging.path / MARK
        with disk(path):
            path.write_text(
                json.dumps({"format": _FORMAT, "kind": kind, "run": run}, indent=2) + "\n", encoding="utf-8"
            )
        staging.publish()
    finally:
        staging.close()


def is_export(folder: Path) -> bool:
    """Tell whether a folder holds an export of hvecs."""
    try:
        content = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == _FORMAT


def file_names(names: Iterator[str] | list[str], ending: str) -> dict[str, str]:
    """Give each name a file name that every system takes, and no two the same, whatever the case."""
    given: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = "".join("_" if each in '<>:"/\\|?*%' else each for each in name).strip(" .") or "_"
        file, number = f"{plain}{ending}", 1
        while file.lower() in taken:
            number += 1
            file = f"{plain}~{number}{ending}"
        taken.add(file.lower())
        given[name] = file
    return given
