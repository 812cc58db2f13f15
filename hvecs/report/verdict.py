"""What stands first on the page of a run: the verdict, and who suffers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Final, Literal

import pyarrow as pa

from hvecs.output.inside import open_inside
from hvecs.report.page import Lead
from hvecs.report.source import ReportError, RunSource
from hvecs.verdict import Verdict, WithoutMemory
from hvecs.verdict.folders import judge_tables
from hvecs.verdict.own import own_rules
from hvecs.verdict.rules import EFFICIENT, MEMORY_SHORT, OVER_COMMITTED, OVER_PROVISIONED, SATURATED
from hvecs.verdict.words import amount, host_in_words

_MOST_SUFFERERS: Final = 8
Tone = Literal["good", "warn", "bad", "plain"]
_TONES: Final[dict[str | None, Tone]] = {
    SATURATED: "bad",
    MEMORY_SHORT: "bad",
    OVER_COMMITTED: "bad",
    EFFICIENT: "good",
    OVER_PROVISIONED: "good",
    None: "plain",
}
_NONE: Final = "Nothing was measured."


def verdict_of(run: RunSource) -> Verdict:
    """Judge the tables of a run, by the rules of its scenario too.

    Raises:
        ReportError: a file of it is damaged or missing.
    """
    tables = {name: file for name, file in run.tables.items() if file.rows}

    def opened(table: str) -> AbstractContextManager[Any]:
        return open_inside(run.folder, tables[table].path)

    try:
        return judge_tables(
            list(tables),
            opened,
            warm_up_ns=run.warm_up_ns,
            own=own_rules(run.rules),
            absent=WithoutMemory.of(run.without_memory, run.not_started),
        )
    except (OSError, pa.ArrowException) as error:
        raise ReportError(f"a table of {run.folder} cannot be read: {error}") from error


def verdict_leads(verdict: Verdict) -> Iterator[Lead]:
    """Write the verdict; where somebody suffers, who; and what to do about what is found."""
    yield Lead(_title(verdict), tuple(_lines(verdict)), _tone(verdict))
    if verdict.sufferers:
        yield _sufferers(verdict)
    advice = tuple(dict.fromkeys(each.advice for each in verdict.findings if each.advice))
    if advice:
        yield Lead("What to do", advice)


def _tone(verdict: Verdict) -> Tone:
    return _TONES.get(verdict.verdict, "warn")


def _title(verdict: Verdict) -> str:
    if verdict.verdict is None:
        return "Verdict: none"
    also = verdict.provisioning not in {None, verdict.verdict}
    whose = "a host" if verdict.hosts else "the host"
    return f"Verdict: {verdict.verdict}" + (f"; {whose} is {verdict.provisioning}" if also else "")


def _lines(verdict: Verdict) -> Iterator[str]:
    if verdict.verdict is None:
        yield _NONE
    host = ", ".join(host_in_words(verdict.host))
    if host:
        yield f"{host}."
    for finding in verdict.findings:
        yield f"{finding.severity}: {finding.text} [{finding.source}]"


def _sufferers(verdict: Verdict) -> Lead:
    """List who suffers; of the figures, those that amount to something for somebody."""
    shown, several = verdict.sufferers[:_MOST_SUFFERERS], bool(verdict.hosts)
    columns = [
        ("ready", "%", [each.ready_pct for each in shown]),
        ("queue", "", [each.queue for each in shown]),
        ("pressure", "%", [each.pressure_pct for each in shown]),
    ]
    columns = [each for each in columns if any((value or 0.0) >= 1 for value in each[2])]
    cells = [[_known(value, unit) for value in values] for _, unit, values in columns]
    rows = tuple(
        (each.name, *((each.host,) if several else ()), each.why, *row)
        for each, row in zip(shown, zip(*cells, strict=True) if cells else [()] * len(shown), strict=True)
    )
    left = len(verdict.sufferers) - len(shown)
    lines = (f"{left} more guests lack less.",) if left else ()
    head = ("guest", *(("host",) if several else ()), "from what", *(name for name, _, _ in columns))
    return Lead("Who suffers most", lines, "plain", head, rows)


def _known(value: float | None, unit: str) -> str:
    return "-" if value is None else amount(value, unit)
