"""The order of day, month and year in the time stamps of logs, by all of them: where they are dates, one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from hvecs.interop.log_text import Text
from hvecs.interop.stamps import Order, date_of, order_of, read_stamp

_OTHER: Final[Mapping[Order, Order]] = {"mdy": "dmy", "dmy": "mdy"}


class _Day(NamedTuple):
    """Lines, one after the other, of one date: their first stamp, their last, and how many they are."""

    first: str
    last: str
    lines: int


def orders_of(texts: Sequence[Text]) -> dict[Path, Order | None]:
    """Find the order of each log of one machine; None for one that begins with no time stamp.

    Of two orders the one under which fewer lines are out of time, then that under which the log is of fewer days. Where that is no difference, the one
    that the other logs have, if these agree; else the usual one of such stamps.
    """
    found = {text.path: _orders(text) for text in texts}
    sure = {found[text.path][0] for text in texts if text.order is None and len(found[text.path]) == 1}
    return {path: _chosen(orders, sure) for path, orders in found.items()}


def _chosen(orders: Sequence[Order], sure: set[Order]) -> Order | None:
    agreed = sure & set(orders)
    return next(iter(agreed if len(agreed) == 1 else orders), None)


def _orders(text: Text) -> list[Order]:
    """Give the orders that the stamps of a log may have, the usual one of such stamps first."""
    stamps = [row[0] for row in text.first_rows]
    usual = order_of(stamps[0]) if stamps else None
    if usual is None:
        return []
    if text.order is not None or usual not in _OTHER:
        return [text.order or usual]
    possible = [
        each
        for each in (usual, _OTHER[usual])
        if not _out_of_time([_Day(one, one, 1) for one in stamps], each)
    ]
    if len(possible) != len(_OTHER):
        return possible or [usual]
    days = list(_days(text))
    worth = {each: (_out_of_time(days, each), _length_us(days, each)) for each in possible}
    return [each for each in possible if worth[each] == min(worth.values())]


def _days(text: Text) -> Iterator[_Day]:
    """Give the dates of a log in the order of its lines."""
    date, first, last, lines = None, "", "", 0
    for stamp in _stamps(text):
        new = date_of(stamp)
        if new is None:
            continue
        if new != date:
            if lines:
                yield _Day(first, last, lines)
            date, first, lines = new, stamp, 0
        last, lines = stamp, lines + 1
    if lines:
        yield _Day(first, last, lines)


def _stamps(text: Text) -> Iterator[str]:
    """Give the first cell of each line."""
    separator = text.separator.encode()
    for block in text.blocks():
        for line in block.data.split(b"\n"):
            cell = line[1:].partition(b'"')[0] if line.startswith(b'"') else line.partition(separator)[0]
            yield cell.decode("ascii", "replace")


def _out_of_time(days: Sequence[_Day], order: Order) -> int:
    """Count the lines of days that are no dates under an order, or not after the day before."""
    lost, before = 0, None
    for day in days:
        first, last = read_stamp(day.first, order), read_stamp(day.last, order)
        if first is None or (before is not None and first <= before):
            lost += day.lines
        else:
            before = max(first, last or first)
    return lost


def _length_us(days: Sequence[_Day], order: Order) -> int:
    """Give the time from the first to the last of the stamps of days, in microseconds, under an order."""
    found = [stamp for day in days for text in day[:2] if (stamp := read_stamp(text, order)) is not None]
    return max(found) - min(found) if found else 0
