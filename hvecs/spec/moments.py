"""Points in time on the wall: dates with time of day and offset from UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hvecs.spec.kinds import Kind

_ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Beyond it, 366 days of nanoseconds since 1970 no longer fit 64 bits with certainty."""


@dataclass(frozen=True)
class Moment(Kind):
    """A date and time with its offset from UTC, as text or as TOML's own; held as an aware `datetime`."""

    @property
    def words(self) -> str:
        """Say what is expected, in words."""
        return 'a date and time with its offset from UTC, such as "2026-11-25T08:00:00Z"'

    def read(self, value: object) -> datetime:
        """Turn ISO 8601 text, or a date-time of TOML, into a datetime."""
        if isinstance(value, str) and _ISO.fullmatch(value):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                raise self.refuse(value) from None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self.refuse(value)
        try:
            fits = _FIRST <= value < _LAST
        except OverflowError:
            fits = False
        if not fits:
            raise self.refuse(f"{value}")
        return value

    def write(self, value: datetime) -> str:
        """Write ISO 8601 text."""
        return value.isoformat().replace("+00:00", "Z")


def microseconds(moment: datetime) -> int:
    """Give the microseconds from 1970 to a moment."""
    gone = moment - _FIRST
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds
