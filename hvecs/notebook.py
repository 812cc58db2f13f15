"""Results as HTML, for notebooks: the verdict, who suffers, and the outcome of each guest; of a sweep, its points."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from hvecs.engine import Outcome, PartitionOutcome
from hvecs.spec.sweep_points import value_text
from hvecs.sweeps.results import Results
from hvecs.sweeps.statistics import Estimate
from hvecs.verdict import Verdict
from hvecs.verdict.words import amount, host_in_words

_MOST: Final = 20
"""Guests, sufferers and points that are listed."""


def html_of(verdict: Verdict, outcome: Outcome, rows: Mapping[str, int]) -> str:
    """Write a result; `rows` are the numbers of rows by table."""
    host = ", ".join(host_in_words(verdict.host))
    grave = [each for each in verdict.findings if each.severity != "note"]
    parts = [
        f"<p><strong>verdict: {escape(verdict.verdict or 'none')}</strong> {escape(host)}</p>",
        _list(f"{each.severity}: {each.text}" for each in grave),
        _table(("suffers most", "from what"), [(each.name, each.why) for each in verdict.sufferers[:_MOST]]),
        _table(
            ("guest", "VPs", "elapsed", "completed", "response, 95 %"),
            [_guest(each) for each in outcome.partitions[:_MOST]],
        ),
        f"<p>{escape(', '.join(f'{name} ({count})' for name, count in rows.items()))}</p>",
    ]
    return f"<div>{''.join(parts)}</div>"


def sweep_html(results: Results, names: Sequence[str]) -> str:
    """Write a sweep: the outcomes `names` at its points, with their intervals, and the verdict on each."""
    points = range(min(_MOST, len(results.points)))
    head = (*results.paths, *names, "verdict")
    rows = [
        (
            *map(value_text, results.points[point]),
            *(_estimated(results.estimate(name, point), results.units[name]) for name in names),
            results.verdicts.get(point, "-"),
        )
        for point in points
    ]
    left = len(results.points) - len(rows)
    parts = [
        f"<p><strong>{escape(results.name)}</strong>: {len(results.points)} points, {results.runs} runs, {len(results.failed)} failed</p>",
        _table(head, rows),
        f"<p>and {left} more points</p>" if left else "",
    ]
    return f"<div>{''.join(parts)}</div>"


def _estimated(found: Estimate, unit: str) -> str:
    if found.mean is None:
        return "-"
    half = found.half_width
    return amount(found.mean, unit) + ("" if half is None else f" \N{PLUS-MINUS SIGN} {amount(half, unit)}")


def _guest(partition: PartitionOutcome) -> tuple[str, ...]:
    response = partition.response_p95_ns
    figures = (
        None if partition.elapsed_ns is None else float(partition.elapsed_ns),
        None if response is None else response,
    )
    elapsed, late = ("-" if each is None else amount(each, "ns") for each in figures)
    completed = "-" if partition.completions is None else str(partition.completions)
    return partition.name, str(partition.vps), elapsed, completed, late


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    titles = "".join(f"<th>{escape(each)}</th>" for each in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
