"""What the events of a scenario changed, as a table on the page."""

from collections.abc import Iterator
from typing import Any, Final

from hvecs.report.page import Lead
from hvecs.report.source import RunSource
from hvecs.spec.event import OF_HOST

_MOST: Final = 12
_HEAD: Final = ("at", "guest or host", "action", "setting", "result")
_DONE: Final = "done"


def happenings(run: RunSource) -> Iterator[Lead]:
    """Give the first rows of table event, and say how many more there are; what was not done as asked stands first."""
    table = run.held("event", ["time_ns", "partition", "action", "path", "value", "result"])
    if table is None:
        return
    rows = sorted(table.to_pylist(), key=lambda row: row["result"] == _DONE)
    told = tuple(_told(row) for row in rows[:_MOST])
    rest = len(rows) - len(told)
    lines = (f"{rest} more in table event.",) if rest else ()
    refused = sum(row["result"] != _DONE for row in rows)
    title = "What events changed" + (f"; {refused} of {len(rows)} not as asked" if refused else "")
    yield Lead(title, lines, "warn" if refused else "plain", _HEAD, told)


def _told(row: dict[str, Any]) -> tuple[str, ...]:
    whose, setting, value = row["partition"] or "", "", row["value"]
    if row["path"] is not None:
        setting = f"{row['path']} = {value}"
    elif row["action"] in OF_HOST:
        whose = value
    elif value is not None:
        setting = f"to {value}"
    return f"{row['time_ns'] / 1e9:,.10g} s", whose, row["action"], setting, row["result"]
