"""Text for people: aligned columns, wrapped paragraphs, quantities with three digits."""

import math
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, takewhile
from textwrap import fill
from typing import Final

PLAIN_WIDTH: Final = 80
"""The width where there is no terminal to ask."""
_WIDEST: Final = 110
_SHORTEST_NAME: Final = 12
_GAP: Final = "  "

_UNITS: Final = ((1e9, "s"), (1e6, "ms"), (1e3, "us"), (1.0, "ns"))


def terminal_width() -> int | None:
    """Give the width of the terminal that stdout is; None where it is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return min(shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns, _WIDEST)


def width() -> int:
    """Give the width for text on stdout."""
    return terminal_width() or PLAIN_WIDTH


def fitted(text: str) -> str:
    """Wrap the lines that are too long for the terminal, below where their words begin; elsewhere nothing is changed."""
    most = terminal_width()
    return text if most is None else "\n".join(_wrapped(line, most) for line in text.split("\n"))


def _wrapped(line: str, most: int) -> str:
    if len(line) <= most:
        return line
    indent = " " * min(len(line) - len(line.lstrip()) + 2, most // 2)
    return fill(
        line,
        most,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = (), most: int | None = None) -> str:
    """Write rows as columns, those in `right` flush right; the first gives way where `most` characters are too few.

    On a terminal that is too narrow all the same, the columns are written some at a time, each time beside those that name the rows.
    """
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    others = sum(widths[1:]) + len(_GAP) * (len(widths) - 1)
    widths[0] = min(widths[0], max(_SHORTEST_NAME, (most or width()) - others))
    room = terminal_width()
    groups = [list(range(len(widths)))] if room is None else list(_groups(widths, right, room))
    return "\n\n".join(_columns(rows, right, widths, group) for group in groups)


def _groups(widths: Sequence[int], right: Collection[int], most: int) -> Iterator[list[int]]:
    """Give the columns that stand beside each other within `most` characters: those that name the rows, and some others."""

    def taken(columns: Sequence[int]) -> int:
        return sum(widths[place] for place in columns) + len(_GAP) * (len(columns) - 1)

    places = range(len(widths))
    if taken(places) <= most:
        yield list(places)
        return
    naming = list(takewhile(lambda place: place not in right, places)) or [0]
    if any(taken([*naming, place]) > most for place in places if place not in naming):
        naming = [0]
    group = list(naming)
    for place in places:
        if place in naming:
            continue
        if len(group) > len(naming) and taken([*group, place]) > most:
            yield group
            group = list(naming)
        group.append(place)
    yield group


def _columns(
    rows: Sequence[Sequence[str]], right: Collection[int], widths: Sequence[int], shown: Sequence[int]
) -> str:
    lines = []
    for row in rows:
        cells = [shortened(row[place], widths[place]) if place == 0 else row[place] for place in shown]
        padded = [
            cell.rjust(widths[place]) if place in right else cell.ljust(widths[place])
            for place, cell in zip(shown, cells, strict=True)
        ]
        lines.append(_GAP.join(padded).rstrip())
    return "\n".join(lines)


def shortened(text: str, most: int) -> str:
    """Cut a text down to `most` characters in its middle: what tells names apart often stands at their end."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def listed(entries: Sequence[tuple[str, str]], indent: str = "", most: int | None = None) -> str:
    """Write terms and what they mean in two columns, the second wrapped."""
    column = max(len(term) for term, _ in entries)
    hanging = indent + " " * column + _GAP
    return "\n".join(
        fill(
            meaning,
            most or width(),
            initial_indent=f"{indent}{term.ljust(column)}{_GAP}",
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        ).rstrip()
        or indent + term
        for term, meaning in entries
    )


def span(time_ns: float | None) -> str:
    """Write a length of time: three digits and a unit, or hours, minutes and seconds; "-" for none."""
    if time_ns is None or math.isnan(time_ns):
        return "-"
    seconds = round(time_ns / 1e9)
    if seconds >= 60:  # noqa: PLR2004 - a minute
        return _clock(seconds)
    size, unit = next(((size, unit) for size, unit in _UNITS if time_ns >= size), _UNITS[-1])
    return f"{digits(time_ns / size)} {unit}"


def _clock(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(chain.from_iterable((str(value), unit) for value, unit in parts if value))


def digits(value: float | None) -> str:
    """Write a number with three significant digits, never with an exponent; "-" for none."""
    if value is None or math.isnan(value):
        return "-"
    if value == int(value):
        return str(int(value))
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def percent(value: float | None) -> str:
    """Write a percentage with two decimals; "-" for none."""
    return "-" if value is None or math.isnan(value) else f"{value:.2f}"


def counted(count: int, noun: str) -> str:
    """Write how many there are of something: "1 run", "2 runs"."""
    return f"{count:,} {noun}" + "s" * (count != 1)


def some(names: Sequence[str], most: int = 8) -> str:
    """Write names, the first few of many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
