"""What became of guests that changed hosts in a run, or were to: numbers from the table of migrations, and a line."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hvecs.cli.text import span
from hvecs.output.parquet import TableFile
from hvecs.report.source import RunSource

_COUNTED: Final = ("done", "refused", "cancelled", "unfinished")
_NO_REFUSALS: Final = (*_COUNTED, "registered", "restarted")
"""Every other outcome is a reason why a guest was refused."""


def moves_of(folder: Path, tables: Mapping[str, TableFile]) -> dict[str, Any] | None:
    """Count the migrations of the run in `folder` by what became of them, and restarts after a failure; None where there were neither.

    Raises:
        ReportError: the table cannot be read.
    """
    table = RunSource(folder, tables, {}).held("migration", ["outcome", "blackout_ns"])
    if table is None:
        return None
    rows = [(str(row["outcome"]), int(row["blackout_ns"])) for row in table.to_pylist()]
    found = Counter(outcome if outcome in _NO_REFUSALS else "refused" for outcome, _ in rows)
    if set(found) <= {"registered"}:
        return None
    return {
        **{name: found[name] for name in _COUNTED},
        "longest_blackout_ns": _longest(rows, "done"),
        "restarted": found["restarted"],
        "longest_off_ns": _longest(rows, "restarted"),
    }


def _longest(rows: list[tuple[str, int]], outcome: str) -> int | None:
    return max((time for of, time in rows if of == outcome), default=None)


def moves_text(moves: Mapping[str, Any]) -> str:
    """Write these numbers as a line or two."""
    counts = ", ".join(f"{moves[name]} {name}" for name in _COUNTED if moves[name])
    lines = []
    if counts:
        blackout = f"; longest blackout {span(moves['longest_blackout_ns'])}" if moves["done"] else ""
        lines.append(f"live migrations: {counts}{blackout}")
    if moves["restarted"]:
        off = span(moves["longest_off_ns"])
        lines.append(f"restarts after the failure of a host: {moves['restarted']}; off for {off} at most")
    return "\n".join(lines)
