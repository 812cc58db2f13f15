"""Which guests went from host to host, as a table on the page."""

from collections.abc import Iterator
from typing import Any, Final

from hvecs.report.page import Lead
from hvecs.report.source import RunSource
from hvecs.verdict.words import amount

_MOST: Final = 12
_HEAD: Final = ("at", "guest", "from", "to", "sent", "went on for", "stood still", "outcome")
_AS_ASKED: Final = ("done", "registered")
_MIB: Final = float(1 << 20)


def moves(run: RunSource) -> Iterator[Lead]:
    """Give the first rows of table migration, and say how many more there are; what was not done as asked stands first, then who stood still longest."""
    columns = [
        "time_ns",
        "partition",
        "source",
        "target",
        "bytes_sent",
        "brownout_ns",
        "blackout_ns",
        "outcome",
    ]
    table = run.held("migration", columns)
    if table is None:
        return
    rows = sorted(
        table.to_pylist(), key=lambda row: (row["outcome"] in _AS_ASKED, -row["blackout_ns"], row["time_ns"])
    )
    told = tuple(_told(row) for row in rows[:_MOST])
    rest = len(rows) - len(told)
    lines = (f"{rest} more in table migration.",) if rest else ()
    others = sum(row["outcome"] not in _AS_ASKED for row in rows)
    title = "Guests that changed hosts, or were to" + (
        f"; {others} of {len(rows)} not by a migration that was done" if others else ""
    )
    yield Lead(title, lines, "warn" if others else "plain", _HEAD, told)


def _told(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{row['time_ns'] / 1e9:,.10g} s",
        row["partition"],
        row["source"],
        row["target"] or "",
        amount(row["bytes_sent"] / _MIB, "MiB"),
        amount(row["brownout_ns"], "ns"),
        amount(row["blackout_ns"], "ns"),
        row["outcome"],
    )
