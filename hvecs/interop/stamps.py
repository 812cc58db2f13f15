"""Time stamps of logs: their layouts, the zone that is written once, and clocks that are set back [P1 P2 P4 P7]."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

Order = Literal["mdy", "dmy", "ymd"]

_STAMP: Final = re.compile(
    r"\s*(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(am|pm)?\s*",
    re.IGNORECASE,
)
_US: Final = 1_000_000
_HOUR_US: Final = 3600 * _US
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PM: Final = 12


def order_of(text: str) -> Order | None:
    """Tell the order of day, month and year by a stamp: that of logs unless its form says otherwise; None if it is no stamp."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    if len(found[1]) == 4:  # noqa: PLR2004 - a year
        return "ymd"
    return "dmy" if found[2] == "." else "mdy"


def date_of(text: str) -> tuple[str, str, str] | None:
    """Give the three numbers of the date of a stamp; None if it is none."""
    found = _STAMP.fullmatch(text)
    return None if found is None else (found[1], found[3], found[4])


def read_stamp(text: str, order: Order) -> int | None:
    """Give the microseconds from 1970 to a stamp, as if its zone were UTC; None if it is none."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    parts = {key: int(value) for key, value in zip(order, (found[1], found[3], found[4]), strict=True)}
    hour = int(found[5])
    if found[9]:
        hour = hour % _PM + (_PM if found[9].lower() == "pm" else 0)
    try:
        moment = datetime(
            parts["y"], parts["m"], parts["d"], hour, int(found[6]), int(found[7] or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    gone = moment - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * _US + int((found[8] or "").ljust(6, "0"))


class Clock:
    """Turns the stamps of one log into microseconds since 1970, UTC; None for those that do not come after the one before.

    At the end of summer time stamps repeat an hour: a step back by less than an hour and a half that lands within an hour
    is that hour. `set_back` counts them.
    """

    def __init__(self, bias_min: int, order: Order) -> None:
        self.order = order
        self.set_back = 0
        self.last: int | None = None
        self._offset_us = bias_min * 60 * _US

    def read(self, texts: Sequence[str]) -> list[int | None]:
        """Read stamps in the order of the file."""
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> int | None:
        local = read_stamp(text, self.order)
        if local is None:
            return None
        moment = local + self._offset_us
        if self.last is not None and moment <= self.last:
            if not (0 < moment + _HOUR_US - self.last <= _HOUR_US and self._was_steady(moment)):
                return None
            self._offset_us += _HOUR_US
            self.set_back += 1
            moment += _HOUR_US
        self._step = moment - self.last if self.last is not None else None
        self.last = moment
        return moment

    _step: int | None = None

    def _was_steady(self, moment: int) -> bool:
        """Tell whether an hour more makes the step one as before: a clock set back, not a line out of order."""
        assert self.last is not None  # noqa: S101 - there is a stamp before
        return self._step is not None and abs(moment + _HOUR_US - self.last - self._step) <= max(
            2 * _US, self._step // 2
        )
