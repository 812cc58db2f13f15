"""The folder of an export: complete or not at all, and never in the place of anything else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hvecs.output.errors import disk
from hvecs.output.inside import open_inside
from hvecs.output.staging import Ownership, Staging

MARK: Final = "hvecs-export.json"
_FORMAT: Final = "hvecs-export"
_MOST_BYTES: Final = 1 << 24


@contextmanager
def export_folder(out: Path, kind: str, run: str) -> Iterator[Path]:
    """Give a folder to write into; it takes the place of an earlier export at `out` when the block ends without an error.

    Raises:
        NotOurs: `out` holds something else than an export.
        Unwritable: the system refuses.
    """
    staging = Staging(out, _OURS)
    staging.open()
    try:
        yield staging.path
        path = staging.path / MARK
        with disk(path):
            files = sorted(each.name for each in staging.path.iterdir())
            content = {"format": _FORMAT, "kind": kind, "run": run, "files": files}
            path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        staging.publish()
    finally:
        staging.close()


def owned_names(folder: Path) -> frozenset[str]:
    """Give the names of the files of the export in `folder`, its mark among them; none if it holds no export of hvecs."""
    try:
        with open_inside(folder, MARK) as file:
            content = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return frozenset()
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return frozenset()
    files = content.get("files")
    given = files if isinstance(files, list) else []
    return frozenset({MARK, *(name for name in given if isinstance(name, str) and _is_plain(name))})


def _is_plain(name: str) -> bool:
    return "/" not in name and "\0" not in name and name not in {"", ".", ".."}


_OURS: Final = Ownership("an export", owned_names, _is_plain, MARK)


def file_names(names: Iterator[str] | list[str], ending: str) -> dict[str, str]:
    """Give each name a file name without the characters that Windows refuses, and no two the same, whatever the case.

    A name that Windows keeps for a device, such as CON, stays as it is.
    """
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
